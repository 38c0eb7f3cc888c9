package core

import (
	"context"
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

// challengeLength is how many letters and digits a challenge's token has: 381 bits.
const challengeLength = 64

// challenge keeps what was proved and gives the fault that hands its token out.
func (c *Core) challenge(ctx context.Context, account usersapi.Account, client Client) error {
	if !client.Policy.Challenge {
		return fault.New(fault.CodeRequired)
	}
	token, err := secret.Letters(c.Rand, challengeLength)
	if err != nil {
		return err
	}
	expires := c.Now().UTC().Truncate(time.Millisecond).Add(ChallengeLifetime)
	if err := c.Challenges.Put(ctx, token, Challenge{
		Account: account.ID,
		Epoch:   account.Epoch,
		Dialect: client.Dialect,
		Expires: expires,
	}); err != nil {
		return err
	}
	f := fault.New(fault.CodeRequired)
	f.Challenge = &fault.Challenge{Token: token.Reveal(), Expires: expires}
	return f
}

// meet proves the second factor of a challenge's account, which login must name where it is given. The challenge dies with
// its success, after MaxTries, or by time; a wrong dialect leaves it untouched but for the try.
func (c *Core) meet(ctx context.Context, login *usersapi.Login, code string, token secret.String, client Client) (usersapi.SignedIn, error) {
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
		Login:   login,
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
