// Package soak has a suite work for minutes, and then compares what its processes hold with what they held before. It does
// so only where WATCHWORD_SOAK says for how long.
package soak

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kill/crowd"
	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

const (
	// people come before the first measurement and stay, so that stores don't grow by them.
	people = 40
	// overload is how many of a thousand requests a busy machine may refuse with 503.
	overload = 5
	// idle is longer than a process's connections are kept for nothing, and than the two minutes after which it collects its
	// memory at the latest and gives it back.
	idle = 150 * time.Second
	// restLimit is how long a process may take to come to rest.
	restLimit = 5 * time.Minute
)

// allowance is what a process may hold more at the end than at the beginning.
type allowance struct {
	metric string
	more   float64
	unit   float64
}

// allowances: connections and their goroutines come and go by a few; a password hash takes 19 MiB, which stay until the
// next collection, and there are two slots.
func allowances() []allowance {
	const mebi = 1 << 20
	return []allowance{
		{"go_goroutines", 12, 1},
		{"process_open_fds", 8, 1},
		{"process_resident_memory_bytes", 48 * mebi, mebi},
	}
}

func TestSoak(t *testing.T) {
	text := os.Getenv("WATCHWORD_SOAK")
	if text == "" {
		t.Skip("NOT RUN: a soak takes minutes. WATCHWORD_SOAK=5m runs it, and so does make test-soak")
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("WATCHWORD_SOAK: %v", err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	sink := kit.NewSink(t)
	s := kit.StartApart(t, map[string]string{
		"WATCHWORD_SMTP_URL":   sink.URL(),
		"WATCHWORD_LOG_LEVEL":  "warn",
		"WATCHWORD_HASH_SLOTS": "2",
	})
	c := crowd.New(t, s.Suite, sink, seed)
	c.Keep(people)

	work(c, func(began time.Time) bool { return c.People() == people && time.Since(began) > length/5 })
	begin := rest(t, s)
	before := c.Sent()
	work(c, func(began time.Time) bool { return time.Since(began) > length })
	worked := c.Figures()
	all := c.Sent()
	end := rest(t, s)
	c.CheckAll()
	c.AwaitMail()

	t.Logf("%d requests in %s; %v", all-before, length, c.Figures())
	compare(t, begin, end)
	explain(t, s, worked, all)
}

// work has the crowd at it until enough.
func work(c *crowd.Crowd, enough func(began time.Time) bool) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		c.Run(stop)
	}()
	for began := time.Now(); !enough(began); time.Sleep(100 * time.Millisecond) {
	}
	close(stop)
	<-stopped
}

// held is what each process holds, by metric.
type held map[string]metrics

type metrics map[string]float64

// rest waits until no process has let go of anything for as long as it may keep a connection, and gives the least that it
// has held.
func rest(t *testing.T, s *kit.Apart) held {
	t.Helper()
	s.HTTP().CloseIdleConnections()
	least := held{}
	limit := time.Now().Add(restLimit)
	for calm := time.Now(); time.Since(calm) < idle && time.Now().Before(limit); time.Sleep(time.Second) {
		for _, name := range s.Names() {
			if least[name] == nil {
				least[name] = metrics{}
			}
			if least[name].lower(measure(t, s, name)) {
				calm = time.Now()
			}
		}
	}
	return least
}

// lower takes over whatever is less now, and tells whether anything but memory was, which goes back in small steps for as
// long as one waits.
func (m metrics) lower(now metrics) bool {
	lower := false
	for _, a := range allowances() {
		value, told := now[a.metric]
		if was, ok := m[a.metric]; told && (!ok || value < was) {
			m[a.metric] = value
			lower = lower || a.unit == 1
		}
	}
	return lower
}

// measure reads what a process holds: a service tells it, and of the stores the system does, but for goroutines. Their
// files, which are mapped into memory, are not counted.
func measure(t *testing.T, s *kit.Apart, name string) metrics {
	t.Helper()
	if name != kit.Stores {
		return s.Metrics(t, name)
	}
	proc := fmt.Sprintf("/proc/%d/", s.Process(name).PID())
	files, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	var kibi float64
	if _, err := fmt.Sscan(rest, &kibi); err != nil {
		t.Fatalf("RssAnon of the stores: %v", err)
	}
	return metrics{"process_open_fds": float64(len(files)), "process_resident_memory_bytes": kibi * 1024}
}

// compare demands that nothing has grown beyond its allowance.
func compare(t *testing.T, begin, end held) {
	t.Helper()
	var table strings.Builder
	for _, name := range slices.Sorted(maps.Keys(begin)) {
		for _, a := range allowances() {
			from, told := begin[name][a.metric]
			if !told && name == kit.Stores {
				continue
			}
			to := end[name][a.metric]
			fmt.Fprintf(&table, "\n%-7s %-30s %7.1f -> %7.1f (%g more allowed)", name, a.metric, from/a.unit, to/a.unit, a.more/a.unit)
			if from == 0 || to > from+a.more {
				t.Errorf("%s: %s was %.0f and is %.0f", name, a.metric, from, to)
			}
		}
	}
	t.Log(table.String())
}

// explain demands that there were no failures but a few refusals of a machine that is too busy, and no errors in the logs.
func explain(t *testing.T, s *kit.Apart, f crowd.Figures, sent int64) {
	t.Helper()
	for status, n := range f.Failures {
		if status != http.StatusServiceUnavailable || int64(n)*1000 > sent*overload {
			t.Errorf("%d of %d requests were answered with %d (0: not at all)", n, sent, status)
		}
	}
	warnings := map[string]int{}
	for _, name := range s.Names() {
		p := s.Process(name)
		for line := range strings.Lines(p.Output() + p.Log()) {
			var entry struct{ Level, Msg string }
			switch err := json.Unmarshal([]byte(line), &entry); {
			case err != nil:
			case entry.Level == "ERROR":
				t.Errorf("%s: %s", name, line)
			case entry.Level == "WARN":
				warnings[name+": "+entry.Msg]++
			}
		}
	}
	t.Logf("%d requests were answered with 503; warnings: %v", f.Failures[http.StatusServiceUnavailable], warnings)
}
