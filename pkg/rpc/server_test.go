package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
)

const canary = "correct-horse-battery-staple"

type greeting struct {
	Name  string `json:"name"`
	Times int    `json:"times"`
}

// host serves one operation and keeps its log.
type host struct {
	tokens *token.ServiceCodec
	server *httptest.Server
	log    *bytes.Buffer
	calls  int
}

func serve(t *testing.T, fn func(context.Context, greeting) (greeting, error)) *host {
	t.Helper()
	h := &host{tokens: rpctest.Tokens(t), log: &bytes.Buffer{}}
	log := telemetry.NewLogger(h.log, "users", "0", "debug")
	s := rpc.NewServer("users", []string{"auth"}, h.tokens, rpctest.Telemetry(), log)
	h.server = httptest.NewServer(rpc.Handle(s, http.StatusAccepted, func(ctx context.Context, in greeting) (greeting, error) {
		h.calls++
		return fn(ctx, in)
	}))
	t.Cleanup(h.server.Close)
	return h
}

func echo(_ context.Context, in greeting) (greeting, error) { return in, nil }

// send makes a good request that change spoils.
func (h *host) send(t *testing.T, body string, change func(*http.Request)) (status int, answer string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+"/greet", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	bearer, err := h.tokens.Sign("auth", "users")
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	req.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header
}

func TestServerTakesOneObject(t *testing.T) {
	t.Parallel()
	h := serve(t, echo)
	status, answer, header := h.send(t, `{"name":"ada","times":2,"unknown":{"a":[1]}}`,
		func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") })
	if status != http.StatusAccepted || answer != `{"name":"ada","times":2}` {
		t.Errorf("%d %s", status, answer)
	}
	if header.Get("Content-Type") != "application/json" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", header)
	}
}

func TestServerRefusesWhatIsNotOneObject(t *testing.T) {
	t.Parallel()
	h := serve(t, echo)
	media := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", value) }
	}
	for name, tt := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		answer string
	}{
		"nothing":         {"", nil, 400, `{"fault":{"reason":"malformed"}}`},
		"null":            {"null", nil, 400, `{"fault":{"reason":"malformed"}}`},
		"a list":          {`[{"name":"ada"}]`, nil, 400, `{"fault":{"reason":"malformed"}}`},
		"two objects":     {`{"name":"ada"}{"name":"bob"}`, nil, 400, `{"fault":{"reason":"malformed"}}`},
		"half an object":  {`{"name":"ada"`, nil, 400, `{"fault":{"reason":"malformed"}}`},
		"a wrong type":    {`{"times":"` + canary + `"}`, nil, 400, `{"fault":{"reason":"malformed","fields":{"times":"wrong_type"}}}`},
		"too much":        {`{"name":"` + strings.Repeat("a", 256<<10) + `"}`, nil, 413, `{"fault":{"reason":"body_too_large"}}`},
		"a form":          {"name=ada", media("application/x-www-form-urlencoded"), 415, `{"fault":{"reason":"unsupported_media_type"}}`},
		"no type":         {`{}`, media(""), 415, `{"fault":{"reason":"unsupported_media_type"}}`},
		"another method":  {`{}`, func(r *http.Request) { r.Method = http.MethodPut }, 405, `{"fault":{"reason":"method_not_allowed"}}`},
		"a read":          {"", func(r *http.Request) { r.Method = http.MethodGet }, 405, `{"fault":{"reason":"method_not_allowed"}}`},
		"a strange token": {`{}`, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+canary) }, 401, `{"fault":{"reason":"unauthenticated"}}`},
	} {
		status, answer, header := h.send(t, tt.body, tt.change)
		if status != tt.status || answer != tt.answer {
			t.Errorf("%s: %d %s, want %d %s", name, status, answer, tt.status, tt.answer)
		}
		if status == http.StatusMethodNotAllowed && header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: Allow is %q", name, header.Get("Allow"))
		}
	}
	if h.calls != 0 {
		t.Errorf("%d of them reached the operation", h.calls)
	}
	if strings.Contains(h.log.String(), canary) {
		t.Errorf("the log holds what was sent: %s", h.log)
	}
}

func TestServerWantsATokenOfACallerForIt(t *testing.T) {
	t.Parallel()
	h := serve(t, echo)
	sign := func(codec *token.ServiceCodec, caller, callee string) string {
		t.Helper()
		text, err := codec.Sign(caller, callee)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + text.Reveal()
	}
	good := sign(h.tokens, "auth", "users")
	for name, authorization := range map[string]string{
		"none":            "",
		"no scheme":       strings.TrimPrefix(good, "Bearer "),
		"another scheme":  "Basic " + strings.TrimPrefix(good, "Bearer "),
		"another callee":  sign(h.tokens, "auth", "mailer"),
		"another caller":  sign(h.tokens, "mailer", "users"),
		"another key":     sign(rpctest.Tokens(t), "auth", "users"),
		"something added": good + "a",
	} {
		status, answer, _ := h.send(t, `{}`, func(r *http.Request) { r.Header.Set("Authorization", authorization) })
		if status != http.StatusUnauthorized || answer != `{"fault":{"reason":"unauthenticated"}}` {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if h.calls != 0 {
		t.Errorf("%d of them reached the operation", h.calls)
	}
}

func TestFaultsCrossWhole(t *testing.T) {
	t.Parallel()
	for _, reason := range fault.Reasons() {
		sent := &fault.Fault{
			Reason: reason, Message: "A sentence.", Fields: map[string]string{"email": "taken"}, RetryAfter: 1500 * time.Millisecond,
			Challenge: &fault.Challenge{Token: "t", Expires: time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)},
		}
		client := rpctest.Join(t, "auth", "users", func(s *rpc.Server) http.Handler {
			return rpc.Handle(s, http.StatusOK, func(context.Context, greeting) (greeting, error) {
				return greeting{}, fmt.Errorf("wrapped: %w", sent.Because(errors.New(canary)))
			})
		})
		err := client.Call(t.Context(), "/greet", false, greeting{}, nil)
		want := sent
		if reason == fault.Internal {
			want = fault.New(fault.Internal)
		}
		if diff := cmp.Diff(want, fault.Of(err), cmpopts.IgnoreUnexported(fault.Fault{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", reason, diff)
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: its cause crossed: %v", reason, err)
		}
	}
}

func TestServerKeepsTheCauseToItself(t *testing.T) {
	t.Parallel()
	for name, fn := range map[string]func(context.Context, greeting) (greeting, error){
		"an error":  func(context.Context, greeting) (greeting, error) { return greeting{}, errors.New(canary) },
		"a panic":   func(context.Context, greeting) (greeting, error) { panic(canary) },
		"an outage": func(context.Context, greeting) (greeting, error) { return greeting{}, fault.Outage(errors.New(canary)) },
	} {
		h := serve(t, fn)
		status, answer, header := h.send(t, `{}`, func(r *http.Request) { r.Header.Set("X-Request-Id", "req-1") })
		if status < 500 || strings.Contains(answer, canary) {
			t.Errorf("%s: %d %s", name, status, answer)
		}
		if name == "an outage" && header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After is %q", name, header.Get("Retry-After"))
		}
		lines := strings.Split(strings.TrimSpace(h.log.String()), "\n")
		if len(lines) != 1 || !strings.Contains(lines[0], canary) || !strings.Contains(lines[0], `"request_id":"req-1"`) ||
			!strings.Contains(lines[0], `"caller":"auth"`) || !strings.Contains(lines[0], `"path":"/greet"`) {
			t.Errorf("%s: logged %q", name, lines)
		}
		if name == "a panic" && !strings.Contains(lines[0], "server_test.go") {
			t.Errorf("no stack tells where it was: %s", lines[0])
		}
	}
}

func TestRequestIDAndDeadlineCross(t *testing.T) {
	t.Parallel()
	var seen string
	var limited bool
	client := rpctest.Join(t, "auth", "users", func(s *rpc.Server) http.Handler {
		return rpc.Handle(s, http.StatusOK, func(ctx context.Context, in greeting) (greeting, error) {
			seen = telemetry.RequestID(ctx)
			_, limited = ctx.Deadline()
			return in, nil
		})
	})
	var out greeting
	in := greeting{Name: "ada", Times: 3}
	if err := client.Call(telemetry.WithRequestID(t.Context(), "req-7"), "/greet", false, in, &out); err != nil {
		t.Fatal(err)
	}
	if out != in || seen != "req-7" || !limited {
		t.Errorf("%+v came back, the request id was %q, a deadline was set: %v", out, seen, limited)
	}
}

func TestGivingUpEndsTheOperation(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan error, 1)
	h := serve(t, func(ctx context.Context, in greeting) (greeting, error) {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return in, fmt.Errorf("find account: %w", ctx.Err())
	})
	client, err := rpc.NewClient(rpc.ClientConfig{
		Caller: "auth", Callee: "users", BaseURL: h.server.URL, Tokens: h.tokens, Telemetry: rpctest.Telemetry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-began; cancel() }()
	if err := client.Call(ctx, "/greet", false, greeting{}, nil); !fault.Has(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the operation ended with %v", err)
	}
	h.server.Close() // waits for the log
	if strings.Contains(h.log.String(), `"level":"ERROR"`) {
		t.Errorf("a caller that went away counts as a defect: %s", h.log)
	}
}
