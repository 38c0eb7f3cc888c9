package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

// workers is the concurrency of all that is measured.
const workers = 32

// turns are what one side of a comparison came to, turn by turn.
type turns []sample

// sum is all of them as one.
func (t turns) sum() sample {
	var s sample
	for _, one := range t {
		s.add(one)
	}
	return s
}

// of gives the rate as a part of another side's, over all turns, and its least and greatest in one round.
func (t turns) of(other turns) (whole, least, greatest float64) {
	var parts []float64
	for i := range min(len(t), len(other)) {
		parts = append(parts, t[i].rate()/other[i].rate())
	}
	if len(parts) == 0 {
		return 0, 0, 0
	}
	return t.sum().rate() / other.sum().rate(), slices.Min(parts), slices.Max(parts)
}

// side is one of those that are compared.
type side struct {
	run       func(ctx context.Context, d time.Duration) sample
	processes []*process // those whose processor time counts
	into      *turns
}

// asked is a side of closed-loop load.
func asked(do request, processes []*process, into *turns) side {
	run := func(ctx context.Context, d time.Duration) sample { return closed(ctx, workers, d, do) }
	return side{run: run, processes: processes, into: into}
}

// compare lets the sides take turns, so that whatever else the machine does falls on all of them alike. Each turn warms up
// first. Answers that are neither a success nor a 503 are an error.
func (b *bench) compare(ctx context.Context, what string, sides ...side) error {
	b.say("%s", what)
	for range b.rounds {
		for _, s := range sides {
			s.run(ctx, b.stretch/5)
			got, err := measured(s.processes, func() sample { return s.run(ctx, b.stretch) })
			if err == nil {
				err = got.good(true)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			*s.into = append(*s.into, got)
		}
	}
	return ctx.Err()
}

// measured runs a load and adds what the processes took for it.
func measured(processes []*process, run func() sample) (sample, error) {
	before, err := used(processes)
	if err != nil {
		return sample{}, err
	}
	s := run()
	s.cpu, err = used(processes)
	s.cpu.add(before, -1)
	return s, err
}

// trio compares the baseline, the suite, and a suite with few accounts.
type trio struct{ bare, suite, few turns }

// measure does all comparisons on one kind of stores.
func (b *bench) measure(ctx context.Context, many, few *rig, f *figures) error {
	bareOnes := slices.Concat(many.bare.processes, many.suite.stores)
	manyOnes, fewOnes := many.suite.processes(), few.suite.processes()

	var next atomic.Int64
	hash := side{processes: many.bare.processes, into: &f.hash, run: func(_ context.Context, d time.Duration) sample {
		began := time.Now()
		n, err := many.client.hashes(d)
		return sample{took: time.Since(began), status: map[int]int{200: n}, err: err}
	}}
	signIn := side{processes: manyOnes, into: &f.signIn, run: func(ctx context.Context, d time.Duration) sample {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return closed(ctx, workers, d, func(int) (int, error) {
			return patiently(ctx, many.nextAccount(&next), many.client.signIn)
		})
	}}
	if err := b.compare(ctx, "sign-in", hash, signIn); err != nil {
		return err
	}

	mine, theirs, bares := shared(many.suite.sessions), shared(few.suite.sessions), shared(many.suite.sessions)
	err := b.compare(ctx, "refresh",
		asked(func(w int) (int, error) { return many.client.bareRefresh(bares(w)) }, bareOnes, &f.refresh.bare),
		asked(func(w int) (int, error) { return many.client.rotate(mine(w)) }, manyOnes, &f.refresh.suite),
		asked(func(w int) (int, error) { return few.client.rotate(theirs(w)) }, fewOnes, &f.refresh.few))
	if err != nil {
		return err
	}

	if err := sameJSON(many); err != nil {
		return err
	}
	user := func(r *rig) request {
		return func(int) (int, error) { return r.client.user(r.client.users, rand.IntN(r.suite.accounts), nil) }
	}
	bareUser := func(int) (int, error) {
		return many.client.user(many.client.bare, rand.IntN(many.suite.accounts), nil)
	}
	err = b.compare(ctx, "GET /users/{id}",
		asked(bareUser, bareOnes, &f.user.bare), asked(user(many), manyOnes, &f.user.suite), asked(user(few), fewOnes, &f.user.few))
	if err != nil {
		return err
	}

	err = b.compare(ctx, "session check",
		asked(func(w int) (int, error) { return check(many.client.bare, "/check", bares(w)) }, bareOnes, &f.check.bare),
		asked(func(w int) (int, error) { return many.client.check(mine(w)) }, manyOnes, &f.check.suite),
		asked(func(w int) (int, error) { return few.client.check(theirs(w)) }, fewOnes, &f.check.few))
	if err != nil {
		return err
	}
	return b.compareDialects(ctx, many, &f.dialects)
}

// shared gives each worker sessions of its own, one after the other.
func shared(sessions []*session) func(worker int) *session {
	var next [workers]int
	return func(w int) *session {
		s := sessions[(next[w]*workers+w)%len(sessions)]
		next[w]++
		return s
	}
}
