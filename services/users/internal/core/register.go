package core

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/password"
)

// Register makes an account at once, as auth asks for it. See usersapi.Create.
func (c *Core) Register(ctx context.Context, in usersapi.Create) (usersapi.Profile, error) {
	created, err := c.Create(ctx, Create{
		MakeName:     true,
		Username:     in.Username,
		MakeUsername: in.MakeUsername,
		Email:        &in.Email,
		Password:     &in.Password.String,
		FirstName:    in.FirstName,
		LastName:     in.LastName,
		Locale:       in.Locale,
		Address:      in.Address,
		WhileEmpty:   in.WhileEmpty,
	})
	return profileOf(created.Account, err)
}

// registration is what Prepare seals.
type registration struct {
	Username  string    `json:"username"`
	Email     string    `json:"email"`
	Hash      string    `json:"hash"`
	Locale    string    `json:"locale"`
	CreatedAt time.Time `json:"createdAt"`
}

// registrationOwner is who all registrations are sealed for: there is no account yet.
const registrationOwner = "registration"

// Prepare checks a registration that is to wait for its link, and hashes its password. See usersapi.Prepare.
func (c *Core) Prepare(ctx context.Context, in usersapi.Prepare) (usersapi.Prepared, error) {
	if err := c.open(ctx, false); err != nil {
		return usersapi.Prepared{}, err
	}
	a, err := c.draft(Create{MakeName: true, Username: in.Username, Email: &in.Email, Password: &in.Password.String, Locale: in.Locale})
	if err != nil {
		return usersapi.Prepared{}, err
	}
	owner, err := c.mayRegister(ctx, &a, false, in.Address)
	if err != nil {
		return usersapi.Prepared{}, err
	}
	hash, err := c.hash(ctx, password.LaneRegistration, in.Password.String)
	if err != nil {
		return usersapi.Prepared{}, err
	}
	out := usersapi.Prepared{UsernameKey: a.UsernameKey, EmailKey: a.EmailKey}
	if owner != nil {
		told := owner.told()
		told.MailAddress = owner.Email
		if owner.Deleted() { // nobody to tell
			told.MailAddress = ""
		}
		out.Owner = &told
		return out, nil
	}
	out.Registration, err = c.sealRegistration(registration{in.Username, in.Email, hash.Reveal(), in.Locale, a.CreatedAt})
	return out, err
}

func (c *Core) sealRegistration(r registration) (string, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encode a registration: %w", err)
	}
	sealed, err := c.sealers.registration.Seal(plain, registrationOwner)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// openRegistration gives what Prepare sealed; zero for anything else.
func (c *Core) openRegistration(text string) registration {
	var r, none registration
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return none
	}
	plain, err := c.sealers.registration.Open(sealed, registrationOwner)
	if err != nil || json.Unmarshal(plain, &r) != nil {
		return none
	}
	return r
}

// Commit makes the account that Prepare drafted. See usersapi.Commit.
func (c *Core) Commit(ctx context.Context, in usersapi.Commit) (usersapi.Done, error) {
	r := c.openRegistration(in.Registration)
	if r.Hash == "" {
		return usersapi.Done{}, fault.New(fault.LinkInvalid)
	}
	a, err := c.draft(Create{MakeName: true, Username: r.Username, Email: &r.Email, Locale: r.Locale})
	if err != nil {
		return usersapi.Done{}, err
	}
	if err := c.free(ctx, a); err != nil {
		return usersapi.Done{}, err
	}
	if in.NeedPassword {
		ok, _, err := c.Passwords.Verify(ctx, password.LaneRegistration, r.Hash, in.Password.Reveal())
		if err == nil && !ok {
			err = fault.New(fault.CredentialsWrong)
		}
		if err != nil {
			return usersapi.Done{}, overloaded(err)
		}
	}
	a.Password.Hash, a.Password.ChangedAt = secret.New(r.Hash), r.CreatedAt
	c.proved(&a)
	if err := c.mintAPIKey(&a); err != nil {
		return usersapi.Done{}, err
	}
	return usersapi.Done{Account: a.told()}, c.insert(ctx, &a, false)
}
