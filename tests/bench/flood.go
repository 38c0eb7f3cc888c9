package main

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

const (
	// floodTimes the capacity is the flood's rate.
	floodTimes = 10
	// floodMost is how many of its sign-ins wait for an answer at the same time.
	floodMost = 200

	mebi       = 1 << 20
	hashMemory = 19 * mebi
)

// slots is how many hashes users computes at a time by default.
func slots() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// flood is what came of it.
type flood struct {
	capacity     float64 // sign-ins a second
	signIns      sample  // ten times the capacity
	hammering    sample  // floodMost at a time, without a pause
	refresh      probe
	check        probe
	hammered     sample // checks, meanwhile
	growth       growth // of the services' memory over idle, at its peak
	bound        int64  // that the goal sets to it
	servicesDied error
}

// probe is the same load without and with the flood beside it.
type probe struct{ calm, flooded sample }

// flood sends sign-ins at ten times the capacity, with refreshes and checks beside them.
func (b *bench) flood(ctx context.Context, r *rig, capacity float64) (flood, error) {
	b.say("flood of %.0f sign-ins a second", floodTimes*capacity)
	out := flood{capacity: capacity, bound: 2*int64(slots())*hashMemory + 100*mebi}
	peak := make(chan growth)
	watched, stop := context.WithCancel(ctx)
	go func() { peak <- r.peak(watched) }()

	var next atomic.Int64
	next.Store(int64(r.suite.accounts / 2)) // beyond those that the comparison has signed in to
	signIn := func(int) (int, error) { return r.client.signIn(r.nextAccount(&next), nil) }
	ten := func(ctx context.Context) sample { return paced(ctx, floodTimes*capacity, floodMost, signIn) }
	all := func(ctx context.Context) sample { return closed(ctx, floodMost, time.Hour, signIn) }

	mine := shared(r.suite.sessions)
	d := time.Duration(b.rounds) * b.stretch
	rotate := func() sample {
		return closed(ctx, workers, d, func(w int) (int, error) { return r.client.rotate(mine(w)) })
	}
	check := func() sample {
		return closed(ctx, workers, d, func(w int) (int, error) { return r.client.check(mine(w)) })
	}
	out.refresh.calm = rotate()
	out.refresh.flooded = beside(ctx, ten, rotate, &out.signIns)
	out.check.calm = check()
	out.check.flooded = beside(ctx, ten, check, &out.signIns)
	out.hammered = beside(ctx, all, check, &out.hammering)

	stop()
	out.growth = <-peak
	for _, p := range r.suite.processes() {
		out.servicesDied = errors.Join(out.servicesDied, p.alive())
	}
	return out, errors.Join(ctx.Err(), out.refresh.calm.good(true), out.check.calm.good(true))
}

// beside runs do while a flood runs that began a second before, and adds what came of the flood's sign-ins.
func beside(ctx context.Context, flood func(context.Context) sample, do func() sample, into *sample) sample {
	ctx, cancel := context.WithCancel(ctx)
	flooded := make(chan sample)
	go func() { flooded <- flood(ctx) }()
	time.Sleep(time.Second)
	out := do()
	cancel()
	into.add(<-flooded)
	return out
}

// growth is memory in bytes.
type growth struct {
	together int64            // the most at one moment
	each     map[string]int64 // the most of each service, at a moment of its own
}

// peak is the most memory that the services have until ctx ends, over what they had idle.
func (r *rig) peak(ctx context.Context) growth {
	g := growth{each: map[string]int64{}}
	for ctx.Err() == nil {
		var sum int64
		for _, p := range r.suite.services {
			n, err := p.resident()
			if err != nil {
				return growth{} // it has ended, which flood tells
			}
			n -= r.idle[p.name]
			sum += n
			g.each[p.name] = max(g.each[p.name], n)
		}
		g.together = max(g.together, sum)
		time.Sleep(50 * time.Millisecond)
	}
	return g
}
