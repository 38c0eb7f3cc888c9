package storetest_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/pkg/storetest"
)

func TestDatabasesAreApartAndDropped(t *testing.T) {
	t.Parallel()
	var names []string
	t.Run("used", func(t *testing.T) {
		for range 2 {
			db := storetest.Database(t)
			if _, err := db.Collection("c").InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
				t.Fatal(err)
			}
			names = append(names, db.Name())
		}
	})
	for _, name := range names {
		n, err := storetest.Database(t).Client().Database(name).Collection("c").CountDocuments(t.Context(), bson.D{})
		if err != nil || n != 0 {
			t.Errorf("%d documents of %s are left, %v", n, name, err)
		}
	}
}

func TestRedisKeysAreApart(t *testing.T) {
	t.Parallel()
	rdb := storetest.Redis(t)
	for range 2 {
		key := storetest.Prefix() + "k"
		if set, err := rdb.SetNX(t.Context(), key, "v", 0).Result(); err != nil || !set {
			t.Errorf("%s was there before, %v", key, err)
		}
		rdb.Del(t.Context(), key)
	}
}
