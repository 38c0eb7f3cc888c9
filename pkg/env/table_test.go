package env_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/secret"
)

func TestSettingsMergesServices(t *testing.T) {
	t.Parallel()
	type shared struct {
		URI secret.String `env:"T_URI" doc:"Where the store is."`
	}
	type users struct {
		shared
		Database string `env:"T_DATABASE" envDefault:"users" doc:"Its database."`
		Dialects string `env:"T_DIALECTS" envDefault:"legion|ild" doc:"One or more of legion|ild."`
	}
	type mailer struct {
		Stores   shared
		Database string `env:"T_DATABASE" envDefault:"mailer" doc:"Its database."`
	}
	settings := env.Settings(map[string]any{"users": users{}, "mailer": &mailer{}})
	want := []env.Setting{
		{Name: "T_DATABASE", Default: "mailer (mailer), users (users)", Doc: "Its database.", Services: []string{"mailer", "users"}},
		{Name: "T_DIALECTS", Default: "legion|ild", Doc: "One or more of legion|ild.", Services: []string{"users"}},
		{Name: "T_URI", Doc: "Where the store is.", Secret: true, Services: []string{"mailer", "users"}},
	}
	if diff := cmp.Diff(want, settings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	var table strings.Builder
	if err := env.WriteTable(&table, settings); err != nil {
		t.Fatal(err)
	}
	const rows = "| variable | default | used by | meaning |\n" +
		"|---|---|---|---|\n" +
		"| `T_DATABASE` | `mailer (mailer), users (users)` | mailer, users | Its database. |\n" +
		"| `T_DIALECTS` | `legion\\|ild` | users | One or more of legion\\|ild. |\n" +
		"| `T_URI` or `…_FILE` |  | mailer, users | Where the store is. |\n"
	if diff := cmp.Diff(rows, table.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProblemsJoin(t *testing.T) {
	t.Parallel()
	var p env.Problems
	if err := p.Err(); err != nil {
		t.Errorf("nothing is wrong and the error is %v", err)
	}
	p.Add("T_A", "set it")
	p.Add("T_B", "set it to a number")
	p.Add("T_A", "set it")
	if got, want := p.Err().Error(), "T_A: set it\nT_B: set it to a number"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
