package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/watchword/watchword/deploy/local/internal/gateway"
	"github.com/watchword/watchword/deploy/local/internal/inbox"
	"github.com/watchword/watchword/deploy/local/internal/keys"
	"github.com/watchword/watchword/pkg/telemetry"
)

// readyLimit is how long the services may take to be ready.
const readyLimit = 30 * time.Second

// Options of Run.
type Options struct {
	Data   string // WATCHWORD_DATA
	Listen string // the gateway's address
	Inbox  string // the inbox page's
	Lookup func(string) (string, bool)
	Out    io.Writer // what a person reads
	Log    io.Writer // the services' JSON lines
}

// Run runs the whole suite until ctx ends.
func Run(ctx context.Context, o Options) error {
	printStarting(o.Out, o)
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("WATCHWORD_DATA: %w", err)
	}
	log := telemetry.NewLogger(o.Log, "local", "", level(o.Lookup))
	s := suite{options: o, log: log, settings: map[string]string{}}
	if err := s.open(ctx); err != nil {
		return err
	}
	ready := func(ctx context.Context) error {
		if err := s.awaitReady(ctx); err != nil {
			return err
		}
		if err := s.info.write(o.Data); err != nil {
			return err
		}
		printReady(o.Out, s.info)
		<-ctx.Done()
		return nil
	}
	err := run(ctx, [][]loop{{ready, s.gateway.Run, s.backups}, s.callers, s.mailer, s.below})
	return errors.Join(err, s.info.remove(o.Data))
}

// suite is everything that runs, in the order in which it stops.
type suite struct {
	options  Options
	log      *slog.Logger
	settings map[string]string
	info     Info

	gateway                *gateway.Gateway
	callers, mailer, below []loop
	backups                loop
}

// open binds every listener first, so that all URLs are known, then builds the parts from the ground up.
func (s *suite) open(ctx context.Context) error {
	ln, err := s.bind(ctx)
	if err != nil {
		return err
	}
	s.settings, err = keys.Mint(filepath.Join(s.options.Data, "keys"))
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := s.openStores(ln); err != nil {
		return err
	}
	if err := s.openInbox(ln); err != nil {
		return err
	}
	s.connect(ln)
	if err := s.openServices(ctx, ln); err != nil {
		return err
	}
	s.gateway, err = gateway.New(gateway.Config{
		Listener: ln["gateway"],
		Auth:     &url.URL{Scheme: "http", Host: ln["auth-public"].Addr().String()},
		Users:    &url.URL{Scheme: "http", Host: ln["users-public"].Addr().String()},
		Logger:   s.log.With("part", "gateway"),
	})
	return err
}

// bind takes all ports: the two that people use as configured, the others wherever loopback has one free.
func (s *suite) bind(ctx context.Context) (map[string]net.Listener, error) {
	const free = "127.0.0.1:0"
	addresses := map[string]string{
		"gateway": s.options.Listen, "auth-public": free, "auth-internal": free, "users-public": free,
		"users-internal": free, "mailer-internal": free, "mongodb": free, "redis": free,
		"inbox": s.options.Inbox, "smtp": free,
	}
	for setting, names := range map[string][]string{
		"WATCHWORD_MONGODB_URI": {"mongodb"}, "WATCHWORD_REDIS_URL": {"redis"}, "WATCHWORD_SMTP_URL": {"inbox", "smtp"},
	} {
		if s.given(setting) {
			for _, name := range names {
				addresses[name] = ""
			}
		}
	}
	out := map[string]net.Listener{}
	for name, addr := range addresses {
		ln, err := listen(ctx, addr)
		if err != nil {
			return nil, fmt.Errorf("%s: %w (WATCHWORD_LISTEN and WATCHWORD_INBOX_LISTEN choose other addresses)", name, err)
		}
		if ln != nil {
			out[name] = ln
		}
	}
	return out, nil
}

// given tells whether a person chose that setting, by itself or as a file.
func (s *suite) given(setting string) bool {
	for _, name := range []string{setting, setting + "_FILE"} {
		if v, _ := s.options.Lookup(name); v != "" {
			return true
		}
	}
	return false
}

func (s *suite) openStores(ln map[string]net.Listener) error {
	opened, err := openStores(s.options.Data, ln["mongodb"], ln["redis"], s.log)
	if err != nil {
		return err
	}
	s.below = append(s.below, opened.loops()...)
	s.info.Stores = opened.urls()
	s.backups, err = control(s.options.Data, opened)
	return err
}

func (s *suite) openInbox(ln map[string]net.Listener) error {
	if ln["smtp"] == nil {
		return nil
	}
	box, err := inbox.New(inbox.Config{SMTP: ln["smtp"], HTTP: ln["inbox"], Logger: s.log.With("part", "inbox")})
	if err != nil {
		return err
	}
	s.below = append(s.below, box.Run)
	s.info.Inbox = "http://" + ln["inbox"].Addr().String()
	s.info.SMTP = box.SMTPURL()
	return nil
}

// connect fills in what follows from the listeners; a setting that a person gave stays.
func (s *suite) connect(ln map[string]net.Listener) {
	s.info.Gateway = "http://" + ln["gateway"].Addr().String()
	s.info.PID = os.Getpid()
	s.info.Services = map[string]Bindings{
		"auth":   {Public: at(ln["auth-public"]), Internal: at(ln["auth-internal"])},
		"users":  {Public: at(ln["users-public"]), Internal: at(ln["users-internal"])},
		"mailer": {Internal: at(ln["mailer-internal"])},
	}
	for setting, value := range map[string]string{
		"WATCHWORD_PUBLIC_URL":      s.info.Gateway,
		"WATCHWORD_AUTH_URL":        s.info.Services["auth"].Internal,
		"WATCHWORD_USERS_URL":       s.info.Services["users"].Internal,
		"WATCHWORD_MAILER_URL":      s.info.Services["mailer"].Internal,
		"WATCHWORD_TRUSTED_PROXIES": "127.0.0.1/32,::1/128",
		"WATCHWORD_MONGODB_URI":     s.info.Stores.MongoDB,
		"WATCHWORD_REDIS_URL":       s.info.Stores.Redis,
		"WATCHWORD_SMTP_URL":        s.info.SMTP,
		"WATCHWORD_MAIL_FROM":       "Watchword <watchword@localhost.localdomain>",
		"WATCHWORD_DRAIN_NOTICE":    "0s", // the gateway has stopped before
	} {
		s.settings[setting] = value
	}
}

// lookup is the services' environment: what a person gave, else what this process knows.
func (s *suite) lookup(name string) (string, bool) {
	if v, ok := s.options.Lookup(name); ok && v != "" {
		return v, true
	}
	if plain, isFile := cutFile(name); isFile && s.given(plain) {
		return "", false
	}
	v, ok := s.settings[name]
	return v, ok && v != ""
}

// awaitReady asks every service until it is ready.
func (s *suite) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	for name, b := range s.info.Services {
		for !ready(ctx, b.Internal) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s is not ready after %s; its log says why", name, readyLimit)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

func ready(ctx context.Context, internal string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, internal+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func at(ln net.Listener) string { return "http://" + ln.Addr().String() }
