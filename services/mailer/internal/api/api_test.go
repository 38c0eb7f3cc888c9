package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/mailapi/mailclient"
	"github.com/watchword/watchword/pkg/mailapi/mailcontract"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/secret"
	servers "github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/services/mailer/internal/api"
	"github.com/watchword/watchword/services/mailer/internal/core"
	"github.com/watchword/watchword/services/mailer/internal/store/mongo"
	"github.com/watchword/watchword/services/mailer/internal/store/storetest"
)

// rig is the API over HTTP, on a store.
type rig struct {
	notReady error // set before the first request
	t        *testing.T
	server   *httptest.Server
	tokens   *token.ServiceCodec
	tel      *telemetry.Telemetry
	store    storetest.Store
}

func newRig(t *testing.T, store storetest.Store) *rig {
	t.Helper()
	keys, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: []byte("0123456789abcdefghijklmnopqrstuv")})
	if err != nil {
		t.Fatal(err)
	}
	tel, err := telemetry.New(t.Context(), telemetry.Config{Service: "mailer"})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := secret.NewSealer(keys, "mail queue", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	// Each look at the clock is a millisecond later, so that ids have an order.
	var ticks atomic.Int64
	began := time.Now()
	c, err := core.New(core.Deps{
		Queue: store, Leases: store, Renderer: nobody{}, Sender: nobody{}, Observer: nobody{}, Tracer: nobody{}, Sealer: sealer, Logger: log,
		Now:  func() time.Time { return began.Add(time.Duration(ticks.Add(1)) * time.Millisecond) },
		Rand: rand.Reader, Jitter: func() float64 { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, tokens: token.NewServiceCodec(keys, time.Now), tel: tel, store: store}
	mux := http.NewServeMux()
	api.Register(mux, c, func() error { return r.notReady }, rpc.NewServer("mailer", api.Senders(), r.tokens, tel, log), rpc.NewServer("mailer", api.Operators(), r.tokens, tel, log))
	r.server = httptest.NewServer(mux)
	t.Cleanup(r.server.Close)
	return r
}

// client calls as caller.
func (r *rig) client(caller string) *mailclient.Client {
	r.t.Helper()
	c, err := rpc.NewClient(rpc.ClientConfig{Caller: caller, Callee: "mailer", BaseURL: r.server.URL, Tokens: r.tokens, Telemetry: r.tel})
	if err != nil {
		r.t.Fatal(err)
	}
	return mailclient.New(c)
}

// nobody stands where nothing is delivered.
type nobody struct{}

func (nobody) Render(mailapi.Template, string, core.Data) (core.Content, error) {
	return core.Content{}, nil
}
func (nobody) Send(context.Context, core.Letter) error { return nil }
func (nobody) Delivered(mailapi.Template, string)      {}
func (nobody) Backlog(core.Backlog)                    {}
func (nobody) Asker(context.Context) string            { return "" }
func (nobody) Delivery(ctx context.Context, _ mailapi.Template, _ string) (context.Context, func(string)) {
	return ctx, func(string) {}
}

// mailer is the whole API to one who may do everything.
type mailer struct{ sender, operator *mailclient.Client }

func (m mailer) Send(ctx context.Context, in mailapi.Message) (mailapi.Accepted, error) {
	return m.sender.Send(ctx, in)
}

func (m mailer) List(ctx context.Context, in mailapi.List) (mailapi.Listed, error) {
	return m.operator.List(ctx, in)
}

func (m mailer) Requeue(ctx context.Context, in mailapi.Requeue) error {
	return m.operator.Requeue(ctx, in)
}

func TestContract(t *testing.T) {
	t.Parallel()
	mailcontract.Test(t, func(t *testing.T) mailcontract.Subject {
		s := mongo.New(servers.Database(t))
		if err := s.Prepare(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		r := newRig(t, s)
		return mailcontract.Subject{
			Mailer: mailer{r.client(api.Auth), r.client(api.Operator)},
			Bury:   r.bury,
		}
	})
}

// bury makes the mail that is due longest dead; the contract buries the one it sent first.
func (r *rig) bury(t *testing.T, id string) {
	t.Helper()
	now := time.Now().Add(time.Hour)
	m, ok, err := r.store.Lease(t.Context(), now, now.Add(time.Minute))
	if err != nil || !ok || m.ID != id {
		t.Fatalf("leased %s, %t, %v; not %s", m.ID, ok, err, id)
	}
	if held, err := r.store.Settle(t.Context(), m, storetest.Dead(now)); err != nil || !held {
		t.Fatal(held, err)
	}
}

func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.NewMemory())
	for _, test := range []struct {
		path    string
		callers []string
	}{
		{mailapi.PathSend, []string{"auth", "users"}},
		{mailapi.PathList, []string{"operator"}},
		{mailapi.PathRequeue, []string{"operator"}},
	} {
		for _, caller := range []string{"auth", "users", "operator", "mailer", ""} {
			token := ""
			if caller != "" {
				signed, err := r.tokens.Sign(caller, "mailer")
				if err != nil {
					t.Fatal(err)
				}
				token = signed.Reveal()
			}
			got, _ := r.post(test.path, token, `{"limit":-1}`)
			if refused := got == http.StatusUnauthorized; refused == slices.Contains(test.callers, caller) {
				t.Errorf("%s for %q: %d", test.path, caller, got)
			}
		}
		foreign, err := r.tokens.Sign("auth", "users")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := r.post(test.path, foreign.Reveal(), `{}`); got != http.StatusUnauthorized {
			t.Errorf("%s with a token for another service: %d", test.path, got)
		}
	}
}

func (r *rig) post(path, token, body string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.server.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, res.Body); err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, b.String()
}

func TestAcceptedIs202AndOutageIs503(t *testing.T) {
	t.Parallel()
	s := storetest.NewMemory()
	r := newRig(t, s)
	signed, err := r.tokens.Sign("auth", "mailer")
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"key":"a","template":"password_changed","locale":"","to":"ada@example.com","data":{"username":"ada","at":"2026-01-02T03:04:05Z"}`
	for _, more := range []string{`}`, `,"discard":true}`} {
		s.Fail(nil)
		if got, answer := r.post(mailapi.PathSend, signed.Reveal(), body+more); got != http.StatusAccepted || !strings.Contains(answer, `"id":"`) {
			t.Errorf("%d %s", got, answer)
		}
		s.Fail(fault.Outage(context.DeadlineExceeded))
		if got, answer := r.post(mailapi.PathSend, signed.Reveal(), body+more); got != http.StatusServiceUnavailable || strings.Contains(answer, "deadline") {
			t.Errorf("%d %s", got, answer)
		}
	}
}

// Without its unique index the queue could take a mail twice.
func TestNothingIsAcceptedBeforeTheQueueIsPrepared(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.NewMemory())
	r.notReady = errors.New("no indexes yet")
	_, err := r.client(api.Users).Send(t.Context(), mailapi.Message{Key: "a"})
	if f := fault.Of(err); f == nil || f.Reason != fault.Unavailable {
		t.Errorf("answered with %v", err)
	}
}
