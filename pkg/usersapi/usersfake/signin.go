package usersfake

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
)

// budget counts failures in a row.
type budget struct {
	failures int64
	at       time.Time
}

// attempt counts a failure in advance, or refuses while wait(failures) has not passed.
func (b *budget) attempt(now time.Time, wait func(int64) time.Duration) error {
	if left := b.at.Add(wait(b.failures)).Sub(now); left > 0 {
		return fault.Throttle(left)
	}
	b.failures, b.at = b.failures+1, now
	return nil
}

// codeWait is the pause after so many wrong codes in a row: 15 minutes after each five.
func codeWait(failures int64) time.Duration {
	if failures > 0 && failures%5 == 0 {
		return 15 * time.Minute
	}
	return 0
}

// codesUntilLocked is how many wrong codes in a row lock an authenticator.
const codesUntilLocked = 100

// SignIn proves the password, and the code where one is needed.
func (f *Fake) SignIn(_ context.Context, in usersapi.SignIn) (usersapi.SignedIn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.SignedIn{}, f.failing
	}
	a, err := f.named(in.Login)
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	tries := f.passwordTries(a, in.Login, in.Device)
	if err := tries.attempt(f.now(), limit.Backoff); err != nil {
		return usersapi.SignedIn{}, err
	}
	if a == nil {
		return usersapi.SignedIn{}, f.refuseUnknown(in)
	}
	if a.password == "" || a.password != in.Password.Reveal() {
		return usersapi.SignedIn{}, fault.New(fault.CredentialsWrong)
	}
	tries.failures = 0
	switch {
	case a.factor != userscontract.Required:
		return usersapi.SignedIn{Account: a.shown(), AMR: []string{"pwd"}}, nil
	case in.Code == "":
		return usersapi.SignedIn{Account: a.shown(), AMR: []string{"pwd"}, CodeNeeded: true}, nil
	}
	if err := f.prove(a, in.Code); err != nil {
		return usersapi.SignedIn{}, err
	}
	return usersapi.SignedIn{Account: a.shown(), AMR: []string{"pwd", "otp", "mfa"}}, nil
}

// refuseUnknown words the sign-in of a name that no account has.
func (f *Fake) refuseUnknown(in usersapi.SignIn) error {
	switch p, ok := f.sealed[in.Pending]; {
	case ok && p.Password.Reveal() == in.Password.Reveal():
		return fault.New(fault.EmailUnverified)
	case in.TellUnknown:
		return fault.New(fault.AccountUnknown)
	}
	return fault.New(fault.CredentialsWrong)
}

// CodeSignIn proves a code alone.
func (f *Fake) CodeSignIn(_ context.Context, in usersapi.CodeSignIn) (usersapi.SignedIn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.SignedIn{}, f.failing
	}
	a, err := f.named(in.Login)
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	if a == nil || a.factor != userscontract.Optional || f.prove(a, in.Code) != nil {
		return usersapi.SignedIn{}, fault.New(fault.CredentialsWrong)
	}
	return usersapi.SignedIn{Account: a.shown(), AMR: []string{"otp"}}, nil
}

// SecondFactor proves the code beside a challenge.
func (f *Fake) SecondFactor(_ context.Context, in usersapi.SecondFactor) (usersapi.SignedIn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.SignedIn{}, f.failing
	}
	a := f.live(in.Account)
	if a == nil || a.Epoch != in.Epoch || a.factor != userscontract.Required {
		return usersapi.SignedIn{}, fault.New(fault.ChallengeInvalid)
	}
	if in.Login != nil {
		switch named, err := f.named(*in.Login); {
		case err != nil:
			return usersapi.SignedIn{}, err
		case named != a:
			return usersapi.SignedIn{}, fault.New(fault.CredentialsWrong)
		}
	}
	if err := f.prove(a, in.Code); err != nil {
		return usersapi.SignedIn{}, err
	}
	return usersapi.SignedIn{Account: a.shown(), AMR: []string{"pwd", "otp", "mfa"}}, nil
}

// Code is what the account's authenticator shows now.
func (f *Fake) Code(account id.Account) string { return code(account, step(f.now())) }

func step(t time.Time) int64 { return t.Unix() / 30 }

func code(account id.Account, step int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", account, step))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:4])%1_000_000)
}

// prove counts a try and accepts a code of the step before, this one or the next, once.
func (f *Fake) prove(a *account, text string) error {
	if a.codeTries.failures >= codesUntilLocked {
		return fault.New(fault.FactorLocked)
	}
	if err := a.codeTries.attempt(f.now(), codeWait); err != nil {
		return err
	}
	now := step(f.now())
	for s := max(now-1, a.lastStep+1); s <= now+1; s++ {
		if text == code(a.ID, s) {
			a.lastStep, a.codeTries.failures = s, 0
			return nil
		}
	}
	return fault.New(fault.CodeWrong)
}

// named finds the live account that a login names; nil: none.
func (f *Fake) named(l usersapi.Login) (*account, error) {
	switch {
	case (l.Username == "") == (l.Email == ""):
		return nil, fault.New(fault.Malformed)
	case l.Username != "":
		return f.byUsername(l.Username), nil
	default:
		return f.byEmail(l.Email), nil
	}
}

// passwordTries is the budget that a try is counted against.
func (f *Fake) passwordTries(a *account, l usersapi.Login, d usersapi.Device) *budget {
	switch {
	case a == nil:
		return f.counter("name:" + strings.ToLower(l.Username+l.Email))
	case slices.Contains(d.Accounts, a.ID):
		return f.counter("device:" + d.ID + ":" + string(a.ID))
	default:
		return &a.passwordTries
	}
}

func (f *Fake) counter(key string) *budget {
	if f.tries[key] == nil {
		f.tries[key] = &budget{}
	}
	return f.tries[key]
}
