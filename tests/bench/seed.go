package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	// batch is how many documents are sent at a time.
	batch = 1000
	// signInTries bounds what is asked again while the machine is busy.
	signInTries = 20
)

// accountID is the i-th account's; ids of accounts made one after the other lie beside each other, as ULIDs do.
func accountID(i int) string { return fmt.Sprintf("01JBENCH%018d", i) }

// username is the i-th account's; those of accounts made one after the other lie anywhere.
func username(i int) string { return fmt.Sprintf("u%016x", uint64(i+1)*0x9e3779b97f4a7c15) }

// email is the i-th account's.
func email(i int) string { return username(i) + "@example.com" }

// seed puts n accounts into the users database, each a copy of one that was registered, with a verified address.
func (s *suite) seed(ctx context.Context, c *client, n int) (time.Duration, error) {
	if err := c.register("the-pattern"); err != nil {
		return 0, err
	}
	db, err := mongo.Connect(options.Client().ApplyURI(s.mongo))
	if err != nil {
		return 0, err
	}
	accounts := db.Database("watchword_users").Collection("accounts")
	var pattern bson.D
	if err := accounts.FindOne(ctx, bson.D{{Key: "usernameKey", Value: "u:the-pattern"}}).Decode(&pattern); err != nil {
		return 0, errors.Join(err, db.Disconnect(ctx))
	}
	began := time.Now()
	for first := 0; first < n && err == nil; first += batch {
		var documents []any
		for i := first; i < min(n, first+batch); i++ {
			documents = append(documents, clone(pattern, i))
		}
		_, err = accounts.InsertMany(ctx, documents)
	}
	s.accounts = n
	return time.Since(began), errors.Join(err, db.Disconnect(ctx))
}

// clone is the i-th account after a pattern.
func clone(pattern bson.D, i int) bson.D {
	email := email(i)
	verified := bson.NewDateTimeFromTime(time.Now())
	own := bson.D{
		{Key: "_id", Value: accountID(i)},
		{Key: "username", Value: username(i)},
		{Key: "usernameKey", Value: "u:" + username(i)},
		{Key: "email", Value: email},
		{Key: "emailKey", Value: "e:" + email},
		{Key: "emailVerifiedAt", Value: verified},
		{Key: "verifiedEmail", Value: email},
		{Key: "verifiedEmailKey", Value: "e:" + email},
		{Key: "verifiedEmailAt", Value: verified},
		{Key: "apiKey", Value: bson.D{{Key: "hash", Value: username(i)}, {Key: "sealed", Value: []byte("sealed")}}},
	}
	for _, e := range pattern {
		if !slices.ContainsFunc(own, func(o bson.E) bool { return o.Key == e.Key }) {
			own = append(own, e)
		}
	}
	return own
}

// signIn makes n sessions, of the last n accounts.
func (s *suite) signIn(ctx context.Context, c *client, n int) error {
	s.sessions = make([]*session, n)
	for i := range s.sessions {
		s.sessions[i] = &session{account: accountID(s.accounts - 1 - i)}
		for try := 1; ; try++ {
			status, err := c.signIn(s.accounts-1-i, s.sessions[i].take)
			if status == 200 && err == nil {
				break
			}
			if try == signInTries || ctx.Err() != nil {
				return errors.Join(fmt.Errorf("sign in to account %d: status %d", s.accounts-1-i, status), err, ctx.Err())
			}
		}
	}
	return nil
}
