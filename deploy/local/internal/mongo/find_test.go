package mongo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// hundred makes 100 documents: g counts 0 to 4, name is "name-NN", every tenth is deleted.
func hundred(t *testing.T) *driver.Collection {
	t.Helper()
	c := serve(t).Database("x").Collection("c")
	var docs []any
	for i := range 100 {
		doc := d("_id", i, "g", i%5, "name", fmt.Sprintf("name-%02d", i), "ratio", float64(i)/2)
		if i%10 == 0 {
			doc = append(doc, bson.E{Key: "deletedAt", Value: time.Unix(int64(i), 0)})
		} else if i%2 == 0 {
			doc = append(doc, bson.E{Key: "deletedAt", Value: nil})
		}
		docs = append(docs, doc)
	}
	_, err := c.InsertMany(context.Background(), docs)
	must(t, err)
	return c
}

func TestFind(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := hundred(t)
	index(t, c, d("deletedAt", 1, "_id", 1), false)
	index(t, c, d("name", 1), true)
	for _, test := range []struct {
		name   string
		filter bson.D
		find   *options.FindOptionsBuilder
		want   string
	}{
		{"order, skip and limit", d("g", 1), options.Find().SetSort(d("_id", -1)).SetSkip(2).SetLimit(3), "86 81 76"},
		{"the live, page by page", d("deletedAt", nil), options.Find().SetSort(d("_id", 1)).SetSkip(10).SetLimit(4), "12 13 14 15"},
		{"the live, backwards", d("deletedAt", nil), options.Find().SetSort(d("_id", -1)).SetLimit(3), "99 98 97"},
		{"the live behind a key", d("deletedAt", nil, "_id", d("$gt", 8)), options.Find().SetSort(d("_id", 1)).SetLimit(3), "9 11 12"},
		{"the deleted", d("deletedAt", d("$ne", nil)), options.Find().SetSort(d("_id", 1)).SetLimit(3), "0 10 20"},
		{"the deleted before a time", d("deletedAt", d("$lt", time.Unix(25, 0))), options.Find().SetSort(d("_id", 1)), "0 10 20"},
		{"one of two names", d("$or", bson.A{d("name", "name-07"), d("_id", 50)}), options.Find().SetSort(d("_id", 1)), "7 50"},
		{"a prefix", d("name", bson.Regex{Pattern: "^name-1"}), options.Find().SetSort(d("_id", 1)).SetLimit(3), "10 11 12"},
		{"a negative limit", d(), options.Find().SetSort(d("_id", 1)).SetLimit(-2), "0 1"},
		{"no sort, in batches", d("g", 3), options.Find().SetBatchSize(3).SetLimit(7), "3 8 13 18 23 28 33"},
		{"a sort in memory, in batches", d("g", 3), options.Find().SetSort(d("ratio", -1)).SetBatchSize(2).SetSkip(1).SetLimit(5), "93 88 83 78 73"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cur, err := c.Find(ctx, test.filter, test.find)
			if diff := cmp.Diff(test.want, strings.Join(ids(t, cur, err), " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
	for filter, want := range map[string]int64{`{}`: 100, `{"deletedAt": null}`: 90, `{"g": 2}`: 20, `{"deletedAt": {"$ne": null}}`: 10} {
		var query bson.D
		must(t, bson.UnmarshalExtJSON([]byte(filter), false, &query))
		if n, err := c.CountDocuments(ctx, query); err != nil || n != want {
			t.Errorf("%s: counted %d, want %d: %v", filter, n, want, err)
		}
		if n, err := c.CountDocuments(ctx, query, options.Count().SetSkip(5).SetLimit(8)); err != nil || n != min(want-5, 8) {
			t.Errorf("%s: counted %d with skip and limit: %v", filter, n, err)
		}
	}
	if n, err := c.EstimatedDocumentCount(ctx); err != nil || n != 100 {
		t.Errorf("estimated %d: %v", n, err)
	}
}

func TestAggregate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := hundred(t)
	for _, test := range []struct {
		name     string
		pipeline bson.A
		want     string
	}{
		{"groups in order", bson.A{
			d("$match", d("g", d("$lt", 2))), d("$group", d("_id", "$g", "n", d("$sum", 1), "most", d("$max", "$ratio"))), d("$sort", d("_id", -1)),
		}, `[{"_id":1,"n":20,"most":48.0},{"_id":0,"n":20,"most":47.5}]`},
		{
			"sums",
			bson.A{d("$group", d("_id", nil, "sum", d("$sum", "$g"), "mean", d("$avg", "$g"), "text", d("$sum", "$name")))},
			`[{"_id":null,"sum":200,"mean":2.0,"text":0}]`,
		},
		{
			"first and last",
			bson.A{d("$sort", d("_id", 1)), d("$group", d("_id", d("g", "$g"), "a", d("$first", "$name"), "z", d("$last", "$name"))), d("$limit", 1)},
			`[{"_id":{"g":0},"a":"name-00","z":"name-95"}]`,
		},
		{"a count", bson.A{d("$match", d("g", 1)), d("$count", "n")}, `[{"n":20}]`},
		{"a count of none", bson.A{d("$match", d("g", 9)), d("$count", "n")}, `null`},
		{"a count of what is left", bson.A{d("$limit", 7), d("$match", d("g", 1)), d("$count", "n")}, `[{"n":2}]`},
		{"a page", bson.A{d("$sort", d("_id", -1)), d("$skip", 1), d("$limit", 2), d("$project", d("g", 1))}, `[{"_id":98,"g":3},{"_id":97,"g":2}]`},
		{"out of the usual order", bson.A{
			d("$limit", 10), d("$sort", d("_id", -1)), d("$match", d("g", 4)), d("$skip", 1), d("$project", d("_id", 1)),
		}, `[{"_id":4}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cur, err := c.Aggregate(ctx, test.pipeline)
			must(t, err)
			var docs []bson.D
			must(t, cur.All(ctx, &docs))
			got, err := bson.MarshalExtJSON(d("r", docs), false, false)
			must(t, err)
			if want := `{"r":` + test.want + `}`; want != string(got) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestCursorRemembersWhereItStands(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := hundred(t)
	index(t, c, d("g", 1), false)
	cur, err := c.Find(ctx, d("g", 2), options.Find().SetSort(d("g", 1, "_id", 1)).SetBatchSize(2))
	must(t, err)
	for range 2 {
		cur.Next(ctx)
	}
	_, err = c.DeleteMany(ctx, d("_id", d("$in", bson.A{2, 7, 12, 17}))) // behind the cursor, under it, and before it
	must(t, err)
	_, err = c.InsertOne(ctx, d("_id", 13, "g", 2))
	if !driver.IsDuplicateKeyError(err) {
		t.Fatal(err)
	}
	_, err = c.UpdateByID(ctx, 13, d("$set", d("g", 2))) // comes before the cursor
	must(t, err)
	_, err = c.UpdateByID(ctx, 22, d("$set", d("g", bson.A{2, 3, 2}))) // the index has arrays now
	must(t, err)
	var rest []string
	for cur.Next(ctx) {
		rest = append(rest, cur.Current.Lookup("_id").String())
	}
	must(t, cur.Err())
	if got := strings.Join(rest[:3], " "); got != `{"$numberInt":"13"} {"$numberInt":"22"} {"$numberInt":"27"}` || len(rest) != 17 {
		t.Errorf("the rest is %v", rest)
	}
}

func TestCursorEnds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := hundred(t)
	index(t, c, d("g", 1), false)
	begin := func() *driver.Cursor {
		t.Helper()
		cur, err := c.Find(ctx, d("g", 1), options.Find().SetBatchSize(2).SetSort(d("g", 1)))
		must(t, err)
		return cur
	}
	killed, dropped, gone := begin(), begin(), begin()
	must(t, c.Database().RunCommand(ctx, d("killCursors", "c", "cursors", bson.A{killed.ID()})).Err())
	wantCode(t, drain(ctx, killed), 43)
	wantCode(t, c.Database().RunCommand(ctx, d("getMore", dropped.ID(), "collection", "other")).Err(), 13)
	must(t, c.Indexes().DropOne(ctx, "g_1"))
	wantCode(t, drain(ctx, dropped), 175)
	must(t, c.Drop(ctx))
	wantCode(t, drain(ctx, gone), 175)
	none, err := c.Find(ctx, d())
	must(t, err)
	must(t, drain(ctx, none))
}

func drain(ctx context.Context, cur *driver.Cursor) error {
	for cur.Next(ctx) {
	}
	return cur.Err()
}

func TestSortRefusesPastItsMemory(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := serve(t).Database("x").Collection("c")
	for i := range 12 {
		_, err := c.InsertOne(ctx, d("_id", i, "n", i%3, "data", make([]byte, 10<<20)))
		must(t, err)
	}
	_, err := c.Find(ctx, d(), options.Find().SetSort(d("n", 1)))
	wantCode(t, err, 292)
	cur, err := c.Find(ctx, d(), options.Find().SetSort(d("n", -1, "_id", 1)).SetLimit(2).SetProjection(d("_id", 1)))
	if got := strings.Join(ids(t, cur, err), " "); got != "2 5" {
		t.Errorf("the first two are %s", got)
	}
	index(t, c, d("n", 1), false)
	cur, err = c.Find(ctx, d(), options.Find().SetSort(d("n", 1)).SetProjection(d("_id", 1)))
	if got := strings.Join(ids(t, cur, err), " "); got != "0 3 6 9 1 4 7 10 2 5 8 11" {
		t.Errorf("in order: %s", got)
	}
}
