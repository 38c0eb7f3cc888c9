package transfer

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/services/users/internal/core"
)

const (
	hashBytes = 16
	// batchLimit is how long the database may take for a batch.
	batchLimit = time.Minute
)

// importing is an import on its way.
type importing struct {
	*Transfer
	options  Options
	sum      Summary
	rows     []Row
	accounts []core.Account
	// seen are the ids and keys of a dry run's accounts so far, hashed: nothing else remembers them.
	seen map[[hashBytes]byte]bool
}

func (i *importing) refuse(row Row, why string) {
	i.sum.Refused++
	i.deps.Refused(row, why)
	i.deps.Done()
}

// add takes what a row holds into the batch, which is written when it is full.
func (i *importing) add(ctx context.Context, row Row, t taken) error {
	if t.err != nil {
		i.refuse(row, t.err.Error())
		return nil
	}
	for _, note := range t.notes {
		i.deps.Noted(row, note)
	}
	if err := i.accompany(ctx, t); err != nil {
		return err
	}
	if t.community != nil {
		i.sum.Communities++
		i.deps.Done()
		return nil
	}
	i.rows, i.accounts = append(i.rows, row), append(i.accounts, t.account)
	if len(i.rows) < batchRows {
		return nil
	}
	return i.flush(ctx)
}

// accompany writes what is beside an account: a picture, a community. Both may be there already.
func (i *importing) accompany(ctx context.Context, t taken) error {
	if i.options.DryRun {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	defer cancel()
	switch {
	case t.community != nil:
		return i.deps.Accounts.KeepCommunity(ctx, *t.community)
	case t.picture != nil:
		return i.deps.Accounts.KeepPicture(ctx, *t.picture)
	}
	return nil
}

func (i *importing) flush(ctx context.Context) error {
	write := i.deps.Accounts.InsertAll
	if i.options.DryRun {
		write = i.deps.Accounts.Known
	}
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	defer cancel()
	arrivals, err := write(ctx, i.accounts)
	if err != nil {
		return err
	}
	for n, arrival := range arrivals {
		if i.options.DryRun {
			arrival = i.among(i.accounts[n], arrival)
		}
		switch {
		case arrival.There:
			i.sum.Unchanged++
			i.deps.Done()
		case arrival.Taken != nil:
			i.refuse(i.rows[n], explain(arrival.Taken).Error())
		default:
			i.sum.Imported++
			i.deps.Done()
		}
	}
	i.rows, i.accounts = i.rows[:0], i.accounts[:0]
	return nil
}

// among tells what a dry run's rows have in common with those before them.
func (i *importing) among(a core.Account, arrival core.Arrival) core.Arrival {
	if arrival != (core.Arrival{}) {
		return arrival
	}
	switch {
	case i.seen[hashed(string(a.ID))]:
		return core.Arrival{There: true}
	case i.seen[hashed(a.UsernameKey)]:
		return core.Arrival{Taken: fault.New(fault.UsernameTaken)}
	case i.seen[hashed(a.EmailKey)]:
		return core.Arrival{Taken: fault.New(fault.EmailTaken)}
	}
	for _, key := range []string{string(a.ID), a.UsernameKey, a.EmailKey} {
		i.seen[hashed(key)] = true
	}
	return core.Arrival{}
}

func hashed(key string) [hashBytes]byte {
	sum := sha256.Sum256([]byte(key))
	return [hashBytes]byte(sum[:hashBytes])
}
