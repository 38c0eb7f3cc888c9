package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

var greylisted = &core.SendError{Code: 451, Text: "recipient refused"}

func always(err error) func(context.Context, int) error {
	return func(context.Context, int) error { return err }
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		stop := r.start(t)
		defer stop()
		synctest.Wait()
		r.accept(t, message("a"))
		synctest.Wait() // without waiting for the poll
		if r.sender.tries() != 1 {
			t.Fatalf("sent %d times", r.sender.tries())
		}
		l := r.sender.letters[0]
		if l.Key != "a" || l.To != "Ada.Lovelace@example.com" || l.Language != "en" || !l.Date.Equal(time.Now()) {
			t.Errorf("the letter is %+v", l)
		}
		for _, want := range []string{"ada", canary, "https://accounts.example.com/verify?token="} {
			if !strings.Contains(l.Text, want) || !strings.Contains(l.HTML, want) {
				t.Errorf("the letter does not say %q", want)
			}
		}
		if got := r.state(t); got.State != mailapi.Sent || got.Attempts != 1 {
			t.Errorf("it is %+v", got)
		}
		time.Sleep(time.Hour)
		if r.sender.tries() != 1 {
			t.Errorf("sent %d times", r.sender.tries())
		}
	})
}

func TestGreylistedThenDelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = func(_ context.Context, try int) error {
			if try < 4 {
				return greylisted
			}
			return nil
		}
		stop := r.start(t)
		defer stop()
		began := time.Now()
		r.accept(t, message("a"))
		synctest.Wait()
		if got := r.state(t); got.State != mailapi.Waiting || got.LastError != "451 recipient refused" || got.Attempts != 1 {
			t.Errorf("after the first try it is %+v", got)
		}
		time.Sleep(time.Hour)
		if got := r.state(t); got.State != mailapi.Sent || got.Attempts != 4 {
			t.Errorf("at last it is %+v", got)
		}
		var waited []time.Duration
		for _, at := range r.sender.times {
			waited = append(waited, at.Sub(began).Round(time.Second))
		}
		// The poll finds what is due up to a second later.
		want := []time.Duration{0, 30 * time.Second, 90 * time.Second, 210 * time.Second}
		if diff := cmp.Diff(want, waited, near(5*time.Second)); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
		wantSeen := map[string]int{"email_changed failed": 3, "email_changed sent": 1}
		if diff := cmp.Diff(wantSeen, r.observer.seen()); diff != "" {
			t.Errorf("observed (-want +got):\n%s", diff)
		}
	})
}

func near(d time.Duration) cmp.Option {
	return cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() <= d })
}

func TestGivenUpAfterADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = always(&core.SendError{Text: "server not reachable"})
		stop := r.start(t)
		defer stop()
		id := r.accept(t, message("a"))
		time.Sleep(22 * time.Hour)
		if got := r.state(t); got.State != mailapi.Waiting {
			t.Errorf("after 22 hours it is %+v", got)
		}
		time.Sleep(3 * time.Hour)
		if got := r.state(t); got.State != mailapi.Dead || got.LastError != "server not reachable" || !got.NextAt.IsZero() {
			t.Errorf("after 25 hours it is %+v", got)
		}
		tries := r.sender.tries()
		if tries < 25 || tries > 35 {
			t.Errorf("tried %d times", tries)
		}
		if r.observer.seen()["email_changed expired"] != 1 {
			t.Errorf("observed %v", r.observer.seen())
		}
		// An operator may have it sent again, for another day.
		r.sender.mu.Lock()
		r.sender.answer = func(_ context.Context, try int) error {
			if try == tries+1 {
				return greylisted
			}
			return nil
		}
		r.sender.mu.Unlock()
		if err := r.Requeue(t.Context(), mailapi.Requeue{ID: id}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := r.state(t); got.State != mailapi.Sent || got.Attempts != 2 {
			t.Errorf("requeued it is %+v", got)
		}
		for _, id := range []string{id, "x", ""} {
			if err := r.Requeue(t.Context(), mailapi.Requeue{ID: id}); !fault.Has(err, fault.MessageUnknown) {
				t.Errorf("requeue of %q: %v", id, err)
			}
		}
	})
}

func TestFinalRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = always(&core.SendError{Code: 550, Text: "recipient refused", Final: true})
		stop := r.start(t)
		defer stop()
		r.accept(t, message("a"))
		time.Sleep(2 * time.Hour)
		if got := r.state(t); got.State != mailapi.Dead || got.Attempts != 1 || got.LastError != "550 recipient refused" {
			t.Errorf("it is %+v", got)
		}
	})
}

// Nobody is sent a link that has lapsed, hours late.
func TestLapsedLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = always(&core.SendError{Text: "server not reachable"})
		stop := r.start(t)
		defer stop()
		m := message("a")
		m.Template, m.Data["expires"] = mailapi.Reset, time.Now().Add(30*time.Minute).Format(time.RFC3339)
		r.accept(t, m)
		time.Sleep(time.Hour)
		if got := r.state(t); got.State != mailapi.Dead || got.Attempts < 4 {
			t.Errorf("it is %+v", got)
		}
	})
}

// A process that dies between the lease and the outcome costs one lease, and at most one duplicate.
func TestProcessDiesWhileSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.accept(t, message("a"))
		if _, ok, err := r.store.Lease(t.Context(), time.Now(), time.Now().Add(time.Minute)); !ok || err != nil {
			t.Fatal(ok, err) // and no more is heard of who has it
		}
		stop := r.start(t)
		defer stop()
		time.Sleep(59 * time.Second)
		if r.sender.tries() != 0 {
			t.Error("sent while another holds the lease")
		}
		time.Sleep(2 * time.Second)
		if got := r.state(t); got.State != mailapi.Sent || got.Attempts != 2 {
			t.Errorf("it is %+v", got)
		}
	})
}

// What is being sent when the process is told to stop is sent and noted, and nothing new is begun.
func TestStopWhileSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.deps.Workers = 1
		r.make(t)
		r.sender.answer = func(context.Context, int) error {
			time.Sleep(5 * time.Second)
			return nil
		}
		r.accept(t, message("a"))
		r.accept(t, message("b"))
		stop := r.start(t)
		synctest.Wait()
		stop()
		all, err := r.List(t.Context(), mailapi.List{State: mailapi.Sent})
		if err != nil || len(all.Messages) != 1 || r.sender.tries() != 1 {
			t.Errorf("sent are %+v after %d tries, %v", all, r.sender.tries(), err)
		}
	})
}

// A server that takes its time does not hold up the end of the process: the letter is let go and stays in the queue.
func TestStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return &core.SendError{Text: "time is over"}
		}
		r.accept(t, message("a"))
		stop := r.start(t)
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("the end took %s", took)
		}
		if got := r.state(t); got.State != mailapi.Waiting || got.LastError != "time is over" {
			t.Errorf("it is %+v", got)
		}
	})
}

// A try that hangs ends before its lease does.
func TestTryEndsBeforeTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return &core.SendError{Text: "time is over"}
		}
		stop := r.start(t)
		defer stop()
		r.accept(t, message("a"))
		time.Sleep(55 * time.Second)
		if got := r.state(t); got.State != mailapi.Waiting || got.Attempts != 1 {
			t.Errorf("it is %+v", got)
		}
	})
}

// The outcome is stored as soon as the store is back, within the lease, so that the mail is not sent again.
func TestStoreDownBetweenSendingAndNoting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = func(context.Context, int) error {
			r.store.Fail(fault.Outage(errors.New("down")))
			time.AfterFunc(10*time.Second, func() { r.store.Fail(nil) })
			return nil
		}
		stop := r.start(t)
		defer stop()
		r.accept(t, message("a"))
		time.Sleep(time.Hour)
		if got := r.state(t); got.State != mailapi.Sent || r.sender.tries() != 1 {
			t.Errorf("after %d tries it is %+v", r.sender.tries(), got)
		}
		if n := strings.Count(r.log.String(), "mail queue not readable"); n != 1 {
			t.Errorf("the outage is told %d times", n)
		}
	})
}

func TestPanicIsOneMailsFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = func(_ context.Context, try int) error {
			if try == 1 {
				panic("ouch")
			}
			return nil
		}
		stop := r.start(t)
		defer stop()
		r.accept(t, message("a"))
		synctest.Wait()
		if got := r.state(t); got.State != mailapi.Waiting || !strings.Contains(got.LastError, "defect") {
			t.Errorf("it is %+v", got)
		}
		time.Sleep(time.Minute)
		if got := r.state(t); got.State != mailapi.Sent {
			t.Errorf("at last it is %+v", got)
		}
	})
}

// A process without the key waits for one that has it.
func TestKeyThatIsNotAtHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.accept(t, message("a"))
		r.deps.Sealer = sealer(t, "k2")
		r.make(t)
		stop := r.start(t)
		synctest.Wait()
		stop()
		if got := r.state(t); got.State != mailapi.Waiting || !strings.Contains(got.LastError, "keys") || r.sender.tries() != 0 {
			t.Errorf("it is %+v", got)
		}
		r.deps.Sealer = sealer(t, "k1")
		r.make(t)
		stop = r.start(t)
		defer stop()
		time.Sleep(time.Minute)
		if got := r.state(t); got.State != mailapi.Sent {
			t.Errorf("at last it is %+v", got)
		}
	})
}

// Mails that another process accepted are found by the poll, and as many are sent at the same time as there are workers.
func TestWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		other := *r
		other.make(t)
		r.sender.answer = func(context.Context, int) error {
			time.Sleep(10 * time.Second)
			return nil
		}
		stop := r.start(t)
		defer stop()
		synctest.Wait()
		for i := range 8 {
			other.accept(t, message(fmt.Sprint(i)))
		}
		time.Sleep(2 * time.Second)
		if n := r.sender.tries(); n != 4 {
			t.Errorf("%d mails are sent at the same time by 4 workers", n)
		}
		time.Sleep(20 * time.Second)
		if n := r.sender.tries(); n != 8 {
			t.Errorf("%d mails were sent", n)
		}
	})
}

func TestBacklogIsObserved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = always(greylisted)
		stop := r.start(t)
		defer stop()
		accepted := time.Now()
		r.accept(t, message("a"))
		time.Sleep(20 * time.Second)
		want := core.Backlog{Waiting: 1, Oldest: accepted}
		r.observer.mu.Lock()
		defer r.observer.mu.Unlock()
		if diff := cmp.Diff(want, r.observer.backlog, cmp.Comparer(func(a, b time.Time) bool { return a.Sub(b).Abs() < time.Millisecond })); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
