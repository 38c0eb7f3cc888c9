package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// The pattern of the accounts: unique keys that are always there and always strings, changes by compare and set.

func account(id, name, emailKey string) bson.D {
	return d("_id", id, "usernameKey", "u:"+name, "emailKey", emailKey, "version", int64(1), "deletedAt", nil)
}

func accounts(t testing.TB) *driver.Collection {
	c := serve(t).Database("users").Collection("accounts")
	for _, name := range []string{"usernameKey", "emailKey"} {
		_, err := c.Indexes().CreateOne(context.Background(), driver.IndexModel{
			Keys: d(name, 1), Options: options.Index().SetName(name + "_1").SetUnique(true),
		})
		must(t, err)
	}
	return c
}

// compareAndSet changes the account if it has the version.
func compareAndSet(c *driver.Collection, id string, version int64, set bson.D) error {
	return c.FindOneAndUpdate(context.Background(), d("_id", id, "version", version),
		d("$set", set, "$inc", d("version", int64(1))), options.FindOneAndUpdate().SetReturnDocument(options.After)).Err()
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := accounts(t)
	for _, a := range []bson.D{account("1", "ann", "e:a@x"), account("2", "bob", "-:2"), account("3", "cy", "-:3")} {
		_, err := c.InsertOne(ctx, a)
		must(t, err)
	}
	for _, a := range []bson.D{account("4", "ann", "-:4"), account("5", "dee", "e:a@x"), account("1", "eve", "-:1")} {
		if _, err := c.InsertOne(ctx, a); !driver.IsDuplicateKeyError(err) {
			t.Errorf("insert %v: %v", a, err)
		}
	}
	if err := compareAndSet(c, "2", 1, d("emailKey", "e:a@x")); !driver.IsDuplicateKeyError(err) {
		t.Errorf("an email that is taken: %v", err)
	}
	if err := compareAndSet(c, "2", 9, d("name", "x")); !errors.Is(err, driver.ErrNoDocuments) {
		t.Errorf("another version: %v", err)
	}
	must(t, compareAndSet(c, "1", 1, d("usernameKey", "x:1", "emailKey", "x:1")))
	_, err := c.InsertOne(ctx, account("6", "ann", "e:a@x")) // the names that 1 gave up
	must(t, err)
	if err := compareAndSet(c, "1", 2, d("usernameKey", "u:ann")); !driver.IsDuplicateKeyError(err) {
		t.Errorf("a name that is taken again: %v", err)
	}
}

// race runs fn at once n times and tells how many times it went well; other errors than those allowed fail the test.
func race(t *testing.T, n int, fn func(i int) error, allowed func(error) bool) int64 {
	t.Helper()
	var won atomic.Int64
	var wait sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wait.Go(func() {
			<-start
			switch err := fn(i); {
			case err == nil:
				won.Add(1)
			case !allowed(err):
				t.Errorf("racer %d: %v", i, err)
			}
		})
	}
	close(start)
	wait.Wait()
	return won.Load()
}

func TestRacesHaveOneWinner(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := accounts(t)
	for round := range 5 {
		name := fmt.Sprint("race", round)
		if won := race(t, 50, func(i int) error {
			_, err := c.InsertOne(ctx, account(fmt.Sprint(name, "-", i), name, fmt.Sprint("-:", name, i)))
			return err
		}, driver.IsDuplicateKeyError); won != 1 {
			t.Errorf("round %d: %d got the name", round, won)
		}
	}
	_, err := c.InsertOne(ctx, account("cas", "cas", "-:cas"))
	must(t, err)
	none := func(err error) bool { return errors.Is(err, driver.ErrNoDocuments) }
	for version := int64(1); version <= 5; version++ {
		if won := race(t, 50, func(i int) error { return compareAndSet(c, "cas", version, d("by", i)) }, none); won != 1 {
			t.Errorf("version %d: %d winners", version, won)
		}
	}
	if won := race(t, 50, func(int) error { return c.FindOneAndDelete(ctx, d("_id", "cas")).Err() }, none); won != 1 {
		t.Errorf("%d took the same document", won)
	}
}

func TestIncrementsAreNotLost(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := serve(t).Database("x").Collection("c")
	_, err := c.InsertOne(ctx, d("_id", 1, "n", int64(0)))
	must(t, err)
	race(t, 200, func(int) error {
		_, err := c.UpdateOne(ctx, d("_id", 1), d("$inc", d("n", int64(1))))
		return err
	}, func(error) bool { return false })
	var doc struct{ N int64 }
	must(t, c.FindOne(ctx, d("_id", 1)).Decode(&doc))
	if doc.N != 200 {
		t.Errorf("200 increments made %d", doc.N)
	}
}
