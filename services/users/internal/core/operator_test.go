package core_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func operator(t *testing.T, f *coretest.Fixture) *core.Operator {
	t.Helper()
	o, err := core.NewOperator(core.OperatorDeps{
		Store: f.Store, Logger: slog.New(slog.NewJSONHandler(f.Log, nil)), Now: f.Clock.Now, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAnOperatorDisablesASecondFactor(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	before := f.Add(t, coretest.Person{
		Username: "ada", Email: "ada@example.com", Password: coretest.Password, Enabled: true, Required: true, BackupCodes: []string{"57E5ht9zD1d3"},
	})
	err := operator(t, f).DisableFactor(t.Context(), core.DisableFactor{Username: "Ada", By: "root", Reason: "lost phone, ticket 7"})
	if err != nil {
		t.Fatal(err)
	}
	a := f.Get(t, before.ID)
	if a.TOTP.Enabled || a.TOTP.Required || a.TOTP.Secret != nil || len(a.BackupCodes) != 0 {
		t.Errorf("left: %+v %+v", a.TOTP, a.BackupCodes)
	}
	if a.Epoch != before.Epoch || a.Version != before.Version+1 || !a.Password.Hash.Equal(before.Password.Hash) {
		t.Errorf("more than the factor changed: %+v", a)
	}
	line := f.Log.String()
	for _, said := range []string{`"by":"root"`, `"reason":"lost phone, ticket 7"`, `"account_id":"` + string(a.ID) + `"`} {
		if !strings.Contains(line, said) {
			t.Errorf("%s is not in the log: %s", said, line)
		}
	}
	mails := f.Relay(t, a.ID)
	if m, ok := mails[mailapi.FactorOff]; !ok || len(mails) != 1 || m.To != "ada@example.com" {
		t.Errorf("mailed: %v", mails)
	}
	if told := f.Sessions.Told(); len(told) != 0 {
		t.Errorf("sessions were told: %v", told)
	}
}

func TestWhatAnOperatorCanNotDisable(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	f.Add(t, coretest.Person{Username: "bob", Password: coretest.Password})
	f.Add(t, coretest.Person{Username: "carl", Enabled: true})
	gone := f.Add(t, coretest.Person{Username: "dora", Password: coretest.Password, Enabled: true, Required: true})
	after := gone
	after.DeletedAt, after.Version = f.Clock.Now(), gone.Version+1
	if err := f.Store.Update(t.Context(), gone, after); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   core.DisableFactor
		want fault.Reason
	}{
		"nobody":           {core.DisableFactor{Username: "zoe", By: "root", Reason: "r"}, fault.AccountUnknown},
		"a deleted one":    {core.DisableFactor{Username: "dora", By: "root", Reason: "r"}, fault.AccountUnknown},
		"one without":      {core.DisableFactor{Username: "bob", By: "root", Reason: "r"}, fault.AuthenticatorNone},
		"the only way in":  {core.DisableFactor{Username: "carl", By: "root", Reason: "r"}, fault.LastWayIn},
		"without a reason": {core.DisableFactor{Username: "bob", By: "root"}, fault.Malformed},
		"by nobody":        {core.DisableFactor{Username: "bob", Reason: "r"}, fault.Malformed},
	} {
		if err := operator(t, f).DisableFactor(t.Context(), c.in); !fault.Has(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if f.Log.Len() > 0 {
		t.Errorf("logged: %s", f.Log.String())
	}
	f.Store.Break(errors.New("down"))
	err := operator(t, f).DisableFactor(t.Context(), core.DisableFactor{Username: "carl", By: "root", Reason: "r"})
	if !fault.Has(err, fault.Unavailable) {
		t.Errorf("an outage is %v", err)
	}
}
