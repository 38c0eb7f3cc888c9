package core

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

const apiKeyLength = 32

// mintAPIKey gives the account a new API key; the old one is worth nothing from then on. With 190 random bits a plain
// hash is enough to find it by.
func (c *Core) mintAPIKey(a *Account) error {
	key, err := c.letters(apiKeyLength)
	if err != nil {
		return err
	}
	sealed, err := c.sealers.apiKey.Seal([]byte(key.Reveal()), string(a.ID))
	if err != nil {
		return err
	}
	a.APIKey = APIKey{Hash: hashAPIKey(key), Sealed: sealed}
	return nil
}

func hashAPIKey(key secret.String) string {
	sum := sha256.Sum256([]byte(key.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// FindByAPIKey tells auth of the live account of an API key. See usersapi.FindByAPIKey.
func (c *Core) FindByAPIKey(ctx context.Context, in usersapi.FindByAPIKey) (usersapi.Found, error) {
	a, err := c.Store.GetByAPIKey(ctx, hashAPIKey(in.Key.String))
	switch {
	case fault.Has(err, fault.AccountUnknown), err == nil && a.Deleted():
		return usersapi.Found{}, nil
	case err != nil:
		return usersapi.Found{}, err
	}
	told := a.told()
	return usersapi.Found{Account: &told}, nil
}

// ShowAPIKey shows an API key to its owner.
func (c *Core) ShowAPIKey(ctx context.Context, in usersapi.ShowAPIKey) (usersapi.APIKey, error) {
	a, err := c.live(ctx, in.Actor.Account)
	if err != nil {
		return usersapi.APIKey{}, err
	}
	return c.openAPIKey(a)
}

func (c *Core) openAPIKey(a Account) (usersapi.APIKey, error) {
	plain, err := c.sealers.apiKey.Open(a.APIKey.Sealed, string(a.ID))
	if err != nil {
		return usersapi.APIKey{}, fmt.Errorf("open an API key: %w", err)
	}
	return usersapi.APIKey{Key: secret.NewWire(string(plain))}, nil
}

// ReplaceAPIKey gives the actor's account another API key. See usersapi.ReplaceAPIKey.
func (c *Core) ReplaceAPIKey(ctx context.Context, in usersapi.ReplaceAPIKey) (usersapi.APIKey, error) {
	if err := c.notInDemo(); err != nil {
		return usersapi.APIKey{}, err
	}
	a, err := c.change(ctx, in.Actor.Account, nil, c.mintAPIKey)
	if err != nil {
		return usersapi.APIKey{}, err
	}
	c.audit(ctx, "API key replaced", a.ID, a.ID)
	return c.openAPIKey(a)
}

func (c *Core) letters(n int) (secret.String, error) { return secret.Letters(c.Rand, n) }
