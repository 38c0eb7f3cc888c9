package users_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi/mailfake"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/usersclient"
	"github.com/watchword/watchword/services/users"
)

const goodPassword = "correct horse battery staple"

// suite is the service over real stores, with stand-ins for auth and mailer.
type suite struct {
	cfg    users.Config
	public string
	admin  string
	mails  *mailfake.Fake
	users  *usersclient.Client
	minter *token.Minter
	csrf   string
	log    *output
	stop   func() error
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

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	check(t, err)
	return ln
}

// start runs the service; with may change its configuration.
func start(t *testing.T, with ...func(c *users.Config)) *suite {
	t.Helper()
	uri, database := storetest.Mongo(t)
	ln := users.Listeners{Public: listen(t), Internal: listen(t)}
	s := &suite{
		public: "http://" + ln.Public.Addr().String(),
		admin:  "http://" + ln.Internal.Addr().String(),
		mails:  mailfake.New(time.Now),
		log:    &output{},
	}
	s.cfg = config(t)
	s.cfg.PublicURL = parse(t, s.public)
	s.cfg.MongoDBURI, s.cfg.MongoDBDatabase = secret.New(uri), database
	s.cfg.RedisURL = secret.New(storetest.RedisURL(t))
	s.cfg.LimitScale = 100
	s.cfg.AuthURL = parse(t, s.authStandIn(t))
	s.cfg.MailerURL = parse(t, s.mailerStandIn(t))
	for _, w := range with {
		w(&s.cfg)
	}
	s.csrf = csrfToken(t, s.cfg.CSRFKeys)
	client, err := rpc.NewClient(rpc.ClientConfig{
		Caller: "auth", Callee: "users", BaseURL: s.admin,
		Tokens: token.NewServiceCodec(s.cfg.ServiceKeys, time.Now), Telemetry: rpctest.Telemetry(),
	})
	check(t, err)
	s.users = usersclient.New(client)

	service, err := users.New(t.Context(), s.cfg, ln, slog.New(slog.NewJSONHandler(s.log, nil)))
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background()) // it outlives the test's, to be drained in peace
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { check(t, s.stop()) })
	return s
}

// signIn makes a session as auth does after a sign-in, and gives its access token.
func (s *suite) signIn(t *testing.T, username, password string) string {
	t.Helper()
	who, err := s.users.SignIn(t.Context(), usersapi.SignIn{
		Login: usersapi.Login{Username: username}, Password: secret.NewWire(password),
	})
	check(t, err)
	sid, err := id.Source{Now: time.Now, Rand: rand.Reader}.New()
	check(t, err)
	a, expires := who.Account, time.Now().Add(time.Hour)
	check(t, session.NewStore(storetest.Redis(t), time.Now, 1).Create(t.Context(), session.Session{
		ID: id.Session(sid), Account: a.ID, Dialect: session.Legion, Epoch: a.Epoch, Role: a.Role, Email: a.Email,
		EmailVerified: a.EmailVerified, AMR: who.AMR, Generation: 1, Created: time.Now(), Expires: expires,
	}))
	text, _, err := s.minter.Mint(token.Access{Account: a.ID, Session: id.Session(sid), Role: a.Role, AMR: who.AMR}, expires)
	check(t, err)
	return text.Reveal()
}

// do sends a request with a good CSRF pair and wants a status; it gives the answer's data.
func (s *suite) do(t *testing.T, method, path, bearer, body string, want int) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.public+path, strings.NewReader(body))
	check(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	req.Header.Set("X-CSRF-Token", s.csrf)
	req.Header.Set("Cookie", "__Host-csrf="+s.csrf)
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	if res.StatusCode != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, res.StatusCode, want, text)
	}
	var out struct{ Data map[string]any }
	check(t, json.Unmarshal(text, &out))
	return out.Data
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
