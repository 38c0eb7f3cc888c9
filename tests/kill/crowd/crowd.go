// Package crowd is people who use a suite at the same time. Each remembers what the suite has acknowledged, and what it
// left without an answer, and can tell later whether all of the first still holds and whether each of the second was done
// wholly or not at all.
//
// Whoever got no answer does nothing more until Check has found out what became of the request: so what a person knows is
// exact, however the suite was ended.
package crowd

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

const (
	// workers is how many people do something at the same time.
	workers = 6
	// spell is how many things a person does at most before it is another's turn.
	spell = 10
	// career is after how many a person only stays to be checked, where people come and go.
	career = 60
	// patience is how many people a worker sees without an answer before it waits for the next round.
	patience = 3
)

// Crowd is people, what they know, and what came of all they did.
type Crowd struct {
	t     testing.TB
	suite *kit.Suite
	sink  *kit.Sink
	rand  func() *rand.Rand // a new one, by the seed

	sent atomic.Int64

	mu      sync.Mutex
	people  []*person
	idle    []*person       // those who may be picked
	most    int             // how many people there may be, who stay for good; 0: people come and go
	unknown map[string]bool // addresses that nothing may be mailed to
	figures Figures
}

// Figures count operations by name.
type Figures struct {
	Acknowledged map[string]int
	Unanswered   map[string]int
	Failures     map[int]int // by status, 0 for none, those of checks too
	Done         int         // of those without an answer, found to be done
	Undone       int         // found not to be
	Checked      int         // times that a person was checked
}

// New makes a crowd without people yet. All choices follow from seed.
func New(t testing.TB, suite *kit.Suite, sink *kit.Sink, seed uint64) *Crowd {
	var streams atomic.Uint64
	return &Crowd{
		t:       t,
		suite:   suite,
		sink:    sink,
		rand:    func() *rand.Rand { return rand.New(rand.NewPCG(seed, streams.Add(1))) },
		unknown: map[string]bool{},
		figures: Figures{Acknowledged: map[string]int{}, Unanswered: map[string]int{}, Failures: map[int]int{}},
	}
}

// Keep has n people join, who stay for good; otherwise people come and go.
func (c *Crowd) Keep(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most = n
}

// People is how many have joined.
func (c *Crowd) People() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.people)
}

// Run has people do things until stop is closed, or until most of what they ask for goes without an answer.
func (c *Crowd) Run(stop <-chan struct{}) {
	var wg sync.WaitGroup
	for range workers {
		r := c.rand()
		wg.Go(func() { c.work(r, stop) })
	}
	wg.Wait()
}

// Sent is how many requests have been sent so far.
func (c *Crowd) Sent() int64 { return c.sent.Load() }

// Figures are those up to now.
func (c *Crowd) Figures() Figures {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.figures
	f.Acknowledged, f.Unanswered, f.Failures = maps.Clone(f.Acknowledged), maps.Clone(f.Unanswered), maps.Clone(f.Failures)
	return f
}

// String is one line for a person.
func (f Figures) String() string {
	return fmt.Sprintf("%d acknowledged (%s), %d without an answer (%s), of which %d were done and %d were not; %d checks of a person",
		total(f.Acknowledged), list(f.Acknowledged), total(f.Unanswered), list(f.Unanswered), f.Done, f.Undone, f.Checked)
}

func total(counts map[string]int) int {
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}

func list(counts map[string]int) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(out, ", ")
}

// work lets one person after the other do something.
func (c *Crowd) work(r *rand.Rand, stop <-chan struct{}) {
	for unanswered := 0; unanswered < patience; {
		p := c.pick(r)
		if p == nil {
			return
		}
		for range 1 + r.IntN(spell) {
			select {
			case <-stop:
				c.release(p)
				return
			default:
			}
			p.step()
			if p.doubt != nil {
				unanswered++
			}
			if !p.active() {
				break
			}
		}
		c.release(p)
	}
}

// pick gives a person whom no other worker has: an idle one, or a new one. None: there may be no more.
func (c *Crowd) pick(r *rand.Rand) *person {
	c.mu.Lock()
	defer c.mu.Unlock()
	full := c.most > 0 && len(c.people) >= c.most
	if n := len(c.idle); n > 0 && (full || r.IntN(5) > 0) {
		i := r.IntN(n)
		p := c.idle[i]
		c.idle = slices.Delete(c.idle, i, i+1)
		p.rand = r
		return p
	}
	if full {
		return nil
	}
	p := newPerson(c, r)
	c.people = append(c.people, p)
	return p
}

// release lets others have the person.
func (c *Crowd) release(p *person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.active() {
		c.idle = append(c.idle, p)
	}
}

// count notes what came of an operation.
func (c *Crowd) count(name string, answered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered {
		c.figures.Acknowledged[name]++
	} else {
		c.figures.Unanswered[name]++
	}
}

// failed notes that a request was answered with a failure, or not at all.
func (c *Crowd) failed(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.figures.Failures[status]++
}

// settled notes what became of an operation without an answer.
func (c *Crowd) settled(done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done {
		c.figures.Done++
	} else {
		c.figures.Undone++
	}
}

// never notes an address that no account ever had.
func (c *Crowd) never(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unknown[address] = true
}
