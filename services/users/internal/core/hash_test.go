package core_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/password"
)

// counting tells how many hashes were asked for.
type counting struct {
	core.Passwords
	verified, hashed atomic.Int64
}

func (c *counting) Verify(ctx context.Context, lane password.Lane, hash, text string) (bool, bool, error) {
	c.verified.Add(1)
	return c.Passwords.Verify(ctx, lane, hash, text)
}

func (c *counting) Hash(ctx context.Context, lane password.Lane, text string) (string, error) {
	c.hashed.Add(1)
	return c.Passwords.Hash(ctx, lane, text)
}

func counted(t *testing.T, with ...func(d *core.Deps)) (*coretest.Fixture, *counting) {
	t.Helper()
	hashes := &counting{}
	return coretest.New(t, append(with, func(d *core.Deps) {
		hashes.Passwords = d.Passwords
		d.Passwords = hashes
	})...), hashes
}

type full struct{}

func (full) Admit(password.Lane) error { return &password.OverloadedError{RetryAfter: 2 * time.Second} }

func (full) Hash(context.Context, password.Lane, string) (string, error) {
	return "", &password.OverloadedError{RetryAfter: 2 * time.Second}
}

func (full) Verify(context.Context, password.Lane, string, string) (bool, bool, error) {
	return false, false, &password.OverloadedError{RetryAfter: 2 * time.Second}
}

func TestAnOldHashIsReplacedAtSignIn(t *testing.T) {
	t.Parallel()
	hasher, err := password.NewHasherForTests(rand.Reader,
		password.Pepper{ID: "p2", Bytes: bytes.Repeat([]byte("fresh "), 6)}, password.Pepper{ID: "p1", Bytes: bytes.Repeat([]byte("pepper"), 6)})
	accept(t, err)
	f := coretest.New(t, func(d *core.Deps) { d.Passwords = direct{hasher} })
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
	a := f.Get(t, ada.ID)
	if a.Password.Hash.Equal(ada.Password.Hash) || a.Version != ada.Version {
		t.Errorf("replaced %v, version %d", !a.Password.Hash.Equal(ada.Password.Hash), a.Version)
	}
	equal(t, "events", f.Events.Seen(), []string{"hash_upgraded " + password.FormatPeppered})
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
	equal(t, "hash", f.Get(t, ada.ID).Password.Hash, a.Password.Hash)
}

// direct hashes without a pool.
type direct struct{ *password.Hasher }

func (d direct) Admit(password.Lane) error { return nil }

func (d direct) Hash(_ context.Context, _ password.Lane, text string) (string, error) {
	return d.Hasher.Hash(text)
}

func (d direct) Verify(_ context.Context, _ password.Lane, hash, text string) (bool, bool, error) {
	ok, err := d.Hasher.Verify(hash, text)
	return ok, ok && d.NeedsRehash(hash), err
}

func TestARehashNeverBringsAnOldPasswordBack(t *testing.T) {
	t.Parallel()
	hasher, err := password.NewHasherForTests(rand.Reader,
		password.Pepper{ID: "p2", Bytes: bytes.Repeat([]byte("fresh "), 6)}, password.Pepper{ID: "p1", Bytes: bytes.Repeat([]byte("pepper"), 6)})
	accept(t, err)
	racing := &interrupted{direct: direct{hasher}}
	f := coretest.New(t, func(d *core.Deps) { d.Passwords = racing })
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	racing.beforeHash = func() { // between the sign-in's check and its rehash the owner changes the password
		racing.beforeHash = nil
		_, err := f.ChangePassword(t.Context(), core.ChangePassword{
			Actor: coretest.Actor(ada), Account: ada.ID, Password: secret.New(coretest.Password), Fresh: secret.New("another horse battery"),
		})
		accept(t, err)
	}
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	accept(t, err)
	_, err = f.SignIn(t.Context(), signIn("ada", coretest.Password, ""))
	refuse(t, err, fault.CredentialsWrong)
	_, err = f.SignIn(t.Context(), signIn("ada", "another horse battery", ""))
	accept(t, err)
}

type interrupted struct {
	direct
	beforeHash func()
}

func (i *interrupted) Hash(ctx context.Context, lane password.Lane, text string) (string, error) {
	if i.beforeHash != nil {
		i.beforeHash()
	}
	return i.direct.Hash(ctx, lane, text)
}

func TestAPasswordChangeReplacesOnlyWhatWasProved(t *testing.T) {
	t.Parallel()
	hasher, err := password.NewHasherForTests(rand.Reader, password.Pepper{ID: "p1", Bytes: bytes.Repeat([]byte("pepper"), 6)})
	accept(t, err)
	racing := &interrupted{direct: direct{hasher}}
	f := coretest.New(t, func(d *core.Deps) { d.Passwords = racing })
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	change := func(fresh string) error {
		_, err := f.ChangePassword(t.Context(), core.ChangePassword{
			Actor: coretest.Actor(ada), Account: ada.ID, Password: secret.New(coretest.Password), Fresh: secret.New(fresh),
		})
		return err
	}
	racing.beforeHash = func() { // between the proof and the change another change comes
		racing.beforeHash = nil
		accept(t, change("the owner's new password"))
	}
	refuse(t, change("a stranger's new password"), fault.VersionConflict)
	_, err = f.SignIn(t.Context(), signIn("ada", "the owner's new password", ""))
	accept(t, err)
}
