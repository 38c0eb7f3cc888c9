package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/services/users/internal/core"
)

const (
	walkBatch    = 1000
	duplicateKey = 11000
)

// Walk gives fn every account, deleted ones too, by id, as they come from the server; an error of fn's ends it and is
// given back as it is.
func (s *Store) Walk(ctx context.Context, fn func(a core.Account) error) error {
	cursor, err := s.accounts.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetBatchSize(walkBatch))
	if err != nil {
		return translate(err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }() // the server forgets it by itself
	for cursor.Next(ctx) {
		var d document
		if err := cursor.Decode(&d); err != nil {
			return translate(err)
		}
		if err := fn(d.account()); err != nil {
			return err
		}
	}
	return translate(cursor.Err())
}

// InsertAll adds accounts, each for itself: one that can't be added stops no other. It changes none that is there.
func (s *Store) InsertAll(ctx context.Context, accounts []core.Account) ([]core.Arrival, error) {
	arrivals := make([]core.Arrival, len(accounts))
	if len(accounts) == 0 {
		return arrivals, nil
	}
	docs := make([]document, len(accounts))
	for i, a := range accounts {
		docs[i] = toDocument(a)
	}
	_, err := s.accounts.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	duplicates, err := duplicates(err)
	if err != nil || len(duplicates) == 0 {
		return arrivals, err
	}
	left := make([]core.Account, len(duplicates))
	for i, at := range duplicates {
		left[i] = accounts[at]
	}
	known, err := s.Known(ctx, left)
	if err != nil {
		return nil, err
	}
	for i, arrival := range known {
		if arrival == (core.Arrival{}) { // whoever had the key has just given it up
			arrival.Taken = s.taken(ctx, left[i])
		}
		arrivals[duplicates[i]] = arrival
	}
	return arrivals, nil
}

// duplicates are the places of the documents that an unordered insert refused for their keys; any other refusal is an
// outage.
func duplicates(err error) ([]int, error) {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
		return nil, translate(err)
	}
	var places []int
	for _, e := range bulk.WriteErrors {
		if e.Code != duplicateKey {
			return nil, translate(err)
		}
		places = append(places, e.Index)
	}
	return places, nil
}

// Known tells what would become of accounts if they were added now; what they have in common with each other is not seen.
func (s *Store) Known(ctx context.Context, accounts []core.Account) ([]core.Arrival, error) {
	var ids, usernames, emails bson.A
	for _, a := range accounts {
		ids, usernames, emails = append(ids, string(a.ID)), append(usernames, a.UsernameKey), append(emails, a.EmailKey)
	}
	there, err := s.holders(ctx, "_id", ids)
	if err != nil {
		return nil, err
	}
	named, err := s.holders(ctx, "usernameKey", usernames)
	if err != nil {
		return nil, err
	}
	addressed, err := s.holders(ctx, "emailKey", emails)
	if err != nil {
		return nil, err
	}
	arrivals := make([]core.Arrival, len(accounts))
	for i, a := range accounts {
		switch {
		case there[string(a.ID)]:
			arrivals[i].There = true
		case named[a.UsernameKey]:
			arrivals[i].Taken = fault.Field(fault.UsernameTaken, "username", fault.FieldTaken)
		case addressed[a.EmailKey]:
			arrivals[i].Taken = fault.Field(fault.EmailTaken, "email", fault.FieldTaken)
		}
	}
	return arrivals, nil
}

// holders tells which of values some account has in a field that is unique.
func (s *Store) holders(ctx context.Context, field string, values bson.A) (map[string]bool, error) {
	if len(values) == 0 {
		return nil, nil
	}
	cursor, err := s.accounts.Find(ctx, bson.D{{Key: field, Value: bson.D{{Key: "$in", Value: values}}}},
		options.Find().SetProjection(bson.D{{Key: field, Value: 1}}))
	if err != nil {
		return nil, translate(err)
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return nil, translate(err)
	}
	held := make(map[string]bool, len(found))
	for _, d := range found {
		held[d.Lookup(field).StringValue()] = true
	}
	return held, nil
}

// KeepPicture adds a picture, unless one of its key is there.
func (s *Store) KeepPicture(ctx context.Context, p core.Picture) error {
	_, err := s.pictures.InsertOne(ctx, picture{p.Key, string(p.Account), p.Type, p.Bytes, when(p.DoubtedAt)})
	return unlessThere(err)
}

// KeepCommunity adds a community, unless one of its id is there.
func (s *Store) KeepCommunity(ctx context.Context, c core.Community) error {
	_, err := s.communities.InsertOne(ctx, community(c))
	return unlessThere(err)
}

func unlessThere(err error) error {
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return translate(err)
}
