package users_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/dialect/legion"
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

func keyring(t *testing.T) secret.Keyring {
	t.Helper()
	b := make([]byte, secret.MinKeyBytes)
	_, _ = rand.Read(b) // never fails
	keys, err := secret.NewKeyring(secret.Key{ID: "k1", Bytes: b})
	check(t, err)
	return keys
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	check(t, err)
	return u
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
	s.cfg = users.Config{
		PublicURL:       parse(t, s.public),
		MongoDBURI:      secret.New(uri),
		MongoDBDatabase: database, MongoDBStableAPI: true,
		RedisURL:    secret.New(storetest.RedisURL(t)),
		ServiceKeys: keyring(t), CSRFKeys: keyring(t), LimitKey: keyring(t), SealKeys: keyring(t), PepperKeys: keyring(t),
		Directory: "masked", Dialects: []string{"legion", "ild"}, Registration: true, TOTPIssuer: "Watchword", PasswordMin: 8, LimitScale: 100,
		HashMemory: 19456, HashTime: 2, HashThreads: 1, OTLPProtocol: "http/protobuf",
	}
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

// authStandIn serves public keys, and keeps the private one to mint tokens with.
func (s *suite) authStandIn(t *testing.T) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	check(t, err)
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "1.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	keys, err := token.OpenKeyDir(dir, time.Now, slog.New(slog.DiscardHandler))
	check(t, err)
	s.minter = token.NewMinter(keys, s.public, time.Now, rand.Reader)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_ = json.NewEncoder(w).Encode(keys.JWKS()) // its reader notices
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (s *suite) mailerStandIn(t *testing.T) string {
	t.Helper()
	tokens := token.NewServiceCodec(s.cfg.ServiceKeys, time.Now)
	server := httptest.NewServer(s.mails.Handler(
		rpc.NewServer("mailer", []string{"users"}, tokens, rpctest.Telemetry(), slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	return server.URL
}

// csrfToken makes the pair that auth would hand out.
func csrfToken(t *testing.T, keys secret.Keyring) string {
	t.Helper()
	app := fiber.New()
	csrf := legion.NewCSRF(keys, time.Now, rand.Reader)
	app.Get("/", func(c *fiber.Ctx) error {
		text, err := csrf.Issue(c)
		if err != nil {
			return err
		}
		return c.SendString(text)
	})
	res, err := app.Test(httptest.NewRequest(http.MethodGet, "/", nil))
	check(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	return string(text)
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
