package mongo_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestDuplicateKeyHasMongodsShape looks at every command that can meet one.
func TestDuplicateKeyHasMongodsShape(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := serve(t).Database("x").Collection("users")
	index(t, c, d("email", 1), true)
	index(t, c, d("org", 1, "at", -1), true)
	at := bson.DateTime(1000)
	_, err := c.InsertMany(ctx, []any{
		d("_id", "u1", "email", "a@x", "org", 1, "at", at), d("_id", "u2", "email", "b@x", "org", 2),
	})
	must(t, err)
	email := `E11000 duplicate key error collection: x.users index: email_1 dup key: { email: "a@x" }`
	emailKey, emailValue := d("email", int32(1)), d("email", "a@x")
	for _, test := range []struct {
		name    string
		command bson.D
		text    string
		pattern bson.D
		value   bson.D
	}{
		{"insert", d("insert", "users", "documents", bson.A{d("_id", "u3", "email", "a@x")}), email, emailKey, emailValue},
		{
			"insert of an _id", d("insert", "users", "documents", bson.A{d("_id", "u1", "email", "c@x")}),
			`E11000 duplicate key error collection: x.users index: _id_ dup key: { _id: "u1" }`, d("_id", int32(1)), d("_id", "u1"),
		},
		{
			"insert into a compound index", d("insert", "users", "documents", bson.A{d("_id", "u3", "org", 1, "at", at)}),
			`E11000 duplicate key error collection: x.users index: org_1_at_-1 dup key: { org: 1, at: new Date(1000) }`,
			d("org", int32(1), "at", int32(-1)), d("org", int32(1), "at", at),
		},
		{
			"insert without a field", d("insert", "users", "documents", bson.A{d("_id", "u3", "org", 2, "email", "c@x")}),
			`E11000 duplicate key error collection: x.users index: org_1_at_-1 dup key: { org: 2, at: null }`,
			d("org", int32(1), "at", int32(-1)), d("org", int32(2), "at", nil),
		},
		{"update", d("update", "users", "updates", bson.A{d("q", d("_id", "u2"), "u", d("$set", d("email", "a@x")))}), email, emailKey, emailValue},
		{"replacement", d("update", "users", "updates", bson.A{d("q", d("_id", "u2"), "u", d("email", "a@x"))}), email, emailKey, emailValue},
		{"upsert", d("update", "users", "updates", bson.A{d("q", d("_id", "u9"), "u", d("$set", d("email", "a@x")), "upsert", true)}), email, emailKey, emailValue},
		{"findAndModify", d("findAndModify", "users", "query", d("_id", "u2"), "update", d("$set", d("email", "a@x"))), email, emailKey, emailValue},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var reply struct {
				WriteErrors []bson.D `bson:"writeErrors"`
			}
			err := c.Database().RunCommand(ctx, test.command).Decode(&reply)
			if !driver.IsDuplicateKeyError(err) {
				t.Fatalf("no duplicate key: %v", err)
			}
			got := map[string]any{}
			for _, e := range details(t, err) {
				got[e.Key] = e.Value
			}
			if got["errmsg"] != test.text || got["code"] != int32(11000) {
				t.Errorf("%v %v, want %s", got["code"], got["errmsg"], test.text)
			}
			if diff := cmp.Diff(test.pattern, got["keyPattern"]); diff != "" {
				t.Errorf("keyPattern: %s", diff)
			}
			if diff := cmp.Diff(test.value, got["keyValue"]); diff != "" {
				t.Errorf("keyValue: %s", diff)
			}
		})
	}
	_, err = c.Indexes().CreateOne(ctx, driver.IndexModel{Keys: d("none", 1), Options: options.Index().SetUnique(true)})
	wantCode(t, err, 11000)
	var names []string
	specs, err := c.Indexes().ListSpecifications(ctx)
	must(t, err)
	for _, s := range specs {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"_id_", "email_1", "org_1_at_-1"}, names); diff != "" {
		t.Errorf("the index that could not be built: %s", diff)
	}
}

// details are the fields of a write error, or of a command's failure.
func details(t *testing.T, err error) bson.D {
	t.Helper()
	var raw bson.Raw
	var command driver.CommandError
	var write driver.WriteException
	switch {
	case errors.As(err, &command):
		raw = command.Raw
	case errors.As(err, &write):
		raw = write.WriteErrors[0].Raw
	default:
		t.Fatalf("%T: %v", err, err)
	}
	var out bson.D
	must(t, bson.Unmarshal(raw, &out))
	if list, ok := lookup(out, "writeErrors").(bson.A); ok {
		out, _ = list[0].(bson.D)
	}
	return out
}

func lookup(doc bson.D, name string) any {
	for _, e := range doc {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

func TestBulkWrite(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := serve(t).Database("x").Collection("c")
	r, err := c.BulkWrite(ctx, []driver.WriteModel{
		driver.NewInsertOneModel().SetDocument(d("_id", "1", "a", 1)),
		driver.NewUpdateOneModel().SetFilter(d("_id", "1")).SetUpdate(d("$inc", d("a", 1))),
		driver.NewUpdateOneModel().SetFilter(d("_id", "1")).SetUpdate(d("$set", d("a", 2))), // as it is
		driver.NewUpdateOneModel().SetFilter(d("_id", "2")).SetUpdate(d("$set", d("a", 1))).SetUpsert(true),
		driver.NewReplaceOneModel().SetFilter(d("_id", "2")).SetReplacement(d("b", 1)),
		driver.NewUpdateManyModel().SetFilter(d()).SetUpdate(d("$set", d("seen", true))),
		driver.NewDeleteOneModel().SetFilter(d("_id", "1")),
	})
	must(t, err)
	got := []int64{r.InsertedCount, r.MatchedCount, r.ModifiedCount, r.UpsertedCount, r.DeletedCount}
	if diff := cmp.Diff([]int64{1, 5, 4, 1, 1}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int64]any{3: "2"}, r.UpsertedIDs); diff != "" {
		t.Error(diff)
	}
	var left bson.D
	must(t, c.FindOne(ctx, d()).Decode(&left))
	if diff := cmp.Diff(d("_id", "2", "b", int32(1), "seen", true), left); diff != "" {
		t.Error(diff)
	}
}

func TestInsertManyGoesOnOnlyIfUnordered(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := serve(t).Database("x")
	docs := []any{d("_id", 1), d("_id", 1), d("_id", 2), d("_id", bson.A{}), d("_id", 3)}
	for ordered, want := range map[bool][]string{true: {"1"}, false: {"1", "2", "3"}} {
		c := db.Collection(map[bool]string{true: "ordered", false: "unordered"}[ordered])
		_, err := c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(ordered))
		if !driver.IsDuplicateKeyError(err) {
			t.Errorf("ordered %v: %v", ordered, err)
		}
		cur, err := c.Find(ctx, d())
		if diff := cmp.Diff(want, ids(t, cur, err)); diff != "" {
			t.Errorf("ordered %v: %s", ordered, diff)
		}
	}
}

func TestFindAndModify(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := serve(t).Database("x").Collection("c")
	_, err := c.InsertMany(ctx, []any{d("_id", 1, "at", 3, "state", "new"), d("_id", 2, "at", 1, "state", "new"), d("_id", 3, "at", 2, "state", "new")})
	must(t, err)
	var got bson.D
	lease := func(o ...options.Lister[options.FindOneAndUpdateOptions]) error {
		got = nil
		return c.FindOneAndUpdate(ctx, d("state", "new"), d("$set", d("state", "leased")), append(o,
			options.FindOneAndUpdate().SetSort(d("at", 1)).SetProjection(d("state", 1)))...).Decode(&got)
	}
	must(t, lease(options.FindOneAndUpdate().SetReturnDocument(options.After)))
	if diff := cmp.Diff(d("_id", int32(2), "state", "leased"), got); diff != "" {
		t.Errorf("after: %s", diff)
	}
	must(t, lease())
	if diff := cmp.Diff(d("_id", int32(3), "state", "new"), got); diff != "" {
		t.Errorf("before: %s", diff)
	}
	must(t, lease())
	if err := lease(); !errors.Is(err, driver.ErrNoDocuments) {
		t.Errorf("none: %v", err)
	}
	got = nil
	must(t, c.FindOneAndUpdate(ctx, d("_id", 9), d("$setOnInsert", d("state", "made")),
		options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&got))
	if diff := cmp.Diff(d("_id", int32(9), "state", "made"), got); diff != "" {
		t.Errorf("upsert: %s", diff)
	}
	err = c.FindOneAndUpdate(ctx, d("_id", 10), d("$set", d("a", 1)), options.FindOneAndUpdate().SetUpsert(true)).Err()
	if !errors.Is(err, driver.ErrNoDocuments) {
		t.Errorf("upsert, before: %v", err)
	}
	got = nil
	must(t, c.FindOneAndReplace(ctx, d("_id", 9), d("b", 1), options.FindOneAndReplace().SetReturnDocument(options.After)).Decode(&got))
	if diff := cmp.Diff(d("_id", int32(9), "b", int32(1)), got); diff != "" {
		t.Errorf("replacement: %s", diff)
	}
	got = nil
	must(t, c.FindOneAndDelete(ctx, d("_id", d("$gt", 3)), options.FindOneAndDelete().SetSort(d("_id", -1))).Decode(&got))
	if diff := cmp.Diff(d("_id", int32(10), "a", int32(1)), got); diff != "" {
		t.Errorf("removal: %s", diff)
	}
}

func TestLargeDocuments(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := serve(t).Database("x").Collection("images")
	image := make([]byte, 15<<20)
	for i := range image {
		image[i] = byte(i)
	}
	for _, id := range []int{1, 2, 3} {
		_, err := c.InsertOne(ctx, d("_id", id, "data", image))
		must(t, err)
	}
	cur, err := c.Find(ctx, d()) // more than one reply may hold
	must(t, err)
	var docs []struct{ Data []byte }
	must(t, cur.All(ctx, &docs))
	if len(docs) != 3 {
		t.Fatalf("%d documents", len(docs))
	}
	for _, doc := range docs {
		if !bytes.Equal(doc.Data, image) {
			t.Error("an image came back changed")
		}
	}
	_, err = c.InsertOne(ctx, d("_id", 4, "data", make([]byte, 16<<20)))
	if err == nil {
		t.Error("a document over 16 MiB was taken")
	}
}
