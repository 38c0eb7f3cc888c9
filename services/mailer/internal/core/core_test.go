package core_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/mailer/internal/core"
	"github.com/watchword/watchword/services/mailer/internal/render"
	"github.com/watchword/watchword/services/mailer/internal/store/storetest"
)

// canary stands for a one-time token.
const canary = "01JDZ5-canary"

func message(key string) mailapi.Message {
	return mailapi.Message{
		Key: key, Template: mailapi.EmailChanged, Locale: "en", To: "Ada.Lovelace@example.com",
		Data: map[string]string{
			"username": "ada", "link": "https://accounts.example.com/verify?token=" + canary, "token": canary,
			"email": "a***@example.org", "at": "2026-01-02T03:04:05Z", "expires": "2026-01-05T03:04:05Z",
		},
	}
}

// rig is a core whose surroundings a test holds.
type rig struct {
	*core.Core
	store    *storetest.Memory
	sender   *sender
	observer *observer
	tracer   *tracer
	log      *lines
	deps     core.Deps
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{store: storetest.NewMemory(), sender: &sender{}, observer: &observer{outcomes: map[string]int{}}, tracer: &tracer{}, log: &lines{}}
	renderer, err := render.New("Watchword", "en")
	if err != nil {
		t.Fatal(err)
	}
	r.deps = core.Deps{
		Queue: r.store, Leases: r.store, Renderer: renderer, Sender: r.sender, Observer: r.observer, Tracer: r.tracer,
		Sealer: sealer(t, "k1"), Logger: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: time.Now, Rand: rand.Reader, Jitter: func() float64 { return 0.5 },
	}
	r.make(t)
	return r
}

// make builds core of deps, as a process that starts does.
func (r *rig) make(t *testing.T) {
	t.Helper()
	made, err := core.New(r.deps)
	if err != nil {
		t.Fatal(err)
	}
	r.Core = made
}

// start runs the workers until stop.
func (r *rig) start(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func (r *rig) accept(t *testing.T, m mailapi.Message) string {
	t.Helper()
	accepted, err := r.Accept(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return accepted.ID
}

// state shows the one mail of the queue.
func (r *rig) state(t *testing.T) mailapi.Item {
	t.Helper()
	all, err := r.List(t.Context(), mailapi.List{})
	if err != nil || len(all.Messages) != 1 {
		t.Fatalf("in the queue are %+v, %v", all, err)
	}
	return all.Messages[0]
}

func sealer(t *testing.T, kid string) *secret.Sealer {
	t.Helper()
	keys, err := secret.NewKeyring(secret.Key{ID: kid, Bytes: []byte("0123456789abcdefghijklmnopqrstuv" + kid)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := secret.NewSealer(keys, "mail queue", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sender takes letters, as answer says; nil takes all.
type sender struct {
	mu      sync.Mutex
	letters []core.Letter
	times   []time.Time
	answer  func(ctx context.Context, try int) error
}

func (s *sender) Send(ctx context.Context, l core.Letter) error {
	s.mu.Lock()
	s.letters, s.times = append(s.letters, l), append(s.times, time.Now())
	answer, try := s.answer, len(s.letters)
	s.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(ctx, try)
}

func (s *sender) tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.letters)
}

type observer struct {
	mu       sync.Mutex
	outcomes map[string]int
	backlog  core.Backlog
}

func (o *observer) Delivered(template mailapi.Template, outcome string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outcomes[string(template)+" "+outcome]++
}

func (o *observer) Backlog(b core.Backlog) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.backlog = b
}

func (o *observer) seen() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.outcomes)
}

type askerKey struct{}

type tracer struct {
	mu    sync.Mutex
	links []string
	ended []string
}

func (t *tracer) Asker(ctx context.Context) string {
	asker, _ := ctx.Value(askerKey{}).(string)
	return asker
}

func (t *tracer) Delivery(ctx context.Context, _ mailapi.Template, asker string) (context.Context, func(string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.links = append(t.links, asker)
	return ctx, func(outcome string) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.ended = append(t.ended, outcome)
	}
}

// lines is a log that a test can read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestMissingDependency(t *testing.T) {
	t.Parallel()
	if _, err := core.New(core.Deps{}); err == nil {
		t.Error("made of nothing")
	}
}

func TestTraceLeadsBackToTheAsker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if _, err := r.Accept(context.WithValue(t.Context(), askerKey{}, "00-asker"), message("a")); err != nil {
			t.Fatal(err)
		}
		stop := r.start(t)
		synctest.Wait()
		stop()
		if !slices.Equal(r.tracer.links, []string{"00-asker"}) || !slices.Equal(r.tracer.ended, []string{"sent"}) {
			t.Errorf("traced were %v, ended as %v", r.tracer.links, r.tracer.ended)
		}
	})
}

// Neither the log nor the store shows a recipient or a token.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sender.answer = func(_ context.Context, try int) error {
			switch try {
			case 1:
				return &core.SendError{Code: 451, Text: "recipient refused"}
			case 2:
				panic("ouch")
			}
			return nil
		}
		r.accept(t, message("a"))
		m, ok, err := r.store.Lease(t.Context(), time.Now(), time.Now())
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		for _, hidden := range []string{canary, "Ada.Lovelace", "accounts.example.com"} {
			if bytes.Contains(m.Sealed, []byte(hidden)) || strings.Contains(m.Recipient, hidden) || strings.Contains(m.Key, hidden) {
				t.Errorf("the store holds %q", hidden)
			}
		}
		stop := r.start(t)
		time.Sleep(time.Hour)
		stop()
		if r.state(t).State != mailapi.Sent {
			t.Fatalf("it is %+v", r.state(t))
		}
		for _, hidden := range []string{canary, "Lovelace", "example.com"} {
			if strings.Contains(r.log.String(), hidden) {
				t.Errorf("the log holds %q:\n%s", hidden, r.log)
			}
		}
		if sent, _, err := r.store.Lease(t.Context(), time.Now().Add(time.Hour), time.Now()); err != nil || len(sent.Sealed) != 0 {
			t.Errorf("what was sent is still sealed: %v", err)
		}
	})
}
