package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// dialects compares what other dialects do with legion's.
type dialects struct{ legionSignIn, lynxSignIn, legionRefresh, wolfRefresh turns }

// compareDialects lets lynx's sign-in and wolf's refresh take turns with legion's.
func (b *bench) compareDialects(ctx context.Context, r *rig, d *dialects) error {
	var next atomic.Int64
	signIns := func(signIn func(i int, read func(*fasthttp.Response) error) (int, error), into *turns) side {
		return side{into: into, run: func(ctx context.Context, stretch time.Duration) sample {
			ctx, cancel := context.WithTimeout(ctx, stretch)
			defer cancel()
			return closed(ctx, workers, stretch, func(int) (int, error) { return patiently(ctx, r.nextAccount(&next), signIn) })
		}}
	}
	if err := b.compare(ctx, "sign-in, lynx beside legion", signIns(r.client.signIn, &d.legionSignIn), signIns(r.client.signInByLynx, &d.lynxSignIn)); err != nil {
		return err
	}
	wolves, err := r.wolfSessions(ctx)
	if err != nil {
		return err
	}
	mine, theirs := shared(r.suite.sessions), shared(wolves)
	return b.compare(ctx, "refresh, wolf beside legion",
		asked(func(w int) (int, error) { return r.client.rotate(mine(w)) }, nil, &d.legionRefresh),
		asked(func(w int) (int, error) { return r.client.rotateByWolf(theirs(w)) }, nil, &d.wolfRefresh))
}

// signInByLynx makes a session of account i through lynx.
func (c *client) signInByLynx(i int, read func(*fasthttp.Response) error) (int, error) {
	return c.post(c.auth, "/auth/login", []byte(`{"username":"`+username(i)+`","password":"`+password+`"}`), read)
}

// wolfSessions signs in through wolf, two sessions for each worker.
func (r *rig) wolfSessions(ctx context.Context) ([]*session, error) {
	sessions := make([]*session, 2*workers)
	for i := range sessions {
		s := &session{}
		status, err := r.client.form("/auth/login", "email="+email(i)+"&password="+formPassword, s.takePair)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("wolf's sign-in: status %d", status)
		}
		if err != nil || ctx.Err() != nil {
			return nil, err
		}
		sessions[i] = s
	}
	return sessions, ctx.Err()
}

// formPassword is password as a form has it.
const formPassword = "a+password+that+nobody+has"

// rotateByWolf refreshes a session.
func (c *client) rotateByWolf(s *session) (int, error) {
	return c.form("/auth/refresh", "refresh_token="+string(s.refresh), s.takePair)
}

func (c *client) form(path, body string, read func(*fasthttp.Response) error) (int, error) {
	return call(c.auth, http.MethodPost, path, func(req *fasthttp.Request) {
		req.Header.SetContentType("application/x-www-form-urlencoded")
		req.SetBodyString(body)
	}, read)
}

// takePair keeps the tokens that wolf answers, where there are any.
func (s *session) takePair(r *fasthttp.Response) error {
	if r.StatusCode() != http.StatusOK {
		return nil
	}
	for name, to := range map[string]*[]byte{"access_token": &s.access, "refresh_token": &s.refresh} {
		_, rest, ok := bytes.Cut(r.Body(), []byte(`"`+name+`":"`))
		text, _, ends := bytes.Cut(rest, []byte(`"`))
		if !ok || !ends {
			return fmt.Errorf("no %s in %q", name, r.Body())
		}
		*to = bytes.Clone(text)
	}
	return nil
}

// dialectRows show it.
func dialectRows() []row {
	return []row{
		ratio("lynx's sign-in, of legion's", 0.9, func(f figures) (a, b turns) { return f.dialects.lynxSignIn, f.dialects.legionSignIn }),
		ratio("wolf's refresh, of legion's", 0.9, func(f figures) (a, b turns) { return f.dialects.wolfRefresh, f.dialects.legionRefresh }),
	}
}
