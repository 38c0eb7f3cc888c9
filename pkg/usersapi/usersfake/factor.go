package usersfake

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
)

// pending is an authenticator that waits for its first code. The codes of a fake follow from the account's id alone,
// whatever its secret is.
type pending struct {
	secret, algorithm string
	until             time.Time
}

const pendingLifetime = 10 * time.Minute

// letters draws n letters and digits.
func letters(n int) string {
	text := ""
	for len(text) < n {
		text += rand.Text()
	}
	return text[:n]
}

func apiKey() string { return letters(32) }

// secondFactor demands a code while a second factor is on.
func (f *Fake) secondFactor(a *account, text string) error {
	switch {
	case a.factor != userscontract.Required:
		return nil
	case text == "":
		return fault.New(fault.CodeRequired)
	}
	return f.prove(a, text)
}

// Enrol has an authenticator wait for its first code.
func (f *Fake) Enrol(_ context.Context, in usersapi.Enrol) (usersapi.Enrolled, error) {
	if in.Algorithm != "SHA1" && in.Algorithm != "SHA256" {
		return usersapi.Enrolled{}, fault.Field(fault.Malformed, "algorithm", fault.FieldFormat)
	}
	return ownChange(f, in.Actor.Account, func(a *account) (usersapi.Enrolled, error) {
		if a.factor != userscontract.None {
			return usersapi.Enrolled{}, fault.New(fault.AuthenticatorActive)
		}
		if !in.Keep || !a.waits(f.now()) || a.pending.algorithm != in.Algorithm {
			drawn := make([]byte, 20)
			_, _ = rand.Read(drawn) // never fails
			a.pending = pending{base32.StdEncoding.EncodeToString(drawn), in.Algorithm, f.now().Add(pendingLifetime)}
		}
		return usersapi.Enrolled{Secret: secret.NewWire(a.pending.secret), Issuer: "Watchword", Username: a.Username}, nil
	})
}

func (a *account) waits(now time.Time) bool { return now.Before(a.pending.until) }

// ConfirmFactor enables the authenticator that waits.
func (f *Fake) ConfirmFactor(_ context.Context, in usersapi.ConfirmFactor) (usersapi.BackupCodes, error) {
	return ownChange(f, in.Actor.Account, func(a *account) (usersapi.BackupCodes, error) {
		switch {
		case a.factor != userscontract.None:
			return usersapi.BackupCodes{}, fault.New(fault.AuthenticatorActive)
		case !a.waits(f.now()):
			return usersapi.BackupCodes{}, fault.New(fault.AuthenticatorNone)
		case a.password == "":
			return usersapi.BackupCodes{}, fault.New(fault.LastWayIn)
		}
		if err := f.prove(a, in.Code); err != nil {
			return usersapi.BackupCodes{}, err
		}
		a.factor, a.pending, a.backupCodes = userscontract.Required, pending{}, nil
		out := usersapi.BackupCodes{Codes: []usersapi.Secret{}}
		for range in.BackupCodes {
			text := letters(12)
			a.backupCodes = append(a.backupCodes, text)
			out.Codes = append(out.Codes, secret.NewWire(text))
		}
		return out, nil
	})
}

// RemoveFactor takes the authenticator away.
func (f *Fake) RemoveFactor(_ context.Context, in usersapi.RemoveFactor) (usersapi.Done, error) {
	return ownChange(f, in.Actor.Account, func(a *account) (usersapi.Done, error) {
		switch {
		case a.factor == userscontract.None:
			return usersapi.Done{}, fault.New(fault.AuthenticatorNone)
		case a.password == "":
			return usersapi.Done{}, fault.New(fault.LastWayIn)
		}
		if err := f.secondFactor(a, in.Code); err != nil {
			return usersapi.Done{}, err
		}
		a.factor, a.backupCodes = userscontract.None, nil
		return usersapi.Done{Account: a.shown()}, nil
	})
}

// Recover switches the second factor off by a backup code.
func (f *Fake) Recover(ctx context.Context, in usersapi.Recover) (usersapi.SignedIn, error) {
	if f.Demo {
		return usersapi.SignedIn{}, fault.New(fault.DemoMode)
	}
	who, err := f.SignIn(ctx, usersapi.SignIn{Login: in.Login, Password: in.Password, Device: in.Device})
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	return own(f, who.Account.ID, func(a *account) (usersapi.SignedIn, error) {
		if a.factor != userscontract.Required {
			return usersapi.SignedIn{}, fault.New(fault.AuthenticatorNone)
		}
		if err := a.codeTries.attempt(f.now(), codeWait); err != nil {
			return usersapi.SignedIn{}, err
		}
		if !slices.Contains(a.backupCodes, in.Code) {
			return usersapi.SignedIn{}, fault.New(fault.BackupCodeWrong)
		}
		a.factor, a.backupCodes, a.codeTries = userscontract.None, nil, budget{}
		return usersapi.SignedIn{Account: a.shown(), AMR: []string{"pwd", "mfa"}}, nil
	})
}
