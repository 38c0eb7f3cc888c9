package document_test

import (
	"testing"

	"github.com/256dpi/lungo/bsonkit"
	"github.com/256dpi/lungo/mongokit"
	"github.com/google/go-cmp/cmp"
	old "go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// These tests compare with lungo's mongokit, an implementation by other hands whose own tests compare with mongod.
// Where the two are known to differ, mongod's manual decides, and a table beside holds the case.

const cases = 5000

func raw(t testing.TB, v bson.D) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func forLungo(t *testing.T, b bson.Raw) bsonkit.Doc {
	t.Helper()
	var out old.D
	if err := old.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestFilterAgreesWithLungo(t *testing.T) {
	t.Parallel()
	g := newGenerator(t)
	matched := 0
	for range cases {
		doc, query := raw(t, g.document()), raw(t, g.filter())
		filter, err := document.ParseFilter(query)
		if err != nil {
			t.Fatalf("%v: %v", query, err)
		}
		want, err := mongokit.Match(forLungo(t, doc), forLungo(t, query))
		if err != nil {
			t.Fatalf("lungo: %v: %v", query, err)
		}
		got := filter.Match(doc)
		if got {
			matched++
		}
		if got != want {
			t.Errorf("%v matches %v: got %v, want %v", query, doc, got, want)
		}
	}
	if matched < cases/20 {
		t.Errorf("only %d of %d filters matched: the cases say little", matched, cases)
	}
}

func TestUpdateAgreesWithLungo(t *testing.T) {
	t.Parallel()
	g := newGenerator(t)
	changed := 0
	for range cases {
		doc, change := raw(t, g.document()), raw(t, g.update())
		update, err := document.ParseUpdate(change, nil)
		if err != nil {
			t.Fatalf("%v: %v", change, err)
		}
		got, err := update.Apply(doc)
		theirs := forLungo(t, doc)
		_, wantErr := mongokit.Apply(theirs, &old.D{}, forLungo(t, change), false, nil)
		if (err != nil) != (wantErr != nil) {
			t.Errorf("%v on %v: got error %v, want %v", change, doc, err, wantErr)
			continue
		}
		if err != nil {
			continue
		}
		changed++
		b, err := old.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(bson.Raw(b).String(), got.String()); diff != "" {
			t.Errorf("%v on %v: %s", change, doc, diff)
		}
	}
	if changed < cases/3 {
		t.Errorf("only %d of %d updates went through: the cases say little", changed, cases)
	}
}

func TestOrderAgreesWithLungo(t *testing.T) {
	t.Parallel()
	g := newGenerator(t)
	for range cases {
		a, b := d("v", g.value()), d("v", g.value())
		x, y := raw(t, a), raw(t, b)
		want := bsonkit.Compare((*forLungo(t, x))[0].Value, (*forLungo(t, y))[0].Value)
		got := compareKeys(x, y)
		if got != want {
			t.Errorf("%v and %v: got %d, want %d", x, y, got, want)
		}
	}
}
