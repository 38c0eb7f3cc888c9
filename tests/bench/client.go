package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
)

// password is every account's.
const password = "a password that nobody has"

// client speaks legion to a suite, at as little cost as can be had: it shares the machine with what it measures.
type client struct {
	auth, users, bare *fasthttp.HostClient
	csrf              string
}

// session is a signed-in device. One worker at a time may use it.
type session struct {
	account         string
	access, refresh []byte
}

func host(address string) *fasthttp.HostClient {
	return &fasthttp.HostClient{
		Addr:                      address,
		MaxConns:                  1024,
		MaxIdleConnDuration:       time.Minute,
		MaxIdemponentCallAttempts: 1,
		NoDefaultUserAgentHeader:  true,
	}
}

// newClient takes a CSRF token, which is good for a day and for everybody. bare is a baseline's address, or empty.
func newClient(s *suite, bare string) (*client, error) {
	c := &client{auth: host(s.auth), users: host(s.users), bare: host(bare)}
	var body struct{ Data struct{ CSRFToken string } }
	status, err := call(c.auth, http.MethodGet, "/csrf-token", func(*fasthttp.Request) {}, func(r *fasthttp.Response) error {
		return json.Unmarshal(r.Body(), &body)
	})
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("csrf token: status %d", status)
	}
	c.csrf = body.Data.CSRFToken
	return c, err
}

// call sends one request and lets read, which may be nil, have a look at the answer.
func call(to *fasthttp.HostClient, method, path string, write func(*fasthttp.Request), read func(*fasthttp.Response) error) (int, error) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.Header.SetMethod(method)
	req.SetRequestURI(path)
	req.Header.SetHost(to.Addr)
	write(req)
	if err := to.DoTimeout(req, res, 30*time.Second); err != nil {
		return 0, err
	}
	if read != nil {
		if err := read(res); err != nil {
			return 0, err
		}
	}
	return res.StatusCode(), nil
}

func (c *client) post(to *fasthttp.HostClient, path string, body []byte, read func(*fasthttp.Response) error) (int, error) {
	return call(to, http.MethodPost, path, func(req *fasthttp.Request) {
		req.Header.SetContentType("application/json")
		req.Header.Set("X-CSRF-Token", c.csrf)
		req.Header.SetCookie("__Host-csrf", c.csrf)
		req.SetBodyRaw(body)
	}, read)
}

// register makes an account.
func (c *client) register(username string) error {
	body := fmt.Sprintf(`{"name":"Bench Mark","username":%q,"password":%q}`, username, password)
	status, err := c.post(c.users, "/users", []byte(body), nil)
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("register %s: status %d", username, status)
	}
	return err
}

// signIn makes a session of account i.
func (c *client) signIn(i int, read func(*fasthttp.Response) error) (int, error) {
	body := `{"username":"` + username(i) + `","password":"` + password + `"}`
	return c.post(c.auth, "/users/login", []byte(body), read)
}

// patiently signs in to account i as somebody does who waits, where it is refused for now, as long as the answer says, or
// until ctx ends.
func patiently(ctx context.Context, i int, signIn func(i int, read func(*fasthttp.Response) error) (int, error)) (int, error) {
	var wait time.Duration
	status, err := signIn(i, func(r *fasthttp.Response) error {
		if r.StatusCode() != http.StatusServiceUnavailable {
			return nil
		}
		seconds, err := strconv.Atoi(string(r.Header.Peek(fasthttp.HeaderRetryAfter)))
		wait = time.Duration(seconds) * time.Second
		return err
	})
	if wait > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return status, err
}

// rotate refreshes a session.
func (c *client) rotate(s *session) (int, error) {
	return call(c.auth, http.MethodPost, "/users/auth/refresh", func(req *fasthttp.Request) {
		req.Header.Set("X-CSRF-Token", c.csrf)
		req.Header.SetCookie("__Host-csrf", c.csrf)
		req.Header.SetCookieBytesKV([]byte("refreshToken"), s.refresh)
		req.Header.SetBytesV(fasthttp.HeaderAuthorization, append([]byte("Bearer "), s.access...))
	}, s.take)
}

// check asks whether a session lives.
func (c *client) check(s *session) (int, error) { return check(c.auth, "/sign/check", s) }

func check(to *fasthttp.HostClient, path string, s *session) (int, error) {
	return call(to, http.MethodGet, path, func(req *fasthttp.Request) {
		req.Header.SetBytesV(fasthttp.HeaderAuthorization, append([]byte("Bearer "), s.access...))
	}, nil)
}

// user reads account i.
func (c *client) user(to *fasthttp.HostClient, i int, read func(*fasthttp.Response) error) (int, error) {
	return call(to, http.MethodGet, "/users/"+accountID(i), func(*fasthttp.Request) {}, read)
}

// bareRefresh is the baseline's for a session.
func (c *client) bareRefresh(s *session) (int, error) {
	return call(c.bare, http.MethodPost, "/refresh/"+s.account, func(*fasthttp.Request) {}, nil)
}

// hashes has the baseline compute hashes for d, and gives their number.
func (c *client) hashes(d time.Duration) (n int, err error) {
	status, err := call(c.bare, http.MethodGet, "/hash?for="+d.String(), func(*fasthttp.Request) {}, func(r *fasthttp.Response) error {
		n, err = strconv.Atoi(string(r.Body()))
		return err
	})
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("hashes: status %d", status)
	}
	return n, err
}

// take keeps the tokens of a sign-in or a refresh, where there are any.
func (s *session) take(r *fasthttp.Response) error {
	if r.StatusCode() != http.StatusOK {
		return nil
	}
	var cookie fasthttp.Cookie
	if err := cookie.ParseBytes(r.Header.PeekCookie("refreshToken")); err != nil {
		return fmt.Errorf("refresh cookie: %w", err)
	}
	_, rest, ok := bytes.Cut(r.Body(), []byte(`"accessToken":"`))
	access, _, ends := bytes.Cut(rest, []byte(`"`))
	if !ok || !ends {
		return fmt.Errorf("no access token in %q", r.Body())
	}
	s.refresh, s.access = bytes.Clone(cookie.Value()), bytes.Clone(access)
	return nil
}
