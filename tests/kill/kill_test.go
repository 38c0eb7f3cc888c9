// Package kill ends the suite's processes without warning, at random moments under load, runs them again on the same data
// and ports, and demands all that was acknowledged of them.
package kill

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kill/crowd"
	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

const (
	// most is how many requests there are at most before a process is killed.
	most = 250
	// moment is how long after a request the process is killed at most.
	moment = 20 * time.Millisecond
)

// suite is what is killed.
type suite struct {
	targets []string
	kill    func(target string) error
	restart func(target string) error
}

// The whole suite in one process, with its stores in it.
func TestOneProcess(t *testing.T) {
	t.Parallel()
	sink := kit.NewSink(t)
	address, err := kit.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	env := settings(sink)
	env["WATCHWORD_LISTEN"] = address
	s := kit.Start(t, kit.Options{Env: env})
	run(t, s, sink, suite{
		targets: []string{"the one process"},
		kill:    func(string) error { return s.Kill() },
		restart: func(string) error { return s.Restart() },
	})
}

// Each service by itself, and the stores.
func TestServices(t *testing.T) {
	t.Parallel()
	sink := kit.NewSink(t)
	s := kit.StartApart(t, settings(sink))
	run(t, s.Suite, sink, suite{targets: s.Names(), kill: s.Kill, restart: s.Restart})
}

func settings(sink *kit.Sink) map[string]string {
	return map[string]string{
		"WATCHWORD_SMTP_URL":   sink.URL(),
		"WATCHWORD_LOG_LEVEL":  "warn",
		"WATCHWORD_HASH_SLOTS": "2",
	}
}

// run kills one target after the other, in an order by chance that leaves none out.
func run(t *testing.T, s *kit.Suite, sink *kit.Sink, victim suite) {
	t.Helper()
	seed := number(t, "WATCHWORD_KILL_SEED", rand.Uint64())
	rounds := number(t, "WATCHWORD_KILL_ROUNDS", 3)
	t.Logf("%d rounds, WATCHWORD_KILL_SEED=%d", rounds, seed)
	r := rand.New(rand.NewPCG(seed, 0))
	people := crowd.New(t, s, sink, seed)
	var order []int
	for round := range rounds {
		if len(order) == 0 {
			order = r.Perm(len(victim.targets))
		}
		target := victim.targets[order[0]]
		order = order[1:]
		began := time.Now()
		kill(t, victim, target, people, 1+r.Int64N(most), time.Duration(r.Int64N(int64(moment))))
		people.Check()
		t.Logf("round %d: %s killed and run again, %s", round+1, target, time.Since(began).Round(time.Millisecond))
		if t.Failed() {
			break
		}
	}
	began := time.Now()
	people.CheckAll()
	checked := time.Now()
	people.AwaitMail()
	t.Logf("everybody checked within %s, all mails there %s later", checked.Sub(began).Round(time.Millisecond), time.Since(checked).Round(time.Millisecond))
	letters, again := sink.Taken()
	t.Logf("%v; %d letters, %d of them twice", people.Figures(), letters, again)
}

// kill has people at work until a number of requests has been sent, ends the target in the midst of the next, and runs it
// again while the others go on.
func kill(t *testing.T, victim suite, target string, people *crowd.Crowd, requests int64, later time.Duration) {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		people.Run(stop)
	}()
	before := people.Sent()
	for people.Sent() < before+requests {
		select {
		case <-stopped:
			t.Fatal("the load has ended by itself")
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(later)
	if err := victim.kill(target); err != nil {
		t.Fatalf("kill %s: %v", target, err)
	}
	if err := victim.restart(target); err != nil {
		t.Fatalf("run %s again: %v", target, err)
	}
	close(stop)
	<-stopped
}

// number reads a setting of the test's.
func number(t *testing.T, setting string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(setting)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", setting, err)
	}
	return n
}
