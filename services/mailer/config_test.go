package mailer_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/services/mailer"
)

func load(t *testing.T, settings map[string]string) (mailer.Config, error) {
	t.Helper()
	var cfg mailer.Config
	if err := env.Load(&cfg, func(name string) (string, bool) { v, ok := settings[name]; return v, ok }); err != nil {
		t.Fatal(err)
	}
	return cfg, cfg.Validate()
}

func good() map[string]string {
	return map[string]string{
		"WATCHWORD_MONGODB_URI":  "mongodb://u:hunter2@mongo:27017/",
		"WATCHWORD_SMTP_URL":     "smtp://u:hunter2@mail.example.com",
		"WATCHWORD_MAIL_FROM":    "Watchword <no-reply@example.com>",
		"WATCHWORD_SERVICE_KEYS": "k1 MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=",
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	cfg, err := load(t, good())
	if err != nil {
		t.Fatal(err)
	}
	if cfg.MongoDBDatabase != "watchword_mailer" || cfg.Locale != "en" || cfg.InternalAddr != ":9090" || cfg.Workers != 4 {
		t.Errorf("the defaults are %+v", cfg)
	}
	var shown strings.Builder
	slog.New(slog.NewTextHandler(&shown, nil)).Info("starting", "config", env.Redacted(cfg))
	if strings.Contains(shown.String(), "hunter2") || !strings.Contains(shown.String(), "watchword_mailer") {
		t.Errorf("shown as %s", shown.String())
	}
}

func TestConfigProblems(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"WATCHWORD_MONGODB_URI":  {""},
		"WATCHWORD_SERVICE_KEYS": {""},
		"WATCHWORD_SMTP_URL":     {"", "mail.example.com", "smtp://u:hunter2@mail.example.com?starttls=optional"},
		"WATCHWORD_MAIL_FROM":    {"", "Watchword", "a@example.com, b@example.com"},
		"WATCHWORD_LOCALE":       {"ja", "no tag"},
		"WATCHWORD_MAIL_WORKERS": {"-1", "65"},
	} {
		for _, value := range values {
			settings := good()
			settings[name] = value
			_, err := load(t, settings)
			if err == nil || !strings.HasPrefix(err.Error(), name+": ") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
	_, err := load(t, nil)
	if err == nil {
		t.Fatal("nothing is needed")
	}
	for _, name := range []string{"WATCHWORD_MONGODB_URI", "WATCHWORD_SMTP_URL", "WATCHWORD_MAIL_FROM", "WATCHWORD_SERVICE_KEYS"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not among the problems: %v", name, err)
		}
	}
}
