package mongo

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/services/users/internal/core"
)

// difference is the update that makes before into after: only members that differ are written, those of embedded
// documents one by one, so what other updates count meanwhile (wrong guesses, spent codes) stays. Of the outbox only new
// entries are pushed.
func difference(before, after core.Account) (bson.D, error) {
	pushed := toEntries(after.Outbox[min(len(before.Outbox), len(after.Outbox)):])
	before.Outbox, after.Outbox = nil, nil
	old, err := raw(before)
	if err != nil {
		return nil, err
	}
	fresh, err := raw(after)
	if err != nil {
		return nil, err
	}
	var d delta
	if err := d.compare("", old, fresh); err != nil {
		return nil, err
	}
	var update bson.D
	if len(d.set) > 0 {
		update = append(update, bson.E{Key: "$set", Value: d.set})
	}
	if len(d.unset) > 0 {
		update = append(update, bson.E{Key: "$unset", Value: d.unset})
	}
	if len(pushed) > 0 {
		update = append(update, push(pushed...))
	}
	return update, nil
}

func push(entries ...entry) bson.E {
	return bson.E{Key: "$push", Value: bson.D{{Key: "outbox", Value: bson.D{{Key: "$each", Value: entries}}}}}
}

func raw(a core.Account) (bson.Raw, error) {
	b, err := bson.Marshal(toDocument(a))
	if err != nil {
		return nil, fmt.Errorf("encode account: %w", err)
	}
	return b, nil
}

type delta struct{ set, unset bson.D }

func (d *delta) compare(prefix string, old, fresh bson.Raw) error {
	elements, err := fresh.Elements()
	if err != nil {
		return fmt.Errorf("read encoded account: %w", err)
	}
	for _, e := range elements {
		was, is := old.Lookup(e.Key()), e.Value()
		switch {
		case was.Type == bson.TypeEmbeddedDocument && is.Type == bson.TypeEmbeddedDocument:
			if err := d.compare(prefix+e.Key()+".", was.Document(), is.Document()); err != nil {
				return err
			}
		case !was.Equal(is):
			d.set = append(d.set, bson.E{Key: prefix + e.Key(), Value: is})
		}
	}
	elements, err = old.Elements()
	if err != nil {
		return fmt.Errorf("read encoded account: %w", err)
	}
	for _, e := range elements {
		if fresh.Lookup(e.Key()).IsZero() {
			d.unset = append(d.unset, bson.E{Key: prefix + e.Key(), Value: ""})
		}
	}
	return nil
}
