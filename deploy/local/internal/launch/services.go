package launch

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/services/auth"
	"github.com/watchword/watchword/services/mailer"
	"github.com/watchword/watchword/services/users"
)

// openServices builds the three services from their settings.
func (s *suite) openServices(ctx context.Context, ln map[string]net.Listener) error {
	var authConfig auth.Config
	var usersConfig users.Config
	var mailerConfig mailer.Config
	for name, cfg := range map[string]any{"auth": &authConfig, "users": &usersConfig, "mailer": &mailerConfig} {
		if err := env.Load(cfg, s.lookup); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	a, err := auth.New(ctx, authConfig, auth.Listeners{Public: ln["auth-public"], Internal: ln["auth-internal"]}, s.logger("auth"))
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	u, err := users.New(ctx, usersConfig, users.Listeners{Public: ln["users-public"], Internal: ln["users-internal"]}, s.logger("users"))
	if err != nil {
		return fmt.Errorf("users: %w", err)
	}
	m, err := mailer.New(ctx, mailerConfig, mailer.Listeners{Internal: ln["mailer-internal"]}, s.logger("mailer"))
	if err != nil {
		return fmt.Errorf("mailer: %w", err)
	}
	s.callers = []loop{a.Run, u.Run}
	s.mailer = []loop{m.Run}
	return nil
}

func (s *suite) logger(service string) *slog.Logger {
	return telemetry.NewLogger(s.options.Log, service, auth.Version, level(s.options.Lookup))
}

// level is WATCHWORD_LOG_LEVEL; on one machine only what needs looking at is logged unless somebody asks for more.
func level(lookup func(string) (string, bool)) string {
	if v, _ := lookup("WATCHWORD_LOG_LEVEL"); v != "" {
		return v
	}
	return "warn"
}

func cutFile(setting string) (plain string, ok bool) { return strings.CutSuffix(setting, "_FILE") }
