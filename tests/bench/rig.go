package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// rig is a suite with accounts, its baselines and a client of both.
type rig struct {
	suite  *suite
	bare   *baselines
	client *client
	seeded time.Duration // how long the accounts took
	idle   map[string]int64
}

// settle is how long services are left alone before their idle memory is read.
const settle = 2 * time.Second

// newRig starts everything on one kind of stores, with so many accounts and sessions.
func (b *bench) newRig(ctx context.Context, stores string, accounts, sessions int, extra map[string]string) (*rig, error) {
	b.say("start with %s, %d accounts", stores, accounts)
	r := &rig{bare: &baselines{}, idle: map[string]int64{}}
	var err error
	if r.suite, err = startSuite(ctx, b.binaries, stores, extra); err != nil {
		return r, err
	}
	time.Sleep(settle)
	for _, p := range r.suite.services {
		if r.idle[p.name], err = p.resident(); err != nil {
			return r, err
		}
	}
	if r.bare, err = startBaselines(ctx, b.binaries, r.suite); err != nil {
		return r, err
	}
	if r.client, err = newClient(r.suite, r.bare.address); err != nil {
		return r, err
	}
	if r.seeded, err = r.suite.seed(ctx, r.client, accounts); err != nil {
		return r, err
	}
	return r, r.suite.signIn(ctx, r.client, sessions)
}

func (r *rig) stop() error { return errors.Join(r.bare.stop(), r.suite.stop()) }

// nextAccount gives one that nobody has signed in to, while there are any.
func (r *rig) nextAccount(next *atomic.Int64) int {
	return int(next.Add(1)-1) % (r.suite.accounts - len(r.suite.sessions))
}

// sameJSON is an error where baseline and suite don't answer the same body.
func sameJSON(r *rig) error {
	var bodies [2][]byte
	for i, to := range []*fasthttp.HostClient{r.client.bare, r.client.users} {
		status, err := r.client.user(to, 0, func(res *fasthttp.Response) error {
			bodies[i] = bytes.Clone(res.Body())
			return nil
		})
		if err != nil || status != 200 {
			return errors.Join(fmt.Errorf("read a user: status %d", status), err)
		}
	}
	if !bytes.Equal(bodies[0], bodies[1]) {
		return fmt.Errorf("the baseline answers\n%s\nand the suite\n%s", bodies[0], bodies[1])
	}
	return nil
}
