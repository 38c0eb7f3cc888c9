package transfer_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/totp"
	"github.com/watchword/watchword/services/users/internal/transfer"
)

// everything is an account that has all there is.
func (p place) everything(t testing.TB, username string) core.Account {
	t.Helper()
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours)*time.Hour + 7*time.Millisecond) }
	seal := func(purpose, text string, a core.Account) []byte {
		sealed, err := p.sealer(t, purpose).Seal([]byte(text), string(a.ID))
		check(t, err)
		return sealed
	}
	rank := int64(3)
	a := p.person(t, username)
	a.Email, a.EmailKey, a.EmailVerifiedAt = username+"@Example.com", "e:"+username+"@example.com", at(1)
	a.VerifiedEmail, a.VerifiedEmailKey, a.VerifiedEmailAt = "old."+username+"@example.com", "e:old."+username+"@example.com", at(2)
	a.Role, a.Locale, a.Epoch, a.Kats, a.Rank, a.Version = "admin", "de", 4, 7, &rank, 9
	a.Profile = core.Profile{
		FirstName: "Ada", LastName: "Lovelace", Bio: "Line\n<two>", Image: string(a.ID), TutorialFinishedAt: at(3),
		Communities: []string{"01JD0000000000000000000007"}, Categories: []string{"a", "b"},
		Subscription: core.Subscription{Plan: "gold", Status: "active", StartsAt: at(4), ExpiresAt: at(5)},
	}
	a.Password.ChangedAt, a.Password.Failures = at(6), core.Failures{Count: 2, At: at(7)}
	a.TOTP = core.TOTP{
		Enabled: true, Required: true, Secret: seal(core.SealTOTP, string(authenticator), a), Algorithm: "SHA256", LastStep: 5,
		Failures: core.Failures{Count: 1, At: at(8)},
		Pending:  core.Pending{Secret: seal(core.SealTOTP, "waiting", a), Algorithm: "SHA1", At: at(9)},
	}
	a.BackupCodes = []core.BackupCode{
		{Hash: p.codes(t).Sum(string(a.ID), "57E5ht9zD1d3"), UsedAt: at(10)},
		{Hash: p.codes(t).Sum(string(a.ID), "6bllbg1122Qc")},
	}
	a.SignedInAt, a.NoticedAt, a.UnconfirmedUntil = at(11), at(12), at(13)
	a.ResetAt, a.UndoneAt = at(21), at(22)
	a.Outbox = []core.Entry{
		{
			ID: "01JD0000000000000000000001", Kind: core.SendMail, At: at(14), Template: "verification", To: a.Email, Locale: "de",
			Data: map[string]string{"username": username}, Purpose: 'v', Token: seal(core.SealToken, "token", a), Address: a.Email,
		},
		{ID: "01JD0000000000000000000002", Kind: core.EndSessions, At: at(15), Epoch: 4, Spare: "01JD0000000000000000000003"},
		{ID: "01JD0000000000000000000004", Kind: core.UpdateSessions, At: at(16)},
	}
	a.CreatedAt, a.UpdatedAt, a.DeletedAt, a.RestoredAt = at(17), at(18), at(19), at(20)
	return a
}

// opened is an account with what is sealed in it opened, and the ids of keys left out.
func (p place) opened(t testing.TB, a core.Account) core.Account {
	t.Helper()
	open := func(purpose string, sealed *[]byte) {
		if *sealed == nil {
			return
		}
		plain, err := p.sealer(t, purpose).Open(*sealed, string(a.ID))
		check(t, err)
		*sealed = plain
	}
	open(core.SealTOTP, &a.TOTP.Secret)
	open(core.SealTOTP, &a.TOTP.Pending.Secret)
	open(core.SealAPIKey, &a.APIKey.Sealed)
	for i := range a.Outbox {
		open(core.SealToken, &a.Outbox[i].Token)
	}
	for i := range a.BackupCodes {
		_, a.BackupCodes[i].Hash, _ = strings.Cut(a.BackupCodes[i].Hash, ":")
	}
	head, tail, _ := strings.Cut(a.Password.Hash.Reveal(), ",keyid=")
	_, tail, _ = strings.Cut(tail, "$")
	a.Password.Hash = secret.New(head + tail)
	return a
}

var sameText = cmp.Comparer(func(a, b secret.String) bool { return a.Equal(b) })

// here and there are two installations that minted their keys apart, as each does, under the same ids; there knows the old
// keys besides, under others.
func hereAndThere(t testing.TB) (here, there place) {
	t.Helper()
	seal, pepper := key("k1"), key("k1")
	here = newPlace(t, []secret.Key{seal}, []secret.Key{pepper})
	there = newPlace(t,
		[]secret.Key{key("k1"), {ID: "old", Bytes: seal.Bytes}}, []secret.Key{key("k1"), {ID: "before", Bytes: pepper.Bytes}})
	return here, there
}

func TestNothingOfAnAccountIsLost(t *testing.T) {
	t.Parallel()
	here, there := hereAndThere(t)
	travels := key("t1")
	whole := here.everything(t, "ada")
	hasAll(t, "Account", reflect.ValueOf(whole))
	here.add(t, whole)
	here.add(t, here.person(t, "bob"))
	shown := pictureOf(whole)
	joined := core.Community{ID: whole.Profile.Communities[0], Name: "Chess", Categories: []string{"games"}, CreatedAt: noon}
	check(t, here.store.AddCommunity(t.Context(), joined))

	text := here.export(t, travels)
	sum := there.transfer(t, travels).take(t, text, transfer.Options{Format: transfer.NDJSON})
	if want := (transfer.Summary{Imported: 2, Communities: 1}); sum != want {
		t.Fatalf("%+v", sum)
	}
	picture, err := there.store.Picture(t.Context(), shown.Key)
	check(t, err)
	shown.DoubtedAt = noon // until the sweep sees that the account shows it
	if d := cmp.Diff(shown, picture); d != "" {
		t.Errorf("picture (-here +there):\n%s", d)
	}
	community, err := there.store.Community(t.Context(), joined.ID)
	check(t, err)
	if d := cmp.Diff(joined, community); d != "" {
		t.Errorf("community (-here +there):\n%s", d)
	}
	want, got := here.opened(t, here.get(t, whole.ID)), there.opened(t, there.get(t, whole.ID))
	if d := cmp.Diff(want, got, sameText); d != "" {
		t.Errorf("(-here +there):\n%s", d)
	}
	for _, clear := range []string{"12345678901234567890", "GEZDGNBVGY3TQOJQ", apiKey, "57E5ht9zD1d3", coretest.Password} {
		if bytes.Contains(text, []byte(clear)) {
			t.Errorf("%s travels in clear", clear)
		}
	}
}

// hasAll demands that every member has something in it, in one of values at least: whoever adds one has it carried.
func hasAll(t *testing.T, path string, values ...reflect.Value) {
	t.Helper()
	if !slices.ContainsFunc(values, func(v reflect.Value) bool { return !v.IsZero() }) {
		t.Errorf("%s is empty: nothing shows that it is carried", path)
		return
	}
	switch kind := values[0].Type(); {
	case kind == reflect.TypeFor[time.Time]() || kind == reflect.TypeFor[secret.String]():
	case kind.Kind() == reflect.Struct:
		for i := range kind.NumField() {
			var members []reflect.Value
			for _, v := range values {
				members = append(members, v.Field(i))
			}
			hasAll(t, path+"."+kind.Field(i).Name, members...)
		}
	case kind.Kind() == reflect.Slice:
		var elements []reflect.Value
		for _, v := range values {
			for i := range v.Len() {
				elements = append(elements, v.Index(i))
			}
		}
		hasAll(t, path+"[]", elements...)
	}
}

func TestWhoHasMovedSignsInAsBefore(t *testing.T) {
	t.Parallel()
	here, there := hereAndThere(t)
	travels := key("t1")
	a := here.everything(t, "ada")
	a.DeletedAt, a.TOTP.LastStep = time.Time{}, 0
	here.add(t, a)
	there.transfer(t, travels).take(t, here.export(t, travels), transfer.Options{Format: transfer.NDJSON})

	f := there.core(t)
	password := usersapi.SignIn{Login: usersapi.Login{Username: "ada"}, Password: secret.NewWire(coretest.Password)}
	in, err := f.SignIn(t.Context(), password)
	if err != nil || !in.CodeNeeded || in.Account.ID != a.ID {
		t.Fatalf("by password: %+v, %v", in, err)
	}
	password.Code, err = totp.Code(authenticator, totp.SHA256, f.Clock.Now())
	check(t, err)
	if in, err = f.SignIn(t.Context(), password); err != nil || in.CodeNeeded {
		t.Fatalf("by password and code: %+v, %v", in, err)
	}
	if hash := there.get(t, a.ID).Password.Hash.Reveal(); !strings.Contains(hash, "keyid=k1$") {
		t.Errorf("not hashed anew under the pepper of here: %s", hash)
	}
	found, err := f.FindByAPIKey(t.Context(), usersapi.FindByAPIKey{Key: secret.NewWire(apiKey)})
	if err != nil || found.Account == nil || found.Account.ID != a.ID {
		t.Errorf("by API key: %+v, %v", found, err)
	}
	shown, err := f.ShowAPIKey(t.Context(), usersapi.ShowAPIKey{Actor: usersapi.Actor{Account: a.ID}})
	if err != nil || shown.Key.Reveal() != apiKey {
		t.Errorf("the API key is shown as another: %v", err)
	}
	recover := usersapi.Recover{Login: password.Login, Password: password.Password, Code: "57E5ht9zD1d3"}
	if _, err := f.Recover(t.Context(), recover); !fault.Has(err, fault.BackupCodeWrong) {
		t.Errorf("by a backup code that was spent before: %v", err)
	}
	recover.Code = "6bllbg1122Qc"
	if _, err := f.Recover(t.Context(), recover); err != nil {
		t.Errorf("by backup code: %v", err)
	}
}

func TestWithoutTheKeysOfBeforeARowIsRefused(t *testing.T) {
	t.Parallel()
	here, _ := hereAndThere(t)
	travels := key("t1")
	a := here.everything(t, "ada")
	here.add(t, a)
	bob := here.add(t, here.person(t, "bob"))
	text := here.export(t, travels)

	for name, c := range map[string]struct {
		seal, pepper secret.Key
		without      bool
		want         transfer.Summary
		report       string
	}{
		"another pepper of the same name": {
			seal: here.seals[0], pepper: key("k1"), want: transfer.Summary{Refused: 2},
			report: `"ada": its password needs pepper k1 of where it comes from, which is not among WATCHWORD_PEPPER_KEYS`,
		},
		"another seal key of the same name": {
			seal: key("k1"), pepper: here.peppers[0], want: transfer.Summary{Imported: 1, Refused: 1},
			report: `"ada": its backup codes can't be kept: they need seal key k1 of where it comes from, which is not among WATCHWORD_SEAL_KEYS`,
		},
		"the same, without backup codes": {
			seal: key("k1"), pepper: here.peppers[0], without: true, want: transfer.Summary{Imported: 2},
			report: `"ada": it comes without its backup codes`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there := newPlace(t, []secret.Key{c.seal}, []secret.Key{c.pepper})
			r := there.transfer(t, travels)
			if sum := r.take(t, text, transfer.Options{Format: transfer.NDJSON, WithoutBackupCodes: c.without}); sum != c.want {
				t.Errorf("%+v, want %+v", sum, c.want)
			}
			if !strings.Contains(r.report.String(), c.report+"\n") {
				t.Errorf("the report is\n%s", r.report.String())
			}
			if c.want.Imported > 0 {
				there.get(t, bob.ID)
			}
		})
	}
}
