package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// seen is a request as a service got it.
type seen struct {
	Service, Method, URI, Host, Body string
	Header                           http.Header
}

// echo is a service that answers with what it has seen.
func echo(t *testing.T, name string) *url.URL {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Service", name)
		_ = json.NewEncoder(w).Encode(seen{name, r.Method, r.RequestURI, r.Host, string(body), r.Header})
	})
}

func serve(t *testing.T, h http.HandlerFunc) *url.URL {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return parseURL(t, srv.URL)
}

func parseURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// start runs a gateway until stop or the end of the test.
func start(t *testing.T, auth, users *url.URL) (addr string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(Config{Listener: l, Auth: auth, Users: users})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- g.Run(ctx)
		close(done)
	}()
	stop = func() error {
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), stop
}

// raw sends a request as it stands: clients of net/http would tidy it first.
func raw(t *testing.T, addr, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return res
}

func get(t *testing.T, addr, target string) *http.Response {
	t.Helper()
	return raw(t, addr, "GET "+target+" HTTP/1.1\r\nHost: example.com\r\n\r\n")
}

func TestRouting(t *testing.T) {
	t.Parallel()
	addr, _ := start(t, echo(t, "auth"), echo(t, "users"))
	for path, want := range map[string]string{
		"/users/login": "auth", "/users/otp/login": "auth", "/users/auth": "auth", "/users/auth/refresh": "auth",
		"/users/auth/": "auth", "/account": "auth", "/account/register": "auth", "/sign": "auth", "/sign/x/y": "auth",
		"/auth/login": "auth", "/api/auth": "auth", "/api/auth/login": "auth", "/.well-known/jwks.json": "auth",
		"/csrf-token": "auth", "/verify": "auth", "/reset/": "auth", "/openapi/legion.yaml": "auth", "/docs": "auth",
		"/users": "users", "/users/": "users", "/users/01J": "users", "/users/login/": "users", "/users/login/x": "users",
		"/users/logins": "users", "/users/otp": "users", "/users/otp/login/x": "users", "/users/authority": "users",
		"/user": "users", "/user/profile/stream/a.b-c_d~e": "users", "/users/a%40b": "users", "/users?page=//../%2f": "users",
		"/": "", "/signal": "", "/userss": "", "/usersx/login": "", "/csrf-token/": "", "/csrf-token/x": "", "/api": "", "/api/users": "",
		"/internal/v1/x": "", "/healthz": "", "/metrics": "", "/Users": "", "/mailer": "", "/accounts": "", "/index.html": "",
	} {
		res := get(t, addr, path)
		if got := res.Header.Get("X-Service"); got != want {
			t.Errorf("%s went to %q, want %q (%d)", path, got, want, res.StatusCode)
		}
		if want == "" {
			wantJSON(t, path, res, http.StatusNotFound, `{"error":"not_found"}`)
		}
	}
}

// TestPathTricks: a path that two readers may understand differently reaches no service.
func TestPathTricks(t *testing.T) {
	t.Parallel()
	addr, _ := start(t, echo(t, "auth"), echo(t, "users"))
	for _, path := range []string{
		"//users", "/users//login", "/users/login//", "/./users", "/users/./login", "/users/../sign", "/users/..", "/users/.", "/..", "/users/x/../login",
		"/users%2flogin", "/users%2Flogin", "/users/%2e%2e/sign", "/users/%2E/x", "/users/..%2fsign", "/users/%6cogin", "/%75sers",
		"/users%5clogin", `/users\login`, "/users/%252flogin", "/users/%252e%252e/x", "/users/x%00", "/users/%0d%0ax", "/users/%7e", "/users/%7f",
		"http://example.com//users", "*",
	} {
		method := "GET"
		if path == "*" {
			method = "OPTIONS"
		}
		res := raw(t, addr, method+" "+path+" HTTP/1.1\r\nHost: example.com\r\n\r\n")
		if path == "*" {
			if res.Header.Get("X-Service") != "" {
				t.Errorf("OPTIONS * reached %s", res.Header.Get("X-Service"))
			}
			continue
		}
		wantJSON(t, path, res, http.StatusBadRequest, `{"error":"bad_path"}`)
	}
	for _, path := range []string{"/users/%", "/users/%zz", "/users/%4"} { // refused by net/http
		if res := get(t, addr, path); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d from %q", path, res.StatusCode, res.Header.Get("X-Service"))
		}
	}
}

func wantJSON(t *testing.T, what string, res *http.Response, status int, body string) {
	t.Helper()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	if res.StatusCode != status || string(got) != body || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: %d %s %q", what, res.StatusCode, res.Header.Get("Content-Type"), got)
	}
}

func TestForwarding(t *testing.T) {
	t.Parallel()
	addr, _ := start(t, echo(t, "auth"), echo(t, "users"))
	res := raw(t, addr, "POST /sign/login?a=1&a=2;b=%zz& HTTP/1.1\r\nHost: Shop.Example.com:8443\r\n"+
		"Content-Type: application/json\r\nContent-Length: 4\r\nCookie: a=b\r\nAuthorization: Bearer x\r\nOrigin: https://a.example\r\n"+
		"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n"+
		"x-forwarded-port: 1\r\nX-Forwarded-Prefix: /x\r\nForwarded: for=1.2.3.4\r\nConnection: keep-alive, Upgrade, X-Secret\r\nX-Secret: hop\r\n"+
		"Upgrade: websocket\r\n\r\nbody")
	var got seen
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := seen{
		Service: "auth", Method: "POST", URI: "/sign/login?a=1&a=2;b=%zz&", Host: "Shop.Example.com:8443", Body: "body",
		Header: http.Header{
			"Content-Type": {"application/json"}, "Content-Length": {"4"}, "Cookie": {"a=b"}, "Authorization": {"Bearer x"},
			"Origin": {"https://a.example"}, "X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"http"},
			"X-Forwarded-Host": {"Shop.Example.com:8443"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, form := range []string{"GET http://evil.example/users HTTP/1.1\r\nHost: example.com\r\n\r\n", "GET /users HTTP/1.1\r\nHost: evil.example\r\n\r\n"} {
		var got seen
		if err := json.NewDecoder(raw(t, addr, form).Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Service != "users" || got.Host != "evil.example" || got.URI != "/users" { // the service judges the host
			t.Errorf("%q: %+v", form, got)
		}
	}
}

func TestAnswersPassUnchanged(t *testing.T) {
	t.Parallel()
	users := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1; HttpOnly", "b=2"}
		w.Header().Set("Location", "http://elsewhere.example/x")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "not gzip at all")
	})
	addr, _ := start(t, users, users)
	res := get(t, addr, "/users")
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusTeapot || string(body) != "not gzip at all" || len(res.Header["Set-Cookie"]) != 2 ||
		res.Header.Get("Location") != "http://elsewhere.example/x" || res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d %q %v", res.StatusCode, body, res.Header)
	}
}

// TestStreaming: a line arrives before the service has written the next.
func TestStreaming(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	users := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			_, _ = fmt.Fprintln(w, i)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
		}
	})
	addr, _ := start(t, users, users)
	lines := bufio.NewReader(get(t, addr, "/user").Body)
	for i := range 3 {
		line, err := lines.ReadString('\n')
		if err != nil || line != fmt.Sprintln(i) {
			t.Fatalf("%q %v", line, err)
		}
		next <- struct{}{}
	}
}

func TestServiceDown(t *testing.T) {
	t.Parallel()
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	hangsUp := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	addr, _ := start(t, parseURL(t, down.URL), hangsUp)
	for _, path := range []string{"/sign/check", "/users"} {
		res := get(t, addr, path)
		if res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
		wantJSON(t, path, res, http.StatusServiceUnavailable, `{"error":"unavailable"}`)
	}
}

// TestBodies: one that can't be read is its client's fault, and nothing is taken from behind one that is chunked.
func TestBodies(t *testing.T) {
	t.Parallel()
	addr, _ := start(t, echo(t, "auth"), echo(t, "users"))
	post := "POST /users HTTP/1.1\r\nHost: example.com\r\n"
	wantJSON(t, "chunk size", raw(t, addr, post+"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"), http.StatusBadRequest, `{"error":"bad_body"}`)
	for _, header := range []string{"Transfer-Encoding: chunked\r\n", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"} {
		if res := raw(t, addr, post+header+"\r\n1\r\na\r\n0\r\n\r\n"); res.StatusCode != http.StatusOK || !res.Close {
			t.Errorf("%q: status %d, closes %t", header, res.StatusCode, res.Close)
		}
	}
	if res := raw(t, addr, post+"Content-Length: 1\r\n\r\na"); res.StatusCode != http.StatusOK || res.Close {
		t.Errorf("a length: status %d, closes %t", res.StatusCode, res.Close)
	}
}

// TestClientGone: the service learns that nobody waits any more.
func TestClientGone(t *testing.T) {
	t.Parallel()
	entered, left := make(chan struct{}), make(chan struct{})
	users := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		close(left)
	})
	addr, _ := start(t, users, users)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/users", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-entered
		cancel()
	}()
	if res, err := http.DefaultTransport.RoundTrip(req); !errors.Is(err, context.Canceled) {
		t.Errorf("%v %v", res, err)
	}
	<-left
}

// TestDrain: a request under way is answered after the stop began, a new one isn't taken.
func TestDrain(t *testing.T) {
	// Not parallel: it counts goroutines.
	before := goleak.IgnoreCurrent()
	entered, release := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "done")
	}))
	addr, stop := start(t, parseURL(t, srv.URL), parseURL(t, srv.URL))
	answer := make(chan string, 1)
	client := &http.Client{Transport: &http.Transport{}}
	go func() {
		res, err := client.Get("http://" + addr + "/users")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answer <- string(body)
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for { // until the listener is closed
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		_ = conn.Close()
		time.Sleep(time.Millisecond)
	}
	close(release)
	if got := <-answer; got != "done" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	client.CloseIdleConnections()
	srv.Close()
	goleak.VerifyNone(t, before)
}

func TestNewWantsAll(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("an empty config is taken")
	}
}

// TestRoutesAreClean: each route can be reached, and no two say the same.
func TestRoutesAreClean(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, r := range Routes() {
		if !clean(r.Path) || strings.HasSuffix(r.Path, "/") || known[r.Path] {
			t.Errorf("%+v", r)
		}
		known[r.Path] = true
		if to, ok := Match(Routes(), r.Path); !ok || to != r.To {
			t.Errorf("%s goes to %q", r.Path, to)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "users", "/a b", "/\u00fc", `/a\b`, "/a\tb", "/a\x7f", "/%", "/%4", "/a%2", "/%g0", "/%0g", "/%C0%AF%"} {
		if clean(path) {
			t.Errorf("%q is clean", path)
		}
	}
	for _, path := range []string{"/", "/a", "/a/", "/a.b/..c/d..", "/a%20b", "/%C3%BC", "/%c3%bc", "/a;b=c,d@e:f!$&'()*+"} {
		if !clean(path) {
			t.Errorf("%q is not clean", path)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"/users/%2e", "/a//b", "/%25", "/a/../b", "/ü", "/a;b/c%40d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if !clean(path) {
			return
		}
		once, err := url.PathUnescape(path)
		if err != nil {
			t.Fatalf("%q is clean and can't be decoded", path)
		}
		if strings.Count(once, "/") != strings.Count(path, "/") {
			t.Errorf("%q: decoding cuts it differently", path)
		}
		if twice, err := url.PathUnescape(once); err != nil || twice != once {
			t.Errorf("%q can be decoded twice", path)
		}
		for _, s := range strings.Split(once, "/") {
			if s == "." || s == ".." {
				t.Errorf("%q has dot segments", path)
			}
		}
	})
}
