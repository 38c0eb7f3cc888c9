// Package storetest is what core asks of its store, as tests, and a store in memory that passes them.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// Store is all that core asks of one.
type Store interface {
	core.Queue
	core.Leases
}

// Run runs the suite; each test has a store of its own, made by open.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// start is when the tests begin: not long ago, as a server removes what expired.
var start = time.Now().UTC().Truncate(time.Millisecond)

const minute = time.Minute

var tests = map[string]func(t *testing.T, s Store){
	"a mail comes back as it was stored": func(t *testing.T, s Store) {
		m := Mail(t, "a", start)
		insert(t, s, m)
		want := m
		want.State, want.Attempts, want.NextAt = mailapi.Sending, 1, start.Add(minute)
		if diff := cmp.Diff(want, lease(t, s, start)); diff != "" {
			t.Errorf("leased (-want +got):\n%s", diff)
		}
		want.Sealed = nil
		if diff := cmp.Diff([]core.Mail{want}, list(t, s, "", "", 10)); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
	},
	"a key is taken once": func(t *testing.T, s Store) {
		first := Mail(t, "a", start)
		insert(t, s, first)
		again := Mail(t, "a", start)
		again.Recipient = "e***@example.com"
		if got, err := s.Insert(t.Context(), again); err != nil || got != first.ID {
			t.Errorf("the second is %s, %v; the first was %s", got, err, first.ID)
		}
		if all := list(t, s, "", "", 10); len(all) != 1 || all[0].Recipient != first.Recipient {
			t.Errorf("stored are %+v", all)
		}
	},
	"of many with one key at the same time one is stored": func(t *testing.T, s Store) {
		ids := make([]string, 20)
		together(len(ids), func(i int) {
			var err error
			if ids[i], err = s.Insert(t.Context(), Mail(t, "a", start)); err != nil {
				t.Error(err)
			}
		})
		if distinct := slices.Compact(slices.Sorted(slices.Values(ids))); len(distinct) != 1 {
			t.Errorf("answered as %v", distinct)
		}
		if n := len(list(t, s, "", "", 100)); n != 1 {
			t.Errorf("%d are stored", n)
		}
	},
	"what is discarded is in no list": func(t *testing.T, s Store) {
		if err := s.Discard(t.Context(), newID(t, start), start.Add(minute)); err != nil {
			t.Fatal(err)
		}
		if all := list(t, s, "", "", 10); len(all) != 0 {
			t.Errorf("stored are %+v", all)
		}
		noLease(t, s, start)
	},
	"mails are leased when they are due, the longest due first": func(t *testing.T, s Store) {
		second, first, later := Mail(t, "a", start.Add(-time.Second)), Mail(t, "b", start.Add(-2*time.Second)), Mail(t, "c", start.Add(time.Millisecond))
		insert(t, s, second, first, later)
		for _, want := range []core.Mail{first, second} {
			if got := lease(t, s, start); got.ID != want.ID {
				t.Errorf("leased %s before %s", got.Key, want.Key)
			}
		}
		noLease(t, s, start)
		if got := lease(t, s, start.Add(time.Millisecond)); got.ID != later.ID {
			t.Errorf("leased %s", got.Key)
		}
	},
	"a mail is leased by one of many": func(t *testing.T, s Store) {
		const mails, workers = 10, 50
		for i := range mails {
			insert(t, s, Mail(t, fmt.Sprint(i), start))
		}
		var mu sync.Mutex
		var got []string
		together(workers, func(int) {
			for {
				m, ok, err := s.Lease(t.Context(), start, start.Add(minute))
				if err != nil {
					t.Error(err)
				}
				if err != nil || !ok {
					return
				}
				mu.Lock()
				got = append(got, m.ID)
				mu.Unlock()
			}
		})
		if distinct := slices.Compact(slices.Sorted(slices.Values(got))); len(got) != mails || len(distinct) != mails {
			t.Errorf("%d leases of %d mails, wanted one of each of %d", len(got), len(distinct), mails)
		}
	},
	"a lease ends": func(t *testing.T, s Store) {
		insert(t, s, Mail(t, "a", start))
		first := lease(t, s, start)
		noLease(t, s, start.Add(minute-time.Millisecond))
		second := lease(t, s, start.Add(minute))
		if second.ID != first.ID || second.Attempts != 2 {
			t.Errorf("leased again is %+v", second)
		}
		// Who lost the lease changes nothing.
		for _, to := range []core.Settlement{sent(start.Add(minute)), Dead(start.Add(minute)), waiting(start.Add(minute))} {
			if settle(t, s, first, to) {
				t.Errorf("the first is settled as %s after its lease", to.State)
			}
		}
		if !settle(t, s, second, sent(start.Add(minute))) {
			t.Error("the second is not settled")
		}
	},
	"a mail that was sent keeps no secret and is not due": func(t *testing.T, s Store) {
		insert(t, s, Mail(t, "a", start))
		m := lease(t, s, start)
		if !settle(t, s, m, sent(start)) {
			t.Fatal("not settled")
		}
		if settle(t, s, m, waiting(start)) {
			t.Error("settled twice")
		}
		noLease(t, s, start.Add(48*time.Hour))
		all := list(t, s, mailapi.Sent, "", 10)
		if len(all) != 1 || all[0].Attempts != 1 || !all[0].NextAt.IsZero() || all[0].LastError != "" {
			t.Errorf("sent are %+v", all)
		}
		// Its key stays taken.
		if got, err := s.Insert(t.Context(), Mail(t, "a", start)); err != nil || got != m.ID {
			t.Errorf("a second is %s, %v", got, err)
		}
	},
	"a mail that failed waits": func(t *testing.T, s Store) {
		first := Mail(t, "a", start)
		insert(t, s, first)
		to := waiting(start.Add(30 * time.Second))
		if !settle(t, s, lease(t, s, start), to) {
			t.Fatal("not settled")
		}
		noLease(t, s, to.NextAt.Add(-time.Millisecond))
		all := list(t, s, mailapi.Waiting, "", 10)
		if len(all) != 1 || all[0].LastError != to.LastError || !all[0].NextAt.Equal(to.NextAt) {
			t.Errorf("waiting are %+v", all)
		}
		if m := lease(t, s, to.NextAt); string(m.Sealed) != string(first.Sealed) || m.Attempts != 2 {
			t.Errorf("leased again is %+v", m)
		}
	},
	"a dead mail is not due until it is requeued": func(t *testing.T, s Store) {
		insert(t, s, Mail(t, "a", start))
		m := lease(t, s, start)
		unknown := fault.New(fault.MessageUnknown)
		if err := s.Requeue(t.Context(), m.ID, start, start); !fault.Has(err, unknown.Reason) {
			t.Errorf("requeue of one that is being sent: %v", err)
		}
		if !settle(t, s, m, Dead(start)) {
			t.Fatal("not settled")
		}
		noLease(t, s, start.Add(48*time.Hour))
		later := start.Add(time.Hour)
		if err := s.Requeue(t.Context(), m.ID, later, later.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		again := lease(t, s, later)
		if again.ID != m.ID || again.Attempts != 1 || string(again.Sealed) != string(m.Sealed) || !again.GiveUpAt.Equal(later.Add(time.Hour)) {
			t.Errorf("leased again is %+v", again)
		}
		for _, id := range []string{m.ID, newID(t, start)} {
			if err := s.Requeue(t.Context(), id, start, start); !fault.Has(err, unknown.Reason) {
				t.Errorf("requeue of %s: %v", id, err)
			}
		}
	},
	"lists go from the newest on": func(t *testing.T, s Store) {
		var want []string
		for i := range 5 {
			m := Mail(t, fmt.Sprint(i), start.Add(time.Duration(i)*time.Millisecond))
			insert(t, s, m)
			want = append(want, m.ID)
		}
		slices.Reverse(want)
		settle(t, s, lease(t, s, start.Add(time.Second)), Dead(start)) // the oldest
		if got := ids(list(t, s, "", "", 3)); !slices.Equal(got, want[:3]) {
			t.Errorf("the first page is %v of %v", got, want)
		}
		if got := ids(list(t, s, "", want[2], 3)); !slices.Equal(got, want[3:]) {
			t.Errorf("the second page is %v of %v", got, want)
		}
		if got := ids(list(t, s, mailapi.Waiting, want[0], 3)); !slices.Equal(got, want[1:4]) {
			t.Errorf("a page of those waiting is %v of %v", got, want)
		}
		if got := ids(list(t, s, mailapi.Dead, "", 3)); !slices.Equal(got, want[4:]) {
			t.Errorf("the dead are %v of %v", got, want)
		}
	},
	"the backlog is counted": func(t *testing.T, s Store) {
		if got := backlog(t, s); got != (core.Backlog{}) {
			t.Errorf("of nothing: %+v", got)
		}
		for i := range 6 {
			insert(t, s, Mail(t, fmt.Sprint(i), start.Add(time.Duration(i)*time.Millisecond)))
		}
		for _, to := range []core.Settlement{sent(start), Dead(start), Dead(start)} {
			settle(t, s, lease(t, s, start.Add(time.Second)), to)
		}
		leased := lease(t, s, start.Add(time.Second))
		want := core.Backlog{Waiting: 2, Sending: 1, Dead: 2, Oldest: leased.CreatedAt}
		if diff := cmp.Diff(want, backlog(t, s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		settle(t, s, leased, sent(start))
		want = core.Backlog{Waiting: 2, Dead: 2, Oldest: start.Add(4 * time.Millisecond)}
		if diff := cmp.Diff(want, backlog(t, s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"a store that can't be asked is an outage": func(t *testing.T, s Store) {
		if _, ok := s.(*Memory); ok {
			t.Skip("memory is always there")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, insertErr := s.Insert(ctx, Mail(t, "a", start))
		_, listErr := s.List(ctx, "", "", 1)
		_, _, leaseErr := s.Lease(ctx, start, start)
		_, settleErr := s.Settle(ctx, core.Mail{}, sent(start))
		_, backlogErr := s.Backlog(ctx)
		for name, err := range map[string]error{
			"insert": insertErr, "list": listErr, "lease": leaseErr, "settle": settleErr, "backlog": backlogErr,
			"discard": s.Discard(ctx, newID(t, start), start),
			"requeue": s.Requeue(ctx, newID(t, start), start, start),
		} {
			if !fault.Has(err, fault.Unavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
	},
}

// Mail makes a mail that is due.
func Mail(t *testing.T, key string, due time.Time) core.Mail {
	t.Helper()
	return core.Mail{
		ID: newID(t, due), Key: key, Template: mailapi.Reset, Locale: "de", Recipient: "a***@example.com",
		Sealed: []byte("k:\x00\xff" + key), State: mailapi.Waiting, NextAt: due, GiveUpAt: due.Add(24 * time.Hour),
		Asker: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", CreatedAt: due,
	}
}

func newID(t *testing.T, at time.Time) string {
	t.Helper()
	made, err := id.Source{Now: func() time.Time { return at }, Rand: rand.Reader}.New()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func sent(at time.Time) core.Settlement {
	return core.Settlement{State: mailapi.Sent, At: at, ExpiresAt: at.Add(time.Hour)}
}

// Dead settles a mail for good.
func Dead(at time.Time) core.Settlement {
	return core.Settlement{State: mailapi.Dead, At: at, ExpiresAt: at.Add(time.Hour), LastError: "550 recipient refused"}
}

func waiting(next time.Time) core.Settlement {
	return core.Settlement{State: mailapi.Waiting, At: start, NextAt: next, LastError: "server not reachable"}
}

func insert(t *testing.T, s Store, mails ...core.Mail) {
	t.Helper()
	for _, m := range mails {
		if got, err := s.Insert(t.Context(), m); err != nil || got != m.ID {
			t.Fatalf("insert %s: %s, %v", m.ID, got, err)
		}
	}
}

func lease(t *testing.T, s Store, now time.Time) core.Mail {
	t.Helper()
	m, ok, err := s.Lease(t.Context(), now, now.Add(minute))
	if err != nil || !ok {
		t.Fatalf("lease: %t, %v", ok, err)
	}
	return m
}

func noLease(t *testing.T, s Store, now time.Time) {
	t.Helper()
	if m, ok, err := s.Lease(t.Context(), now, now.Add(minute)); err != nil || ok {
		t.Fatalf("leased %+v, %v", m, err)
	}
}

func settle(t *testing.T, s Store, m core.Mail, to core.Settlement) bool {
	t.Helper()
	held, err := s.Settle(t.Context(), m, to)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

func list(t *testing.T, s Store, state mailapi.State, after string, limit int) []core.Mail {
	t.Helper()
	mails, err := s.List(t.Context(), state, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

func backlog(t *testing.T, s Store) core.Backlog {
	t.Helper()
	b, err := s.Backlog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ids(mails []core.Mail) []string {
	out := make([]string, len(mails))
	for i, m := range mails {
		out[i] = m.ID
	}
	return out
}

// together runs f n times at once.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}
