package mongo_test

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// TestCommandsRefuse holds the rule above all: what is not implemented is an error, never ignored.
func TestCommandsRefuse(t *testing.T) {
	t.Parallel()
	db := serve(t).Database("x")
	_, err := db.Collection("c").InsertOne(context.Background(), d("_id", 1, "a", bson.A{d("x", 1)}, "s", "text"))
	must(t, err)
	pipeline := func(stages ...any) bson.D {
		return d("aggregate", "c", "pipeline", bson.A(stages), "cursor", d())
	}
	update := func(pairs ...any) bson.D {
		return d("update", "c", "updates", bson.A{append(d("q", d("_id", 1)), d(pairs...)...)})
	}
	spec := func(pairs ...any) bson.D {
		return d("createIndexes", "c", "indexes", bson.A{append(d("key", d("z", 1), "name", "z_1"), d(pairs...)...)})
	}
	for _, test := range []struct {
		name    string
		command bson.D
		code    int
	}{
		{"an unknown command", d("explain", d("find", "c")), 59},
		{"distinct", d("distinct", "c", "key", "a"), 59},
		{"a command outside of the Stable API", d("buildInfo", 1), 323},
		{"a collation", d("find", "c", "collation", d("locale", "en")), 40415},
		{"a hint", d("find", "c", "hint", "_id_"), 40415},
		{"let", d("find", "c", "let", d("x", 1)), 40415},
		{"a tailable cursor", d("find", "c", "tailable", true), 40415},
		{"bounds", d("find", "c", "min", d("_id", 1)), 40415},
		{"an unknown field of ping", d("ping", 1, "loud", true), 40415},
		{"an unknown field of insert", d("insert", "c", "documents", bson.A{d()}, "encrypted", true), 40415},
		{"options of a collection", d("create", "new", "validator", d()), 40415},
		{"a capped collection", d("create", "new", "capped", true), 40415},
		{"a field twice", d("find", "c", "filter", d(), "filter", d("a", 1)), 40413},
		{"a negative limit", d("find", "c", "limit", -1), 2},
		{"a filter that is a string", d("find", "c", "filter", "x"), 14},
		{"a limit that is a string", d("find", "c", "limit", "1"), 14},
		{"a sort by meta", d("find", "c", "sort", d("a", d("$meta", "textScore"))), 2},
		{"$expr", d("find", "c", "filter", d("$expr", d())), 2},
		{"$where", d("find", "c", "filter", d("$where", "1")), 2},
		{"$in with a regular expression", d("find", "c", "filter", d("s", d("$in", bson.A{bson.Regex{Pattern: "t"}}))), 238},
		{"an operator in a projection", d("find", "c", "projection", d("a", d("$slice", 1))), 238},
		{"the positional projection", d("find", "c", "projection", d("a.$", 1)), 31395},
		{"a type without an order", d("find", "c", "filter", d("a", bson.MinKey{})), 238},
		{"a collection without a name", d("find", ""), 73},
		{"a collection of the system's", d("find", "system.users"), 73},
		{"a dollar in a name", d("insert", "a$b", "documents", bson.A{d()}), 73},
		{"no documents", d("insert", "c", "documents", bson.A{}), 16},
		{"a decimal", d("insert", "c", "documents", bson.A{d("n", bson.NewDecimal128(1, 1))}), 238},
		{"$lookup", pipeline(d("$lookup", d())), 40324},
		{"$facet", pipeline(d("$facet", d())), 40324},
		{"$out", pipeline(d("$out", "o")), 40324},
		{"$merge", pipeline(d("$merge", "o")), 40324},
		{"$changeStream", pipeline(d("$changeStream", d())), 40324},
		{"a stage of two", pipeline(d("$limit", 1, "$skip", 1)), 40323},
		{"no cursor", d("aggregate", "c", "pipeline", bson.A{}), 9},
		{"an expression", pipeline(d("$group", d("_id", d("$toUpper", "$s")))), 238},
		{"an unknown accumulator", pipeline(d("$group", d("_id", nil, "x", d("$push", "$s")))), 15952},
		{"a path through an array", pipeline(d("$group", d("_id", "$a.x"))), 238},
		{"an update by a pipeline", update("u", bson.A{d("$set", d("a", 1))}), 238},
		{"an unknown modifier", update("u", d("$rename", d("a", "b"))), 9},
		{"a hint of an update", update("u", d("$set", d("b", 1)), "hint", "_id_"), 40415},
		{"a collation of an update", update("u", d("$set", d("b", 1)), "collation", d("locale", "en")), 40415},
		{"a replacement of many", update("u", d("b", 1), "multi", true), 9},
		{"the _id", update("u", d("$set", d("_id", 2))), 66},
		{"a limit of a delete", d("delete", "c", "deletes", bson.A{d("q", d(), "limit", 2)}), 9},
		{"a hint of a delete", d("delete", "c", "deletes", bson.A{d("q", d(), "limit", 1, "hint", "_id_")}), 40415},
		{"a removal with an update", d("findAndModify", "c", "remove", true, "update", d()), 9},
		{"a modification of nothing", d("findAndModify", "c"), 9},
		{"a sparse index", spec("sparse", true), 40415},
		{"a partial index", spec("partialFilterExpression", d()), 40415},
		{"an index with a collation", spec("collation", d("locale", "en")), 40415},
		{"a text index", d("createIndexes", "c", "indexes", bson.A{d("key", d("s", "text"), "name", "s")}), 67},
		{"a hashed index", d("createIndexes", "c", "indexes", bson.A{d("key", d("s", "hashed"), "name", "s")}), 67},
		{"a TTL index of two fields", d("createIndexes", "c", "indexes", bson.A{d("key", d("s", 1, "t", 1), "name", "s", "expireAfterSeconds", 1)}), 67},
		{"an index of no collection", d("listIndexes", "none"), 26},
		{"an index that is not there", d("dropIndexes", "c", "index", "none"), 27},
		{"a cursor that is not there", d("getMore", int64(7), "collection", "c"), 43},
		{"a transaction", d("insert", "c", "documents", bson.A{d()}, "txnNumber", int64(1), "startTransaction", true, "autocommit", false), 20},
		{"a retryable write", d("insert", "c", "documents", bson.A{d()}, "txnNumber", int64(1)), 20},
		{"two servers", d("insert", "c", "documents", bson.A{d()}, "writeConcern", d("w", 2)), 2},
		{"a snapshot", d("find", "c", "readConcern", d("level", "snapshot")), 72},
		{"a time in the future", d("find", "c", "readConcern", d("afterClusterTime", bson.Timestamp{T: 1})), 40415},
		{"a deadline in the past", d("find", "c", "maxTimeMS", -1), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := db.RunCommand(context.Background(), test.command).Err()
			if err == nil {
				t.Fatal("was not refused")
			}
			wantCode(t, err, test.code)
		})
	}
}

func TestStableAPI(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, stop := start(t, config(t))
	t.Cleanup(stop)
	plain := connectWith(t, options.Client().ApplyURI(s.URI())).Database("admin")
	must(t, plain.RunCommand(ctx, d("buildInfo", 1)).Err())
	wantCode(t, plain.RunCommand(ctx, d("ping", 1, "apiVersion", "2")).Err(), 322)
	wantCode(t, plain.RunCommand(ctx, d("ping", 1, "apiStrict", true)).Err(), 322)
	wantCode(t, plain.RunCommand(ctx, d("buildInfo", 1, "apiVersion", "1", "apiStrict", true)).Err(), 323)
	must(t, plain.RunCommand(ctx, d("ping", 1, "apiVersion", "1", "apiStrict", true, "apiDeprecationErrors", true)).Err())
}

func TestConcernsAndPreferences(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client := serve(t)
	for _, w := range []*writeconcern.WriteConcern{writeconcern.Majority(), writeconcern.W1(), writeconcern.Journaled()} {
		for _, r := range []*readconcern.ReadConcern{readconcern.Majority(), readconcern.Local(), readconcern.Linearizable()} {
			c := client.Database("x").Collection("c", options.Collection().SetWriteConcern(w).SetReadConcern(r))
			_, err := c.InsertOne(ctx, d("a", 1))
			must(t, err)
			must(t, c.FindOne(ctx, d("a", 1)).Err())
		}
	}
	c := client.Database("x").Collection("unacknowledged", options.Collection().SetWriteConcern(writeconcern.Unacknowledged()))
	if r, err := c.InsertOne(ctx, d("_id", 1)); err != nil || r.Acknowledged {
		t.Errorf("unacknowledged: %+v, %v", r, err)
	}
	session, err := client.StartSession()
	must(t, err)
	defer session.EndSession(ctx)
	must(t, driver.WithSession(ctx, session, func(ctx context.Context) error {
		_, err := client.Database("x").Collection("c").InsertOne(ctx, d("in", "session"))
		return err
	}))
	_, err = session.WithTransaction(ctx, func(ctx context.Context) (any, error) {
		return client.Database("x").Collection("c").InsertOne(ctx, d("in", "transaction"))
	})
	if err == nil {
		t.Error("a transaction went through")
	}
}
