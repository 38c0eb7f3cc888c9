package transfer_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/totp"
	"github.com/watchword/watchword/services/users/internal/transfer"
)

// bcrypt is the hash of everybody in testdata; it was made of "correct horse".
const bcrypt = "$2b$04$zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoEi"

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	check(t, err)
	return text
}

func zipped(t testing.TB, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(plain)
	check(t, err)
	check(t, w.Close())
	return out.Bytes()
}

// mine are keys of a place where nothing comes from.
func mine(t testing.TB) place {
	t.Helper()
	return newPlace(t, []secret.Key{key("k1")}, []secret.Key{key("k1")})
}

func TestADumpReadsAlikeInEveryForm(t *testing.T) {
	t.Parallel()
	for format, want := range map[transfer.Format]struct {
		sum    transfer.Summary
		report string
	}{
		transfer.Lynx: {transfer.Summary{Imported: 3, Refused: 5}, `note 3 "later": its API key is not 32 letters and digits; it has a new one
refused 4 "careless": its password is not a hash that can be kept (argon2id or bcrypt, within bounds)
refused 5 "keyed": its second factor is on, but it has no authenticator whose secret can be read
refused 6 "_x_": the username is not 3 to 32 letters, digits, dots, underscores or hyphens between letters or digits
refused 7 "typed": member email is of the wrong type
refused 8 "DEMO": the username belongs to another account
`},
		transfer.Wolf: {transfer.Summary{Imported: 2, Refused: 3}, `note 1 "wolf1": backup codes that are no plain text were left behind
refused 3 "banned": it is banned or suspended, which is nothing that an account can be here
refused 4 "nohash": its password is not a hash that can be kept (argon2id or bcrypt, within bounds)
refused 5 "moderator": its role is none of that system's
`},
	} {
		name := string(format)
		for form, text := range map[string][]byte{
			"bson":      fixture(t, name+".bson"),
			"canonical": fixture(t, name+".canonical.json"),
			"relaxed":   fixture(t, name+".relaxed.json"),
			"gzip":      zipped(t, fixture(t, name+".bson")),
		} {
			t.Run(name+" "+form, func(t *testing.T) {
				t.Parallel()
				p := mine(t)
				for _, o := range []transfer.Options{{Format: format, DryRun: true}, {Format: format}} {
					r := p.transfer(t)
					if sum := r.take(t, text, o); sum != want.sum || r.done != sum.Imported+sum.Refused {
						t.Errorf("dry %t: %+v, %d done", o.DryRun, sum, r.done)
					}
					if d := cmp.Diff(want.report, r.report.String()); d != "" {
						t.Errorf("dry %t: report (-want +got):\n%s", o.DryRun, d)
					}
				}
				r := p.transfer(t)
				again := transfer.Summary{Unchanged: want.sum.Imported, Refused: want.sum.Refused}
				if sum := r.take(t, text, transfer.Options{Format: format}); sum != again {
					t.Errorf("again: %+v", sum)
				}
			})
		}
	}
}

func (p place) named(t testing.TB, username string) core.Account {
	t.Helper()
	a, err := p.store.GetByUsername(t.Context(), core.UsernameKey(username))
	check(t, err)
	return a
}

func TestWhatIsKeptOfLynx(t *testing.T) {
	t.Parallel()
	p := mine(t)
	p.transfer(t).take(t, fixture(t, "lynx.bson"), transfer.Options{Format: transfer.Lynx})
	made := time.Date(2022, 12, 7, 14, 23, 44, 0, time.UTC) // as the ObjectID says

	demo := p.opened(t, p.named(t, "demo"))
	want := core.Account{
		ID: demo.ID, Username: "demo", UsernameKey: "u:demo", Name: "demo", Email: "Demo@example.com", EmailKey: "e:demo@example.com",
		Role: usersapi.RoleAdmin, Epoch: 1, Version: 1, CreatedAt: made, UpdatedAt: made,
		Password: core.Password{Hash: secret.New(bcrypt), ChangedAt: made},
		TOTP:     core.TOTP{Enabled: true, Required: true, Secret: authenticator, Algorithm: "SHA1"},
		APIKey:   core.APIKey{Hash: apiKeyHash, Sealed: []byte(apiKey)},
	}
	for _, code := range []string{"57E5ht9zD1d3", "6bllbg1122Qc", "76A7n7AHEm0r", "6VL2z2W151L5", "fQxPJJ6AYTu2", "S2uZ7A12k551"} {
		want.BackupCodes = append(want.BackupCodes, core.BackupCode{Hash: strings.TrimPrefix(p.codes(t).Sum(string(demo.ID), code), "k1:")})
	}
	if d := cmp.Diff(want, demo, sameText); d != "" {
		t.Errorf("demo (-want +got):\n%s", d)
	}
	if !strings.HasPrefix(string(demo.ID), "01GKPFH4C0") {
		t.Errorf("the id %s is not of the time when the account was made", demo.ID)
	}
	user2 := p.opened(t, p.named(t, "user2"))
	if user2.TOTP.Enabled || user2.TOTP.Secret != nil || user2.Role != usersapi.RoleStandard || len(user2.APIKey.Sealed) != 32 {
		t.Errorf("user2 is %+v", user2)
	}
	later := p.opened(t, p.named(t, "later"))
	if later.ID != "01GKPZ4QG0000000000000000A" || !later.SecondFactor() || len(later.BackupCodes) != 1 || string(later.APIKey.Sealed) == "too short" {
		t.Errorf("later is %+v", later)
	}
}

func TestWhatIsKeptOfWolf(t *testing.T) {
	t.Parallel()
	p := mine(t)
	p.transfer(t).take(t, fixture(t, "wolf.bson"), transfer.Options{Format: transfer.Wolf})
	made := time.Date(2020, 7, 17, 15, 45, 30, 270e6, time.UTC)
	got := p.opened(t, p.named(t, "wolf1"))
	want := core.Account{
		ID: got.ID, Username: "wolf1", UsernameKey: "u:wolf1", Name: "wolf1", Email: "wolf1@example.com", EmailKey: "e:wolf1@example.com",
		EmailVerifiedAt: made, VerifiedEmail: "wolf1@example.com", VerifiedEmailKey: "e:wolf1@example.com", VerifiedEmailAt: made,
		Role: usersapi.RoleAdmin, Epoch: 1, Version: 1, CreatedAt: made, UpdatedAt: time.Date(2020, 9, 4, 17, 46, 33, 6e6, time.UTC),
		SignedInAt:  time.Date(2020, 9, 4, 17, 46, 33, 5e6, time.UTC),
		Password:    core.Password{Hash: secret.New(bcrypt), ChangedAt: time.Date(2020, 8, 1, 0, 0, 0, 0, time.UTC)},
		TOTP:        core.TOTP{Enabled: true, Required: true, Secret: authenticator, Algorithm: "SHA1"},
		BackupCodes: []core.BackupCode{{Hash: strings.TrimPrefix(p.codes(t).Sum(string(got.ID), "1a2b3c4d5e"), "k1:")}},
		APIKey:      got.APIKey,
	}
	if d := cmp.Diff(want, got, sameText); d != "" {
		t.Errorf("wolf1 (-want +got):\n%s", d)
	}
	if plain := p.named(t, "plain"); plain.EmailVerified() || plain.VerifiedEmail != "" || plain.TOTP.Enabled {
		t.Errorf("plain is %+v", plain)
	}
}

func TestWhoComesFromLynxSignsIn(t *testing.T) {
	t.Parallel()
	p := mine(t)
	p.transfer(t).take(t, fixture(t, "lynx.bson"), transfer.Options{Format: transfer.Lynx})
	f := p.core(t)
	code, err := totp.Code(authenticator, totp.SHA1, f.Clock.Now())
	check(t, err)
	in, err := f.SignIn(t.Context(), usersapi.SignIn{
		Login: usersapi.Login{Username: "Demo"}, Password: secret.NewWire("correct horse"), Code: code,
	})
	if err != nil || in.CodeNeeded {
		t.Fatalf("%+v, %v", in, err)
	}
	if hash := p.named(t, "demo").Password.Hash.Reveal(); !strings.Contains(hash, "keyid=k1$") {
		t.Errorf("not hashed anew: %s", hash)
	}
	found, err := f.FindByAPIKey(t.Context(), usersapi.FindByAPIKey{Key: secret.NewWire(apiKey)})
	if err != nil || found.Account == nil || found.Account.Username != "demo" {
		t.Errorf("by API key: %+v, %v", found, err)
	}
	// A second run leaves what has changed since as it is.
	p.transfer(t).take(t, fixture(t, "lynx.bson"), transfer.Options{Format: transfer.Lynx})
	if hash := p.named(t, "demo").Password.Hash.Reveal(); hash == bcrypt {
		t.Error("overwritten by a second run")
	}
	_, err = f.Recover(t.Context(), usersapi.Recover{
		Login: usersapi.Login{Username: "demo"}, Password: secret.NewWire("correct horse"), Code: "57E5ht9zD1d3",
	})
	check(t, err)
}

func TestBrokenDumps(t *testing.T) {
	t.Parallel()
	whole := fixture(t, "wolf.bson")
	for name, c := range map[string]struct {
		text   []byte
		want   transfer.Summary
		report string // a part
		err    bool
	}{
		"nothing":          {nil, transfer.Summary{}, "", false},
		"cut off":          {whole[:len(whole)-9], transfer.Summary{Imported: 2, Refused: 3}, `refused 5 "": the dump is cut off here`, false},
		"a broken length":  {append(bytes.Clone(whole), 1, 0, 0, 0, 9, 9), transfer.Summary{Imported: 2, Refused: 4}, "refused 6", false},
		"a broken inside":  {[]byte("\x0c\x00\x00\x00\x10a\x00\x01\x00\x00\x00\x01"), transfer.Summary{Refused: 1}, "the document is broken", false},
		"bad JSON between": {[]byte("{\"a\":\n\n{}\n"), transfer.Summary{Refused: 2}, `refused 3 "": it has no id`, false},
		"an array":         {[]byte("[{}]"), transfer.Summary{}, "", true},
		"an archive":       {[]byte("\x6d\xe2\x99\x81 and so on"), transfer.Summary{}, "", true},
		"broken gzip":      {zipped(t, whole)[:60], transfer.Summary{}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := mine(t).transfer(t)
			sum, err := r.Import(t.Context(), bytes.NewReader(c.text), transfer.Options{Format: transfer.Wolf})
			if sum != c.want || (err != nil) != c.err || !strings.Contains(r.report.String(), c.report) {
				t.Errorf("%+v, %v\n%s", sum, err, r.report.String())
			}
		})
	}
}
