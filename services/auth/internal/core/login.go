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
)

// Login signs in by password, and by the code beside it where a second factor is on. Without that code the fault is
// CodeRequired with a challenge that OTPLogin takes.
func (c *Core) Login(ctx context.Context, login usersapi.Login, password secret.String, code string, client Client) (SignedIn, error) {
	out, err := c.login(ctx, login, password, code, client)
	c.observeSignIn(methodPassword, err)
	return out, err
}

func (c *Core) login(ctx context.Context, login usersapi.Login, password secret.String, code string, client Client) (SignedIn, error) {
	if err := c.Limits.Take(ctx, limit.SignIn(), client.Address); err != nil {
		return SignedIn{}, err
	}
	who, err := c.Factors.SignIn(ctx, usersapi.SignIn{
		Login:    login,
		Password: usersapi.Secret{String: password},
		Code:     code,
		Device:   client.Device,
	})
	if err != nil {
		return SignedIn{}, err
	}
	if who.CodeNeeded {
		return SignedIn{}, c.challenge(ctx, who.Account, client)
	}
	return c.issue(ctx, who, client)
}

// OTPLogin signs in by a code: as the second factor where a challenge vouches for the first, else alone.
func (c *Core) OTPLogin(ctx context.Context, login usersapi.Login, code string, challenge secret.String, client Client) (SignedIn, error) {
	method, prove := methodCode, c.codeAlone
	if !challenge.Empty() {
		method, prove = methodChallenge, func(ctx context.Context, login usersapi.Login, code string, client Client) (usersapi.SignedIn, error) {
			return c.meet(ctx, login, code, challenge, client)
		}
	}
	out, err := c.otpLogin(ctx, login, code, client, prove)
	c.observeSignIn(method, err)
	return out, err
}

type prover func(ctx context.Context, login usersapi.Login, code string, client Client) (usersapi.SignedIn, error)

func (c *Core) otpLogin(ctx context.Context, login usersapi.Login, code string, client Client, prove prover) (SignedIn, error) {
	if err := c.Limits.Take(ctx, limit.SignIn(), client.Address); err != nil {
		return SignedIn{}, err
	}
	who, err := prove(ctx, login, code, client)
	if err != nil {
		return SignedIn{}, err
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
