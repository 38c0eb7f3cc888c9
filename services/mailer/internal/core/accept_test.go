package core_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
)

func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil  func(m *mailapi.Message)
		fields map[string]string
	}{
		"no key":                   {func(m *mailapi.Message) { m.Key = "" }, map[string]string{"key": fault.FieldFormat}},
		"a long key":               {func(m *mailapi.Message) { m.Key = strings.Repeat("a", 129) }, map[string]string{"key": fault.FieldFormat}},
		"a key with line ends":     {func(m *mailapi.Message) { m.Key = "a\r\nb" }, map[string]string{"key": fault.FieldFormat}},
		"a key that is not ASCII":  {func(m *mailapi.Message) { m.Key = "schlüssel" }, map[string]string{"key": fault.FieldFormat}},
		"an unknown template":      {func(m *mailapi.Message) { m.Template = "../../etc/passwd" }, map[string]string{"template": fault.FieldFormat}},
		"no template":              {func(m *mailapi.Message) { m.Template = "" }, map[string]string{"template": fault.FieldFormat}},
		"a locale without end":     {func(m *mailapi.Message) { m.Locale = "en-" + strings.Repeat("x", 33) }, map[string]string{"locale": fault.FieldFormat}},
		"a locale that is none":    {func(m *mailapi.Message) { m.Locale = "en, de" }, map[string]string{"locale": fault.FieldFormat}},
		"no recipient":             {func(m *mailapi.Message) { m.To = "" }, map[string]string{"to": fault.FieldFormat}},
		"two recipients":           {func(m *mailapi.Message) { m.To = "a@example.com, b@example.com" }, map[string]string{"to": fault.FieldFormat}},
		"a recipient with a name":  {func(m *mailapi.Message) { m.To = "Ada <a@example.com>" }, map[string]string{"to": fault.FieldFormat}},
		"a recipient with headers": {func(m *mailapi.Message) { m.To = "a@example.com\r\nBcc: b@example.com" }, map[string]string{"to": fault.FieldFormat}},
		"data missing":             {func(m *mailapi.Message) { delete(m.Data, "token") }, map[string]string{"data.token": fault.FieldMissing}},
		"no data":                  {func(m *mailapi.Message) { m.Data = nil }, map[string]string{"data.username": fault.FieldMissing}},
		"a name with line ends":    {func(m *mailapi.Message) { m.Data["username"] = "ada\n\nVisit" }, map[string]string{"data.username": fault.FieldFormat}},
		"a name turned around":     {func(m *mailapi.Message) { m.Data["username"] = "ada\u202e" }, map[string]string{"data.username": fault.FieldFormat}},
		"a name without end":       {func(m *mailapi.Message) { m.Data["username"] = strings.Repeat("a", 2049) }, map[string]string{"data.username": fault.FieldFormat}},
		"a script for a link":      {func(m *mailapi.Message) { m.Data["link"] = "javascript:alert(1)" }, map[string]string{"data.link": fault.FieldFormat}},
		"half a link":              {func(m *mailapi.Message) { m.Data["link"] = "//evil/verify" }, map[string]string{"data.link": fault.FieldFormat}},
		"a link with a user":       {func(m *mailapi.Message) { m.Data["link"] = "https://accounts.example.com@evil/" }, map[string]string{"data.link": fault.FieldFormat}},
		"a time that is none":      {func(m *mailapi.Message) { m.Data["at"] = "yesterday" }, map[string]string{"data.at": fault.FieldFormat}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			m := message("a")
			test.spoil(&m)
			for _, m.Discard = range []bool{false, true} {
				_, err := r.Accept(t.Context(), m)
				if !fault.Has(err, fault.Malformed) {
					t.Fatalf("answered with %v", err)
				}
				if diff := cmp.Diff(test.fields, fault.Of(err).Fields); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			if all, err := r.List(t.Context(), mailapi.List{}); err != nil || len(all.Messages) != 0 || r.store.Discarded() != 0 {
				t.Errorf("stored are %+v, %v", all, err)
			}
		})
	}
}

// A language that nobody speaks, or half a tag, is no reason to lose a mail.
func TestEveryLocaleIsAccepted(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"", "de", "en_US", "qq", "en-a", "x", "12", "de-CH-1996-x-" + strings.Repeat("a", 22)} {
		m := message("a")
		m.Locale = locale
		r := newRig(t)
		if _, err := r.Accept(t.Context(), m); err != nil {
			t.Errorf("%q: %v", locale, err)
		}
	}
}

// Every template takes exactly what mailapi says, and leaves the rest.
func TestEveryTemplateIsAccepted(t *testing.T) {
	t.Parallel()
	needs := map[mailapi.Template]string{
		mailapi.Verification:    "username link token at expires",
		mailapi.Reset:           "username link token expires",
		mailapi.PasswordChanged: "username at",
		mailapi.EmailChanged:    "username at email link token expires",
		mailapi.FactorOn:        "username at",
		mailapi.FactorOff:       "username at",
		mailapi.NewSignIn:       "username at",
		mailapi.AddressTaken:    "username at",
		mailapi.SessionReused:   "username at",
	}
	all := message("a").Data
	for _, template := range mailapi.Templates() {
		r := newRig(t)
		m := message("a")
		m.Template, m.Data = template, map[string]string{"password": "hunter2"}
		for name := range strings.FieldsSeq(needs[template]) {
			m.Data[name] = all[name]
		}
		r.accept(t, m)
		for name := range strings.FieldsSeq(needs[template]) {
			less := m
			less.Key, less.Data = "b", maps.Clone(m.Data)
			delete(less.Data, name)
			if _, err := r.Accept(t.Context(), less); !fault.Has(err, fault.Malformed) {
				t.Errorf("%s without %s: %v", template, name, err)
			}
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, shown := range map[string]string{
		"ada@example.com":                  "a***@example.com",
		"Ada.Lovelace+x@Example.COM":       "A***@example.com",
		"ädä@exämple.org":                  "ä***@xn--exmple-cua.org",
		"a@xn--exmple-cua.org":             "a***@xn--exmple-cua.org",
		strings.Repeat("a", 64) + "@e.com": "a***@e.com",
	} {
		r := newRig(t)
		m := message("a")
		m.To = address
		r.accept(t, m)
		if got := r.state(t).To; got != shown {
			t.Errorf("%s is shown as %s", address, got)
		}
	}
	for _, address := range []string{
		"ada", "@example.com", "ada@", `"ada"@example.com`, `"a@b"@example.com`, "ada@example.com (Ada)", "<ada@example.com>", "ada@example..com",
		strings.Repeat("a", 65) + "@e.com", "a@" + strings.Repeat("e.", 130) + "com", "ada@exa mple.com", "ada\x00@example.com", "ada@[127.0.0.1]",
	} {
		r := newRig(t)
		m := message("a")
		m.To = address
		if _, err := r.Accept(t.Context(), m); !fault.Has(err, fault.Malformed) {
			t.Errorf("%q is taken: %v", address, err)
		}
	}
}

func TestKeyIsTakenOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.accept(t, message("a"))
	if second := r.accept(t, message("a")); second != first {
		t.Errorf("accepted as %s and %s", first, second)
	}
	if r.accept(t, message("b")) == first {
		t.Error("another key is accepted as the first")
	}
}

// A mail that is accepted for show looks like any other to its caller, the store's outage included.
func TestDiscard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := message("a")
	m.Discard = true
	if r.accept(t, m) == "" {
		t.Error("no id")
	}
	if all, err := r.List(t.Context(), mailapi.List{}); err != nil || len(all.Messages) != 0 || r.store.Discarded() != 1 {
		t.Errorf("stored are %+v, %v", all, err)
	}
	outage := fault.Outage(errors.New("down"))
	r.store.Fail(outage)
	for _, m.Discard = range []bool{true, false} {
		if _, err := r.Accept(t.Context(), m); !fault.Has(err, fault.Unavailable) {
			t.Errorf("discard %t: %v", m.Discard, err)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, in := range []mailapi.List{{State: "lost"}, {After: "x"}, {Limit: -1}, {Limit: 101}} {
		if _, err := r.List(t.Context(), in); !fault.Has(err, fault.Malformed) {
			t.Errorf("%+v: %v", in, err)
		}
	}
	for i := range 51 {
		r.accept(t, message(strings.Repeat("k", i+1)))
	}
	page, err := r.List(t.Context(), mailapi.List{})
	if err != nil || len(page.Messages) != 50 || page.Next != page.Messages[49].ID {
		t.Fatalf("the first page has %d, next %s, %v", len(page.Messages), page.Next, err)
	}
	if page, err = r.List(t.Context(), mailapi.List{After: page.Next}); err != nil || len(page.Messages) != 1 || page.Next != "" {
		t.Errorf("the second page has %d, next %s, %v", len(page.Messages), page.Next, err)
	}
}
