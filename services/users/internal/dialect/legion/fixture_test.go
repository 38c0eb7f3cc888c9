package legion_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	dialect "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
)

// created is when coretest's clock stands.
const created = "2026-01-02T03:04:00.000Z"

// server is the dialect over coretest, answering real requests.
type server struct {
	*coretest.Fixture
	url  string
	csrf string // a good pair
}

// members takes an account's id as its Bearer token.
type members struct{ f *coretest.Fixture }

func (m members) Authenticate(ctx context.Context, bearer string) (session.Principal, error) {
	a, err := m.f.Store.Get(ctx, id.Account(bearer))
	if fault.Has(err, fault.AccountUnknown) {
		return session.Principal{}, fault.New(fault.Unauthenticated)
	}
	return session.Principal{Account: a.ID, Session: "here", Role: a.Role}, err
}

func serve(t *testing.T, directory legion.Directory, with ...func(d *core.Deps)) *server {
	t.Helper()
	f := coretest.New(t, with...)
	csrf := dialect.NewCSRF(coretest.Keys(t), f.Clock.Now, rand.Reader)
	d := legion.Handler{Core: f.Core, CSRF: csrf, Directory: directory}.Dialect()
	d.Routes = append(d.Routes, web.Route{
		Method: http.MethodGet, Path: "/csrf-token", Access: web.Open, Body: web.NoBody,
		Handle: func(c *fiber.Ctx) error {
			token, err := csrf.Issue(c)
			if err != nil {
				return err
			}
			return c.SendString(token)
		},
	})
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	check(t, err)
	app, err := web.New(web.Config{
		Service:       "users",
		Logger:        slog.New(slog.DiscardHandler),
		Telemetry:     rpctest.Telemetry(),
		Authenticator: members{f},
		PublicOrigin:  "http://" + ln.Addr().String(),
		Now:           time.Now,
	}, d)
	check(t, err)
	ended := make(chan error, 1)
	go func() { ended <- app.Serve(ln) }()
	t.Cleanup(func() {
		// The test's own context is over by now.
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		check(t, app.Shutdown(ctx))
		check(t, <-ended)
	})
	s := &server{Fixture: f, url: "http://" + ln.Addr().String()}
	s.csrf = s.do(t, http.MethodGet, "/csrf-token", "", "").body
	return s
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request with a good CSRF pair; bearer empty: nobody's; body empty: none; more: "Name: value" headers.
func (s *server) do(t *testing.T, method, path, bearer, body string, more ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	check(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	req.Header.Set("X-CSRF-Token", s.csrf)
	req.Header.Set("Cookie", "__Host-csrf="+s.csrf)
	for _, line := range more {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	defer func() { check(t, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	return answer{res.StatusCode, res.Header, string(text)}
}

// is demands a status and a whole body.
func (a answer) is(t *testing.T, status int, body string) {
	t.Helper()
	if diff := cmp.Diff(body, a.body); a.status != status || diff != "" {
		t.Fatalf("status %d, want %d; body (-want +got):\n%s", a.status, status, diff)
	}
}

// refuses demands a status and the error's code, with the field at fault where one is given as "field: word".
func (a answer) refuses(t *testing.T, status int, code string, field ...string) {
	t.Helper()
	want := fmt.Sprintf(`"error":{"code":%q`, code)
	for _, f := range field {
		name, word, _ := strings.Cut(f, ": ")
		want += fmt.Sprintf(`,"fields":{%q:%q}`, name, word)
	}
	if a.status != status || !strings.Contains(a.body, want) || !strings.HasPrefix(a.body, `{"success":false,`) {
		t.Fatalf("status %d, body %s; want %d, %s", a.status, a.body, status, want)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
