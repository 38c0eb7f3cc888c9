package transfer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/transfer"
)

func TestAnImportMayRunTwice(t *testing.T) {
	t.Parallel()
	here, there := hereAndThere(t)
	travels := key("t1")
	ada, bob := here.add(t, here.everything(t, "ada")), here.add(t, here.person(t, "bob"))
	text := here.export(t, travels)

	dry := there.transfer(t, travels).take(t, text, transfer.Options{Format: transfer.NDJSON, DryRun: true})
	if dry != (transfer.Summary{Imported: 2}) {
		t.Errorf("dry: %+v", dry)
	}
	if _, err := there.store.Get(t.Context(), ada.ID); err == nil {
		t.Error("a dry run wrote")
	}
	there.transfer(t, travels).take(t, text, transfer.Options{Format: transfer.NDJSON})
	changed := there.get(t, bob.ID)
	before := changed
	changed.Name, changed.Version = "Robert", changed.Version+1
	check(t, there.store.Update(t.Context(), before, changed))

	for _, dry := range []bool{true, false} {
		r := there.transfer(t, travels)
		if sum := r.take(t, append(text, text...), transfer.Options{Format: transfer.NDJSON, DryRun: dry}); sum != (transfer.Summary{Unchanged: 4}) || r.report.Len() > 0 {
			t.Errorf("again, dry %t: %+v\n%s", dry, sum, r.report.String())
		}
	}
	if got := there.get(t, bob.ID).Name; got != "Robert" {
		t.Errorf("overwritten: %s", got)
	}
}

func TestAnotherAccountsNamesAreRefused(t *testing.T) {
	t.Parallel()
	here, there := hereAndThere(t)
	travels := key("t1")
	here.add(t, here.everything(t, "ada"))
	mail := here.person(t, "bob")
	mail.Email, mail.EmailKey = "carl@example.com", "e:carl@example.com"
	here.add(t, mail)
	there.add(t, there.person(t, "Ada"))
	carl := there.person(t, "carl")
	carl.Email, carl.EmailKey = "Carl@example.com", "e:carl@example.com"
	there.add(t, carl)
	for _, dry := range []bool{true, false} {
		r := there.transfer(t, travels)
		sum := r.take(t, here.export(t, travels), transfer.Options{Format: transfer.NDJSON, DryRun: dry})
		if sum != (transfer.Summary{Refused: 2}) || !strings.Contains(r.report.String(), `"ada": the username belongs to another account`) ||
			!strings.Contains(r.report.String(), `"bob": the email belongs to another account`) {
			t.Errorf("dry %t: %+v\n%s", dry, sum, r.report.String())
		}
	}
}

// Each row here is one that export would not have written; none stops the good one at the end.
func TestBadLines(t *testing.T) {
	t.Parallel()
	here, there := hereAndThere(t)
	travels := key("t1")
	here.add(t, here.everything(t, "ada"))
	good := string(bytes.TrimSpace(here.export(t, travels)))

	const canary = "hunter2hunter2"
	edits := []struct {
		name, want string
		edit       func(l map[string]any) // of the account, but for those that begin with "line"
	}{
		{"line of another version", "the line is not of the version", func(l map[string]any) { l["watchword"] = 2 }},
		{"line of no version", "the line is not of the version", func(l map[string]any) { delete(l, "watchword") }},
		{"line with an unknown member", "the line is not as users export writes it", func(l map[string]any) { l["plan"] = canary }},
		{"line of nothing", "the line is not as users export writes it", func(l map[string]any) { delete(l, "account") }},
		{"line of a community too", "the line is not as users export writes it", func(l map[string]any) { l["community"] = map[string]any{} }},
		{"an unknown member", "the line is not as users export writes it", func(l map[string]any) { l["plan"] = canary }},
		{"no account", "member account is of the wrong type", nil},
		{"a picture that is none", "its picture is none", func(l map[string]any) {
			l["profile"].(map[string]any)["picture"] = map[string]any{"type": "image/svg+xml", "bytes": "PA=="}
		}},
		{"no object", "member account.password is of the wrong type", func(l map[string]any) { l["password"] = canary }},
		{"a plain password", "its password is not a hash", func(l map[string]any) { l["password"].(map[string]any)["hash"] = canary }},
		{"a time that is none", "the line is not as", func(l map[string]any) { l["createdAt"] = canary }},
		{"no time", "the times of its making", func(l map[string]any) { delete(l, "createdAt") }},
		{"no ULID", "the id is not a ULID", func(l map[string]any) { l["id"] = "be8881ce-af01-433b-a675-fe02e8a48a88" }},
		{"a bad username", "the username is not", func(l map[string]any) { l["username"] = "a\x1b[2J" }},
		{"a bad name", "the name is not", func(l map[string]any) { l["name"] = "a\u202eb" }},
		{"a bad email", "the email is not an address", func(l map[string]any) { l["email"] = "ada" }},
		{"a bad address of before", "the email is not an address", func(l map[string]any) { l["verifiedEmail"] = "ada" }},
		{"verified without", "an email is verified that is not there", func(l map[string]any) { delete(l, "email") }},
		{"a role", "the role is neither", func(l map[string]any) { l["role"] = "owner" }},
		{"an epoch of 0", "a counter is out of its bounds", func(l map[string]any) { l["epoch"] = 0 }},
		{"a factor without a secret", "its authenticator has no secret", func(l map[string]any) { delete(l["totp"].(map[string]any), "secret") }},
		{"a foreign algorithm", "its authenticator's algorithm", func(l map[string]any) { l["totp"].(map[string]any)["algorithm"] = "MD5" }},
		{"a secret of other hands", "its authenticator does not open with", func(l map[string]any) { l["totp"].(map[string]any)["secret"] = l["apiKey"].(map[string]any)["sealed"] }},
		{"an API key in clear", "its API key does not open with", func(l map[string]any) { l["apiKey"].(map[string]any)["sealed"] = "aHVudGVyMmh1bnRlcjI=" }},
		{"a backup code in clear", "a backup code is not a hash", func(l map[string]any) { l["backupCodes"] = []any{map[string]any{"hash": canary, "key": ""}} }},
		{"an errand of no kind", "something that waits in its outbox", func(l map[string]any) { l["outbox"].([]any)[0].(map[string]any)["kind"] = "sms" }},
	}
	var text strings.Builder
	for _, e := range edits {
		var l map[string]any
		check(t, json.Unmarshal([]byte(good), &l))
		switch inner, _ := l["account"].(map[string]any); {
		case e.edit == nil:
			l["account"] = canary
		case strings.HasPrefix(e.name, "line"):
			e.edit(l)
		default:
			e.edit(inner)
		}
		line, err := json.Marshal(l)
		check(t, err)
		text.Write(append(line, '\n'))
	}
	more := []struct{ line, want string }{
		{good + good, "more follows on the line"},
		{good[:len(good)-1], "the line is not as"},
		{canary, "the line is not as"},
		{`"` + strings.Repeat("x", 33<<20) + `"`, "the line is longer than an account can be"},
	}
	for _, m := range more {
		text.WriteString(m.line + "\n\n")
	}
	text.WriteString(good) // without a line break at the end

	r := there.transfer(t, travels)
	sum := r.take(t, []byte(text.String()), transfer.Options{Format: transfer.NDJSON})
	if want := (transfer.Summary{Imported: 1, Refused: len(edits) + len(more)}); sum != want {
		t.Errorf("%+v, want %+v", sum, want)
	}
	report := strings.Split(strings.TrimSpace(withoutNotes(r.report.String())), "\n")
	for i, e := range edits {
		if i < len(report) && !strings.Contains(report[i], e.want) {
			t.Errorf("%s: %s", e.name, report[i])
		}
	}
	for i, m := range more {
		if at := len(edits) + i; at < len(report) && !strings.Contains(report[at], m.want) {
			t.Errorf("%s: want %s", report[at], m.want)
		}
	}
	for _, secret := range []string{canary, apiKey, "aHVudGVyM"} {
		if strings.Contains(r.report.String(), secret) {
			t.Errorf("%q is in the report:\n%s", secret, r.report.String())
		}
	}
}

func withoutNotes(report string) string {
	var out strings.Builder
	for line := range strings.Lines(report) {
		if !strings.HasPrefix(line, "note ") {
			out.WriteString(line)
		}
	}
	return out.String()
}

func TestTheKeyForTheWay(t *testing.T) {
	t.Parallel()
	here, there := hereAndThere(t)
	here.add(t, here.everything(t, "ada"))
	if _, err := here.transfer(t).Export(t.Context(), io.Discard); !errors.Is(err, transfer.ErrNoKey) {
		t.Errorf("exported without: %v", err)
	}
	one := key("t1")
	text := here.export(t, one)
	if _, err := there.transfer(t).Import(t.Context(), bytes.NewReader(text), transfer.Options{Format: transfer.NDJSON}); !errors.Is(err, transfer.ErrNoKey) {
		t.Errorf("imported without: %v", err)
	}
	r := there.transfer(t, key("t1"))
	if sum := r.take(t, text, transfer.Options{Format: transfer.NDJSON}); sum != (transfer.Summary{Refused: 1}) ||
		!strings.Contains(r.report.String(), "does not open with WATCHWORD_TRANSFER_KEY") {
		t.Errorf("under another key: %+v\n%s", sum, r.report.String())
	}
	if sum := there.transfer(t, key("t2"), one).take(t, text, transfer.Options{Format: transfer.NDJSON}); sum.Imported != 1 {
		t.Errorf("with the key among others: %+v", sum)
	}
}

func TestAnAccountWhoseKeyIsMissingIsReportedAndTheOthersAreWritten(t *testing.T) {
	t.Parallel()
	here, _ := hereAndThere(t)
	travels := key("t1")
	for name, spoil := range map[string]func(a *core.Account){
		"amy":   func(a *core.Account) { a.TOTP.Secret = []byte("k9:" + strings.Repeat("x", 40)) },
		"bea":   func(a *core.Account) { a.TOTP.Pending.Secret = []byte("k9:" + strings.Repeat("x", 40)) },
		"cleo":  func(a *core.Account) { a.APIKey.Sealed = []byte("k9:" + strings.Repeat("x", 40)) },
		"dora":  func(a *core.Account) { a.Outbox[0].Token = []byte("k9:" + strings.Repeat("x", 40)) },
		"emily": func(a *core.Account) { a.BackupCodes[1].Hash = "k9:" + strings.Repeat("x", 40) },
	} {
		a := here.everything(t, name)
		spoil(&a)
		here.add(t, a)
	}
	here.add(t, here.everything(t, "zoe"))
	var out bytes.Buffer
	r := here.transfer(t, travels)
	sum, err := r.Export(t.Context(), &out)
	if err != nil || sum != (transfer.Exported{Written: 1, Refused: 5}) || r.done != 6 {
		t.Errorf("%+v, %v", sum, err)
	}
	if n := strings.Count(r.report.String(), "WATCHWORD_SEAL_KEYS"); n != 5 {
		t.Errorf("the report is\n%s", r.report.String())
	}
	if d := cmp.Diff(1, bytes.Count(out.Bytes(), []byte("\n"))); d != "" {
		t.Errorf("lines: %s", d)
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ndjson", "lynx", "wolf"} {
		if f, err := transfer.ParseFormat(name); err != nil || string(f) != name {
			t.Errorf("%s: %s, %v", name, f, err)
		}
	}
	for _, name := range []string{"", "legion", "NDJSON"} {
		if _, err := transfer.ParseFormat(name); err == nil {
			t.Errorf("%q is a format", name)
		}
	}
}
