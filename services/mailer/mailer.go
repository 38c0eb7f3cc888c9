// Package mailer is the service that accepts mails, renders them and delivers them. New is its composition root; nothing
// below it reads the environment. It has no public listener.
package mailer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	random "math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/watchword/watchword/pkg/admin"
	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/serve"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/services/mailer/internal/api"
	"github.com/watchword/watchword/services/mailer/internal/core"
	"github.com/watchword/watchword/services/mailer/internal/render"
	"github.com/watchword/watchword/services/mailer/internal/send/smtp"
	store "github.com/watchword/watchword/services/mailer/internal/store/mongo"
)

// Version is stamped into the binary.
var Version = "0.1.0-dev"

const name = "mailer"

// Listeners are bound by whoever starts the service.
type Listeners struct{ Internal net.Listener }

// Service is mailer, ready to run.
type Service struct {
	notice    time.Duration
	listeners Listeners
	log       *slog.Logger
	telemetry *telemetry.Telemetry
	client    *mongo.Client
	store     *store.Store
	core      *core.Core
	admin     *admin.Server
	prepared  atomic.Bool // the store's indexes are there
}

// New builds the service; it waits for neither MongoDB nor the mail server.
func New(ctx context.Context, cfg Config, ln Listeners, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	tel, err := telemetry.New(ctx, telemetry.Config{Service: name, Version: Version, Endpoint: cfg.OTLPEndpoint, Protocol: cfg.OTLPProtocol})
	if err != nil {
		return nil, err
	}
	client, err := mongodb.Connect(mongodb.Config{
		URI: cfg.MongoDBURI, CAFile: cfg.MongoDBCAFile, StableAPI: cfg.MongoDBStableAPI, AppName: name + "/" + Version, Telemetry: tel, Logger: log,
	})
	if err != nil {
		return nil, fmt.Errorf("WATCHWORD_MONGODB_URI: %w", err)
	}
	s := &Service{listeners: ln, notice: cfg.DrainNotice, log: log, telemetry: tel, client: client, store: store.New(client.Database(cfg.MongoDBDatabase))}
	if err := s.build(cfg); err != nil {
		return nil, err
	}
	return s, nil
}

// build puts the parts together.
func (s *Service) build(cfg Config) error {
	from, err := cfg.sender()
	if err != nil {
		return fmt.Errorf("WATCHWORD_MAIL_FROM: %w", err)
	}
	server, err := smtp.ParseServer(cfg.SMTPURL)
	if err != nil {
		return fmt.Errorf("WATCHWORD_SMTP_URL: %w", err)
	}
	sender, err := smtp.New(smtp.Config{Server: server, From: from, CAFile: cfg.SMTPCAFile})
	if err != nil {
		return fmt.Errorf("mails to %s: %w", server, err)
	}
	renderer, err := render.New(from.Name, cfg.Locale)
	if err != nil {
		return fmt.Errorf("WATCHWORD_LOCALE: %w", err)
	}
	sealer, err := secret.NewSealer(cfg.ServiceKeys, "mail queue", rand.Reader)
	if err != nil {
		return fmt.Errorf("WATCHWORD_SERVICE_KEYS: %w", err)
	}
	s.core, err = core.New(core.Deps{
		Queue:    s.store,
		Leases:   s.store,
		Renderer: renderer,
		Sender:   sender,
		Observer: newMetrics(s.telemetry.Registry, time.Now),
		Tracer:   tracer{s.telemetry},
		Sealer:   sealer,
		Logger:   s.log,
		Now:      time.Now,
		Rand:     rand.Reader,
		Jitter:   random.Float64,
		Workers:  cfg.Workers,
	})
	if err != nil {
		return err
	}
	tokens := token.NewServiceCodec(cfg.ServiceKeys, time.Now)
	s.admin = admin.New(s.telemetry, s.log, s.ready)
	if cfg.Profiles {
		s.admin.HandleProfiles()
	}
	api.Register(s.admin, s.core, s.ready,
		rpc.NewServer(name, api.Senders(), tokens, s.telemetry, s.log),
		rpc.NewServer(name, api.Operators(), tokens, s.telemetry, s.log))
	return nil
}

// ready says whether this process has found its store once. That the store or the mail server is down now is no reason to
// send callers elsewhere.
func (s *Service) ready() error {
	if !s.prepared.Load() {
		return errors.New("MongoDB has not answered yet")
	}
	return nil
}

// Run serves until ctx ends, then drains.
func (s *Service) Run(ctx context.Context) error {
	return serve.Service{
		Logger:  s.log,
		Notice:  s.notice,
		Servers: []serve.Listening{{Server: s.admin, Listener: s.listeners.Internal}},
		Loops:   []func(context.Context) error{s.deliver},
		Closers: []func(context.Context) error{s.telemetry.Shutdown, s.client.Disconnect},
	}.Run(ctx)
}

// deliver prepares the store, then works on the queue.
func (s *Service) deliver(ctx context.Context) error {
	if err := s.store.Prepare(ctx, s.log); err != nil {
		return err
	}
	s.prepared.Store(true)
	return s.core.Run(ctx)
}
