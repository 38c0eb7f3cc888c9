// Package kit runs the suite as its users run it, by its binaries, and speaks to it over HTTP. Every answer that its client
// gets is held against the API documents that the suite itself serves, and so is every request that succeeds.
//
// It knows nothing of the services' code. Stores are the embedded ones, or those that WATCHWORD_TEST_MONGODB_URI and
// WATCHWORD_TEST_REDIS_URL name.
package kit

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for something that must come; nothing that passes waits that long.
const Patience = 20 * time.Second

// shared is what all tests of a process have in common.
var shared struct {
	once  sync.Once
	suite *Suite
	err   error
}

// Main runs the tests of a package and ends what they shared. It also fails where the shared suite has logged a secret.
func Main(m *testing.M) {
	code := m.Run()
	if s := shared.suite; s != nil {
		if code != 0 {
			fmt.Fprintf(os.Stderr, "what the shared suite warned of:\n%s", warnings(s.Process.Log()))
		}
		if err := s.close(); err != nil {
			fmt.Fprintln(os.Stderr, "shared suite:", err)
			code = 1
		}
	}
	removeBinaries()
	os.Exit(code)
}

// warnings are the lines of a log that a person should look at.
func warnings(log string) string {
	var out strings.Builder
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"level":"ERROR"`) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// Shared gives the suite that all tests of a package use, with limits by time out of reach and an admin. It must not be
// stopped nor its admin changed.
func Shared(t testing.TB) *Suite {
	t.Helper()
	shared.once.Do(func() {
		data, err := os.MkdirTemp("", "watchword-suite-")
		if err != nil {
			shared.err = err
			return
		}
		shared.suite, shared.err = start(Options{Data: data})
	})
	if shared.err != nil {
		t.Fatalf("start the shared suite: %v", shared.err)
	}
	return shared.suite
}

// Start runs a suite of the test's own, which ends with the test.
func Start(t testing.TB, o Options) *Suite {
	t.Helper()
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	s, err := start(o)
	if err != nil {
		t.Fatalf("start a suite: %v", err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Name makes a username that no other test has.
func Name() string { return "t" + strings.ToLower(rand.Text()[:14]) }

// Password makes a password that fits the rules and is nowhere else.
func Password() string { return "pw-" + rand.Text() }

// Eventually waits until ok, or fails the test saying what never came.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	Within(t, Patience, what, ok)
}

// Within is Eventually for what may take longer, or must not take as long.
func Within(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, limit)
		}
	}
}

// Parallel runs n functions at the same time and waits for them all.
func Parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-gate
			do(i)
		})
	}
	close(gate)
	wg.Wait()
}
