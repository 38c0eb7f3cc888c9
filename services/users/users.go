// Package users is the service that owns accounts and their credentials. New is its composition root; nothing below it
// reads the environment.
package users

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/admin"
	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/dialect"
	shared "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi/mailclient"
	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/api"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/dialect/ild"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
	"github.com/watchword/watchword/services/users/internal/password"
	store "github.com/watchword/watchword/services/users/internal/store/mongo"
)

// Version is stamped into the binary.
var Version = "0.1.0-dev"

const name = "users"

// Listeners are bound by whoever starts the service.
type Listeners struct{ Public, Internal net.Listener }

// Service is users, ready to run.
type Service struct {
	cfg       Config
	listeners Listeners
	log       *slog.Logger
	telemetry *telemetry.Telemetry
	redis     redis.UniversalClient
	store     *store.Store
	core      *core.Core
	app       *web.App
	admin     *admin.Server
	closers   []func(context.Context) error
}

// New builds the service; it waits for no other, and for no store.
func New(ctx context.Context, cfg Config, ln Listeners, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	tel, err := telemetry.New(ctx, telemetry.Config{Service: name, Version: Version, Endpoint: cfg.OTLPEndpoint, Protocol: cfg.OTLPProtocol, Logger: log})
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, listeners: ln, log: log, telemetry: tel, closers: []func(context.Context) error{tel.Shutdown}}
	if err := s.connect(); err != nil {
		return nil, err
	}
	if err := s.build(); err != nil {
		return nil, err
	}
	return s, nil
}

// connect makes the stores' clients.
func (s *Service) connect() error {
	db, err := mongodb.Connect(mongodb.Config{
		URI:       s.cfg.MongoDBURI,
		CAFile:    s.cfg.MongoDBCAFile,
		StableAPI: s.cfg.MongoDBStableAPI,
		AppName:   name + "/" + Version,
		Telemetry: s.telemetry,
		Logger:    s.log,
	})
	if err != nil {
		return fmt.Errorf("WATCHWORD_MONGODB_URI: %w", err)
	}
	s.store = store.New(db.Database(s.cfg.MongoDBDatabase))
	s.redis, err = redisdb.Connect(redisdb.Config{URL: s.cfg.RedisURL, CAFile: s.cfg.RedisCAFile, Telemetry: s.telemetry, Logger: s.log})
	if err != nil {
		return fmt.Errorf("WATCHWORD_REDIS_URL: %w", err)
	}
	s.closers = append(s.closers, db.Disconnect, func(context.Context) error { return s.redis.Close() })
	return nil
}

// build puts the parts together.
func (s *Service) build() error {
	m := newMetrics(s.telemetry.Registry)
	services := token.NewServiceCodec(s.cfg.ServiceKeys, time.Now)
	auth, err := s.client("auth", "WATCHWORD_AUTH_URL", s.cfg.AuthURL.String(), services)
	if err != nil {
		return err
	}
	mailer, err := s.client("mailer", "WATCHWORD_MAILER_URL", s.cfg.MailerURL.String(), services)
	if err != nil {
		return err
	}
	pool, err := s.pool(m)
	if err != nil {
		return err
	}
	sessions := session.NewStore(s.redis, time.Now, s.cfg.LimitScale)
	s.core, err = core.New(core.Deps{
		Store:     s.store,
		Sessions:  sessions,
		Codes:     code.NewStore(s.redis, time.Now),
		Mails:     mailclient.New(mailer),
		Limits:    limit.New(limit.Config{Redis: s.redis, Key: s.cfg.LimitKey.First().Bytes, Scale: s.cfg.LimitScale, Now: time.Now, Refused: m.Throttled}),
		Passwords: pool,
		SealKeys:  s.cfg.SealKeys,
		Observer:  m,
		Logger:    s.log,
		Now:       time.Now,
		Rand:      rand.Reader,
		Settings: core.Settings{
			VerifyURL:    s.cfg.verifyURL(),
			Issuer:       s.cfg.TOTPIssuer,
			Rule:         password.Rule{Min: s.cfg.PasswordMin},
			Registration: s.cfg.Registration,
			Conceal:      s.cfg.Conceal,
			Demo:         s.cfg.Demo,
			Retention:    s.cfg.Retention,
		},
	})
	if err != nil {
		return err
	}
	keys := token.NewRemoteKeys(s.cfg.AuthURL.JoinPath(".well-known", "jwks.json").String(), auth.HTTP(), time.Now)
	access := token.NewVerifier(keys, s.cfg.PublicURL.String(), time.Now)
	if err := s.public(session.NewAuthenticator(access, sessions), m); err != nil {
		return err
	}
	s.admin = admin.New(s.telemetry, s.log, nil)
	if s.cfg.Profiles {
		s.admin.HandleProfiles()
	}
	for path, operation := range api.Operations(rpc.NewServer(name, []string{"auth"}, services, s.telemetry, s.log), s.core) {
		s.admin.Handle(path, operation)
	}
	return nil
}

func (s *Service) client(callee, setting, url string, tokens *token.ServiceCodec) (*rpc.Client, error) {
	c, err := rpc.NewClient(rpc.ClientConfig{Caller: name, Callee: callee, BaseURL: url, Tokens: tokens, Telemetry: s.telemetry})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return c, nil
}

// pool bounds the work of password hashes.
func (s *Service) pool(m *metrics) (*password.Pool, error) {
	var peppers []password.Pepper
	for _, k := range s.cfg.PepperKeys.All() {
		peppers = append(peppers, password.Pepper{ID: k.ID, Bytes: k.Bytes})
	}
	hasher, err := password.NewHasher(password.HasherDeps{
		Params:  password.Params{Memory: uint32(s.cfg.HashMemory), Time: uint32(s.cfg.HashTime), Threads: uint8(s.cfg.HashThreads)},
		Peppers: peppers,
		Rand:    rand.Reader,
	})
	if err != nil {
		return nil, fmt.Errorf("WATCHWORD_HASH_MEMORY, _TIME, _THREADS: %w", err)
	}
	pool, err := password.NewPool(password.PoolDeps{
		Hasher:   hasher,
		Observer: m,
		Now:      time.Now,
		Rand:     rand.Reader,
		Slots:    s.cfg.HashSlots,
		Memory:   s.cfg.HashBudget,
	})
	if err != nil {
		return nil, err
	}
	m.offer(pool.Slots())
	return pool, nil
}

// public builds what the ingress may reach.
func (s *Service) public(authenticator web.Authenticator, m *metrics) error {
	handler := legion.Handler{
		Core:      s.core,
		CSRF:      shared.NewCSRF(s.cfg.CSRFKeys, time.Now, rand.Reader),
		Directory: s.cfg.Directory,
	}
	choice, err := dialect.Choose(s.cfg.Dialects, s.cfg.DialectHosts)
	if err != nil {
		return err
	}
	s.app, err = web.New(web.Config{
		Service:        name,
		Logger:         s.log,
		Telemetry:      s.telemetry,
		Authenticator:  authenticator,
		DialectHosts:   choice.Hosts(),
		TrustedProxies: s.cfg.TrustedProxies,
		Origins:        s.cfg.Origins,
		PublicOrigin:   s.cfg.PublicURL.Scheme + "://" + s.cfg.PublicURL.Host,
		Secure:         s.cfg.PublicURL.Scheme == "https",
		Reads:          limit.NewLocal(limit.Reads(), s.cfg.LimitScale, time.Now, m.Throttled),
		Now:            time.Now,
	}, choice.Apply([]web.Dialect{handler.Dialect(), ild.Handler{Core: s.core, Logger: s.log}.Dialect()})...)
	return err
}
