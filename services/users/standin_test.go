package users_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/token"
)

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
