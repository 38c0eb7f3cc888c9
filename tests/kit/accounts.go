package kit

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// SetAccount sets fields of one account in the users' database itself, as an operator may who recovers it by hand.
func (s *Suite) SetAccount(t testing.TB, username string, fields map[string]any) {
	t.Helper()
	uri, database := s.Stores.MongoDB, "watchword_users"
	if given := s.Env["WATCHWORD_MONGODB_URI"]; given != "" {
		uri, database = given, s.database
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	found := client.Database(database).Collection("accounts").FindOneAndUpdate(ctx, bson.M{"username": username}, bson.M{"$set": fields})
	if err := found.Err(); err != nil {
		t.Errorf("set %v of %s: %v", fields, username, err)
	}
	if err := client.Disconnect(ctx); err != nil {
		t.Error(err)
	}
}
