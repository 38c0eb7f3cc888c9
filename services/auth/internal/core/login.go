package core

import (
	"context"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Methods of sign-in, as metrics name them.
const (
	methodPassword  = "password"
	methodCode      = "code"
	methodChallenge = "challenge"
	methodRecovery  = "recovery"
)

// Login signs in by password, and by the code beside it where a second factor is on. Without that code the fault is
// CodeRequired, with a challenge that OTPLogin and AnswerChallenge take where the dialect's policy says so. Faults: as
// usersapi.SignIn's.
func (c *Core) Login(ctx context.Context, login usersapi.Login, password secret.String, code string, client Client) (SignedIn, error) {
	return c.signIn(ctx, methodPassword, client, func(ctx context.Context) (usersapi.SignedIn, error) {
		pending, err := c.pending(ctx, login, client)
		if err != nil {
			return usersapi.SignedIn{}, err
		}
		return c.Factors.SignIn(ctx, usersapi.SignIn{
			Login:       login,
			Password:    usersapi.Secret{String: password},
			Code:        code,
			Device:      client.Device,
			Pending:     pending,
			TellUnknown: client.Policy.TellUnknown && !c.Settings.Conceal,
		})
	})
}

// pending is the registration under that name which the sign-in is to be told from, sealed; empty where the dialect tells
// nothing of it, or none waits. While accounts are concealed it must not be told of, as it tells that the address is free.
func (c *Core) pending(ctx context.Context, login usersapi.Login, client Client) (string, error) {
	if !client.Policy.TellPending || c.Settings.Conceal {
		return "", nil
	}
	a, err := c.Attempts.Newest(ctx, login)
	return a.Registration, err
}

// OTPLogin signs in by a code: as the second factor of login's account where a challenge vouches for the first, else alone.
func (c *Core) OTPLogin(ctx context.Context, login usersapi.Login, code string, challenge secret.String, client Client) (SignedIn, error) {
	if challenge.Empty() {
		return c.signIn(ctx, methodCode, client, func(ctx context.Context) (usersapi.SignedIn, error) {
			return c.codeAlone(ctx, login, code, client)
		})
	}
	return c.answer(ctx, &login, challenge, code, client)
}

// AnswerChallenge completes a sign-in by the code that its challenge asks for.
func (c *Core) AnswerChallenge(ctx context.Context, challenge secret.String, code string, client Client) (SignedIn, error) {
	return c.answer(ctx, nil, challenge, code, client)
}

func (c *Core) answer(ctx context.Context, login *usersapi.Login, challenge secret.String, code string, client Client) (SignedIn, error) {
	return c.signIn(ctx, methodChallenge, client, func(ctx context.Context) (usersapi.SignedIn, error) {
		return c.meet(ctx, login, code, challenge, client)
	})
}

// Recover signs in by password and backup code, and switches the second factor off. Faults: as usersapi.Recover's.
func (c *Core) Recover(ctx context.Context, login usersapi.Login, password secret.String, backupCode string, client Client) (SignedIn, error) {
	return c.signIn(ctx, methodRecovery, client, func(ctx context.Context) (usersapi.SignedIn, error) {
		return c.Accounts.Recover(ctx, usersapi.Recover{
			Login: login, Password: usersapi.Secret{String: password}, Code: backupCode, Device: client.Device,
		})
	})
}

// signIn is what all ways in share: an address has so many tries, whatever is proved, and a session begins in issue.
func (c *Core) signIn(ctx context.Context, method string, client Client, prove func(context.Context) (usersapi.SignedIn, error)) (out SignedIn, err error) {
	defer func() { c.observeSignIn(method, err) }()
	if err := c.Limits.Take(ctx, limit.SignIn(), client.Address); err != nil {
		return SignedIn{}, err
	}
	who, err := prove(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if who.CodeNeeded {
		return SignedIn{}, c.challenge(ctx, who.Account, client)
	}
	return c.issue(ctx, who, client)
}

func (c *Core) codeAlone(ctx context.Context, login usersapi.Login, code string, client Client) (usersapi.SignedIn, error) {
	if !c.Settings.CodeSignIn {
		return usersapi.SignedIn{}, fault.New(fault.CodeSigninOff)
	}
	return c.Factors.CodeSignIn(ctx, usersapi.CodeSignIn{Login: login, Code: code, Device: client.Device})
}

// observeSignIn tells how a sign-in ended.
func (c *Core) observeSignIn(method string, err error) {
	outcome := "signed_in"
	if err != nil {
		switch fault.Of(err).Reason {
		case fault.CodeRequired:
			outcome = "code_required"
		case fault.Throttled:
			outcome = "throttled"
		case fault.Overloaded, fault.Unavailable, fault.Internal:
			outcome = "failed"
		default:
			outcome = "refused"
		}
	}
	c.Observer.SignIn(method, outcome)
}
