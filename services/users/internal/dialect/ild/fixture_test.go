package ild_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/ild"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// nobody is an id that no account, community or picture has.
const nobody = "01JD0000000000000000000000"

// server is the dialect over coretest, answering real requests.
type server struct {
	*coretest.Fixture
	url string
	log *output
}

// output is a log that may be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
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

func serve(t testing.TB, with ...func(d *core.Deps)) *server {
	t.Helper()
	s := &server{Fixture: coretest.New(t, with...), log: &output{}}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	check(t, err)
	s.url = "http://" + ln.Addr().String()
	app, err := web.New(web.Config{
		Service:       "users",
		Logger:        slog.New(slog.DiscardHandler),
		Telemetry:     rpctest.Telemetry(),
		Authenticator: members{s.Fixture},
		PublicOrigin:  s.url,
		Now:           time.Now,
	}, ild.Handler{Core: s.Core, Logger: slog.New(slog.NewJSONHandler(s.log, nil))}.Dialect())
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
	return s
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request; bearer empty: nobody's; body empty: none; more: "Name: value" headers.
func (s *server) do(t testing.TB, method, path string, bearer id.Account, body string, more ...string) answer {
	t.Helper()
	res := s.send(t, method, path, bearer, body, more...)
	defer func() { check(t, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	return answer{res.StatusCode, res.Header, string(text)}
}

// send gives the answer as it comes.
func (s *server) send(t testing.TB, method, path string, bearer id.Account, body string, more ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	check(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+string(bearer))
	}
	for _, line := range more {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	check(t, err)
	return res
}

// is demands a status and a whole body.
func (a answer) is(t testing.TB, status int, body string) {
	t.Helper()
	if diff := cmp.Diff(body, a.body); a.status != status || diff != "" {
		t.Fatalf("status %d, want %d; body (-want +got):\n%s", a.status, status, diff)
	}
}

// like demands what testdata/name.txt holds: the status, and the body, in which names stands for ids in angle brackets.
func (a answer) like(t testing.TB, name string, names map[string]string) {
	t.Helper()
	got := strconv.Itoa(a.status) + "\n" + a.body + "\n"
	for value, stand := range names {
		got = strings.ReplaceAll(got, value, "<"+stand+">")
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		check(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", path, diff)
	}
}

// refuses demands an error in the dialect's envelope: the status, and texts that its message holds.
func (a answer) refuses(t testing.TB, status int, texts ...string) {
	t.Helper()
	want := `{"error":"` + http.StatusText(status) + `","message":"`
	if a.status != status || !strings.HasPrefix(a.body, want) || !strings.HasSuffix(a.body, `"}`) {
		t.Fatalf("status %d, body %s; want %d, %s…", a.status, a.body, status, want)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Fatalf("no %q in %s", text, a.body)
		}
	}
}

var errDown = errors.New("down")

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
