// Package auth is the service that signs people in: sessions, refresh tokens, second factors, mailed tokens. New is its
// composition root; nothing below it reads the environment.
package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/admin"
	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/dialect"
	shared "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi/mailclient"
	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/usersapi/usersclient"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/device"
	"github.com/watchword/watchword/services/auth/internal/dialect/ild"
	"github.com/watchword/watchword/services/auth/internal/dialect/legion"
	"github.com/watchword/watchword/services/auth/internal/dialect/lynx"
	"github.com/watchword/watchword/services/auth/internal/dialect/nerdcult"
	"github.com/watchword/watchword/services/auth/internal/dialect/wolf"
	"github.com/watchword/watchword/services/auth/internal/page"
	"github.com/watchword/watchword/services/auth/internal/site"
	store "github.com/watchword/watchword/services/auth/internal/store/redis"
)

// Version is stamped into the binary.
var Version = "0.1.0-dev"

const name = "auth"

// usersPatience is how long users may take: an imported password hash of the greatest cost takes two seconds by itself.
const usersPatience = 6 * time.Second

// Listeners are bound by whoever starts the service.
type Listeners struct{ Public, Internal net.Listener }

// Service is auth, ready to run.
type Service struct {
	listeners Listeners
	notice    time.Duration
	log       *slog.Logger
	telemetry *telemetry.Telemetry
	redis     redis.UniversalClient
	keys      *token.KeyDir
	app       *web.App
	admin     *admin.Server
}

// New builds the service; it waits for no other.
func New(ctx context.Context, cfg Config, ln Listeners, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{listeners: ln, notice: cfg.DrainNotice, log: log}
	if err := s.open(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	if err := s.build(cfg); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

// open makes what has to be closed again, and reads the keys.
func (s *Service) open(ctx context.Context, cfg Config) (err error) {
	s.telemetry, err = telemetry.New(ctx, telemetry.Config{
		Service:  name,
		Version:  Version,
		Endpoint: cfg.OTLPEndpoint,
		Protocol: cfg.OTLPProtocol,
		Logger:   s.log,
	})
	if err != nil {
		return err
	}
	s.redis, err = redisdb.Connect(redisdb.Config{URL: cfg.RedisURL, CAFile: cfg.RedisCAFile, Telemetry: s.telemetry, Logger: s.log})
	if err != nil {
		return fmt.Errorf("WATCHWORD_REDIS_URL, _CA_FILE: %w", err)
	}
	s.keys, err = token.OpenKeyDir(cfg.SigningKeysDir, time.Now, s.log)
	if err != nil {
		return fmt.Errorf("WATCHWORD_SIGNING_KEYS_DIR: %w", err)
	}
	return nil
}

// close lets go of what open made.
func (s *Service) close(ctx context.Context) error {
	var errs []error
	if s.telemetry != nil {
		errs = append(errs, s.telemetry.Shutdown(ctx))
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Close())
	}
	return errors.Join(errs...)
}

// build puts the parts together.
func (s *Service) build(cfg Config) error {
	m := newMetrics(s.telemetry.Registry, s.keys)
	issuer := cfg.PublicURL.String()
	services := token.NewServiceCodec(cfg.ServiceKeys, time.Now)
	users, err := s.client("users", "WATCHWORD_USERS_URL", cfg.UsersURL.String(), services, usersPatience)
	if err != nil {
		return err
	}
	mailer, err := s.client("mailer", "WATCHWORD_MAILER_URL", cfg.MailerURL.String(), services, 0)
	if err != nil {
		return err
	}
	accounts := usersclient.New(users)
	access := token.NewVerifier(s.keys, issuer, time.Now)
	minter := token.NewMinter(s.keys, issuer, time.Now, rand.Reader)
	minter.Tell(access)
	sessions := session.NewStore(s.redis, time.Now, cfg.LimitScale)
	authenticator := session.NewAuthenticator(access, sessions)
	c, err := core.New(core.Deps{
		Factors:       accounts,
		Directory:     accounts,
		Credentials:   accounts,
		Registrations: accounts,
		Accounts:      accounts,
		Authenticator: authenticator,
		Sessions:      sessions,
		Challenges:    store.NewChallenges(s.redis, time.Now),
		Attempts:      store.NewAttempts(s.redis, time.Now, cfg.LimitKey.First().Bytes),
		Codes:         code.NewStore(s.redis, time.Now),
		Mails:         mailclient.New(mailer),
		Limits:        limit.New(limit.Config{Redis: s.redis, Key: cfg.LimitKey.First().Bytes, Scale: cfg.LimitScale, Now: time.Now, Refused: m.refused}),
		Access:        minter,
		Expired:       access,
		Refreshes:     token.NewRefreshCodec(cfg.RefreshKeys, issuer, time.Now),
		Observer:      m,
		Logger:        s.log,
		Now:           time.Now,
		Rand:          rand.Reader,
		Settings: core.Settings{
			VerifyURL:  cfg.link(cfg.VerifyURL, "verify"),
			ResetURL:   cfg.link(cfg.ResetURL, "reset"),
			CodeSignIn: cfg.CodeSignIn,
			Conceal:    cfg.Conceal,
		},
	})
	if err != nil {
		return err
	}
	choice, err := dialect.Choose(cfg.Dialects, cfg.DialectHosts)
	if err != nil {
		return err
	}
	s.app, err = web.New(web.Config{
		Service:        name,
		Logger:         s.log,
		Telemetry:      s.telemetry,
		Authenticator:  authenticator,
		DialectHosts:   choice.Hosts(),
		TrustedProxies: cfg.TrustedProxies,
		Origins:        cfg.Origins,
		PublicOrigin:   cfg.PublicURL.Scheme + "://" + cfg.PublicURL.Host,
		Secure:         cfg.PublicURL.Scheme == "https",
		Now:            time.Now,
		Reads:          limit.NewLocal(limit.Reads(), cfg.LimitScale, time.Now, m.refused),
	}, choice.Apply(s.dialects(cfg, c, choice))...)
	if err != nil {
		return err
	}
	s.admin = admin.New(s.telemetry, s.log, nil)
	if cfg.Profiles {
		s.admin.HandleProfiles()
	}
	s.admin.Handle("GET /.well-known/jwks.json", keySet(s.keys))
	return nil
}

func (s *Service) client(callee, setting, url string, tokens *token.ServiceCodec, timeout time.Duration) (*rpc.Client, error) {
	c, err := rpc.NewClient(rpc.ClientConfig{Caller: name, Callee: callee, BaseURL: url, Tokens: tokens, Telemetry: s.telemetry, Timeout: timeout})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return c, nil
}

func (s *Service) dialects(cfg Config, c *core.Core, choice dialect.Choice) []web.Dialect {
	documents := Documents()
	maps.DeleteFunc(documents, func(name, _ string) bool { return !choice.Serves(name) })
	csrf, device := shared.NewCSRF(cfg.CSRFKeys, time.Now, rand.Reader), device.New(cfg.CSRFKeys)
	return []web.Dialect{
		legion.Handler{Core: c, CSRF: csrf, Device: device}.Dialect(),
		nerdcult.Handler{Core: c, Device: device}.Dialect(),
		ild.Handler{Core: c, Device: device}.Dialect(),
		wolf.Handler{Core: c, Device: device}.Dialect(),
		lynx.Handler{Core: c, Device: device}.Dialect(),
		page.Handler{Core: c, PasswordMin: cfg.PasswordMin}.Dialect(),
		site.Handler{Keys: s.keys.JWKS, Documents: documents}.Dialect(),
	}
}

// Documents are the OpenAPI documents that auth serves, by name.
func Documents() map[string]string {
	return map[string]string{
		"legion": shared.OpenAPI(), "nerdcult": nerdcult.OpenAPI(), "ild": ild.OpenAPI(), "wolf": wolf.OpenAPI(), "lynx": lynx.OpenAPI(),
		"watchword": site.OpenAPI(),
	}
}

// Run serves until ctx ends, then drains.
func (s *Service) Run(ctx context.Context) error {
	return serve.Service{
		Logger:  s.log,
		Notice:  s.notice,
		Servers: []serve.Listening{{Server: s.app, Listener: s.listeners.Public}, {Server: s.admin, Listener: s.listeners.Internal}},
		Loops: []func(context.Context) error{s.keys.Run, func(ctx context.Context) error {
			redisdb.CheckDurability(ctx, s.redis, s.log)
			return nil
		}},
		Closers: []func(context.Context) error{s.close},
	}.Run(ctx)
}

// keySet serves the public keys to users, on the internal listener.
func keySet(keys *token.KeyDir) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		// The connection is all that can fail, and its reader notices.
		_ = json.NewEncoder(w).Encode(keys.JWKS())
	})
}
