package core_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func TestACodeConfirmsOnlyTheAuthenticatorItBelongsTo(t *testing.T) {
	t.Parallel()
	between := &contended{conflicts: 0}
	f := coretest.New(t, func(d *core.Deps) {
		between.Store = d.Store
		d.Store = between
	})
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	uri, err := f.Enrol(t.Context(), coretest.Actor(ada), ada.ID, legionPolicy)
	accept(t, err)
	between.conflicts = 1
	between.meanwhile = func() { // between the proof and the change the owner enrols anew
		_, err := f.Enrol(t.Context(), coretest.Actor(ada), ada.ID, legionPolicy)
		accept(t, err)
	}
	_, err = f.ConfirmAuthenticator(t.Context(), core.Confirm{Account: ada.ID, Code: codeOf(t, f, uri)})
	refuse(t, err, fault.CodeWrong)
	equal(t, "enabled", f.Get(t, ada.ID).TOTP.Enabled, false)
}

func TestBackupCodes(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	in := withPassword("ada")
	in.Authenticator, in.Policy, in.Email = true, core.Policy{Algorithm: "SHA256", BackupCodes: 6}, coretest.Text("ada@example.com")
	made, err := f.Create(t.Context(), in)
	accept(t, err)
	ada := made.Account
	codes, err := f.ConfirmAuthenticator(t.Context(), core.Confirm{
		Account: ada.ID, Code: codeOf(t, f, made.URI), Require: true, Policy: in.Policy,
	})
	accept(t, err)
	equal(t, "codes", len(codes), 6)
	f.Relay(t, ada.ID)
	for _, c := range codes {
		if len(c.Reveal()) != 12 || strings.Trim(c.Reveal(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != "" {
			t.Errorf("code %q", c.Reveal())
		}
	}
	hashes := f.Get(t, ada.ID).BackupCodes
	won := race(t, func() error {
		_, err := f.Recover(t.Context(), usersapi.Recover{
			Login: usersapi.Login{Username: "ada"}, Password: secret.NewWire(coretest.Password), Code: codes[0].Reveal(),
		})
		return err
	}, fault.AuthenticatorNone, fault.BackupCodeWrong, fault.VersionConflict, fault.Throttled)
	equal(t, "spent", won, 1)
	a := f.Get(t, ada.ID)
	equal(t, "second factor", a.SecondFactor(), false)
	equal(t, "backup codes", len(a.BackupCodes), 0)
	f.Relay(t, ada.ID)
	bob := f.Add(t, coretest.Person{Username: "bob", Enabled: true, BackupCodes: []string{codes[1].Reveal()}})
	if f.Get(t, bob.ID).BackupCodes[0].Hash == hashes[1].Hash {
		t.Error("two accounts' equal codes have one hash")
	}
}

func TestLettersAreEquallyLikely(t *testing.T) {
	t.Parallel()
	f := coretest.New(t, func(d *core.Deps) { d.Rand = &alternating{} })
	in := withPassword("ada")
	in.Authenticator, in.Policy = true, core.Policy{Algorithm: "SHA256", BackupCodes: 1}
	made, err := f.Create(t.Context(), in)
	accept(t, err)
	codes, err := f.ConfirmAuthenticator(t.Context(), core.Confirm{Account: made.Account.ID, Code: codeOf(t, f, made.URI), Policy: in.Policy})
	accept(t, err)
	equal(t, "code of bytes that are skipped and zeros", codes[0].Reveal(), "AAAAAAAAAAAA")
}

// alternating draws 255 and 0 in turn where single bytes are asked for. 255 is past the last whole run of the alphabet.
type alternating struct{ last byte }

func (a *alternating) Read(p []byte) (int, error) {
	if len(p) != 1 {
		return rand.Read(p)
	}
	a.last = ^a.last
	p[0] = a.last
	return 1, nil
}

func TestOfManyConfirmationsOneWins(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Password: coretest.Password})
	uri, err := f.Enrol(t.Context(), coretest.Actor(ada), ada.ID, legionPolicy)
	accept(t, err)
	code := codeOf(t, f, uri)
	won := race(t, func() error {
		_, err := f.ConfirmAuthenticator(t.Context(), core.Confirm{Account: ada.ID, Code: code})
		return err
	}, fault.AuthenticatorActive, fault.VersionConflict, fault.Throttled)
	equal(t, "confirmations", won, 1)
}
