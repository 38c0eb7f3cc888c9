package core

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Challenge is a first factor that was proved, waiting for the second.
type Challenge struct {
	Account id.Account
	Epoch   int64
	Dialect session.Dialect
	Expires time.Time
}

// challengeBytes are drawn for a challenge's token.
const challengeBytes = 32

// challenge keeps what was proved and gives the fault that hands its token out.
func (c *Core) challenge(ctx context.Context, account usersapi.Account, client Client) error {
	raw := make([]byte, challengeBytes)
	if _, err := io.ReadFull(c.Rand, raw); err != nil {
		return fmt.Errorf("draw a challenge: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	expires := c.Now().UTC().Truncate(time.Millisecond).Add(ChallengeLifetime)
	if err := c.Challenges.Put(ctx, secret.New(token), Challenge{
		Account: account.ID,
		Epoch:   account.Epoch,
		Dialect: client.Dialect,
		Expires: expires,
	}); err != nil {
		return err
	}
	f := fault.New(fault.CodeRequired)
	f.Challenge = &fault.Challenge{Token: token, Expires: expires}
	return f
}

// meet proves the second factor of a challenge's account. The challenge dies with its success, after MaxTries, or by
// time; a wrong dialect leaves it untouched but for the try.
func (c *Core) meet(ctx context.Context, login usersapi.Login, code string, token secret.String, client Client) (usersapi.SignedIn, error) {
	ch, err := c.Challenges.Try(ctx, token)
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	if ch.Dialect != client.Dialect {
		return usersapi.SignedIn{}, fault.New(fault.ChallengeInvalid)
	}
	who, err := c.Factors.SecondFactor(ctx, usersapi.SecondFactor{
		Account: ch.Account,
		Epoch:   ch.Epoch,
		Login:   &login,
		Code:    code,
		Device:  client.Device,
	})
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	spent, err := c.Challenges.Spend(ctx, token)
	if err != nil {
		return usersapi.SignedIn{}, err
	}
	if !spent {
		return usersapi.SignedIn{}, fault.New(fault.ChallengeInvalid)
	}
	return who, nil
}
