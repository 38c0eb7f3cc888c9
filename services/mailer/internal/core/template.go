package core

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
)

const maxValue = 2048 // bytes of one member of the data

// member is one member of a template's data.
type member struct {
	name string
	set  func(d *Data, text string) bool // false: not of the member's form
}

// The members. What says no is refused at the door, so that rendering can't fail later.
var (
	username = member{"username", func(d *Data, s string) bool { d.Username = s; return s != "" }}
	token    = member{"token", func(d *Data, s string) bool { d.Token = s; return s != "" && !strings.ContainsFunc(s, unicode.IsSpace) }}
	email    = member{"email", func(d *Data, s string) bool { d.Email = s; return true }}
	link     = member{"link", func(d *Data, s string) bool { d.Link = s; return isLink(s) }}
	at       = member{"at", func(d *Data, s string) (ok bool) { d.At, ok = instant(s); return ok }}
	expires  = member{"expires", func(d *Data, s string) (ok bool) { d.Expires, ok = instant(s); return ok }}
)

// members is what each template needs, as mailapi says.
var members = map[mailapi.Template][]member{
	mailapi.Verification:    {username, link, token, at, expires},
	mailapi.Reset:           {username, link, token, expires},
	mailapi.PasswordChanged: {username, at},
	mailapi.EmailChanged:    {username, at, email, link, token, expires},
	mailapi.FactorOn:        {username, at},
	mailapi.FactorOff:       {username, at},
	mailapi.NewSignIn:       {username, at},
	mailapi.AddressTaken:    {username, at},
	mailapi.SessionReused:   {username, at},
}

// read makes the template's data of text. Members it has no use for are left out. The fault names the member that is
// missing or malformed.
func read(template mailapi.Template, text map[string]string) (Data, error) {
	needed, ok := members[template]
	if !ok {
		return Data{}, fault.Field(fault.Malformed, "template", fault.FieldFormat)
	}
	var d Data
	for _, m := range needed {
		value, ok := text[m.name]
		if !ok {
			return Data{}, fault.Field(fault.Malformed, "data."+m.name, fault.FieldMissing)
		}
		if !plain(value) || !m.set(&d, value) {
			return Data{}, fault.Field(fault.Malformed, "data."+m.name, fault.FieldFormat)
		}
	}
	return d, nil
}

// only gives the members of text that the template uses.
func only(template mailapi.Template, text map[string]string) map[string]string {
	kept := map[string]string{}
	for _, m := range members[template] {
		kept[m.name] = text[m.name]
	}
	return kept
}

// pointless is the time from which a mail with d serves nothing: its link was all it is for. Zero: it informs too.
func pointless(template mailapi.Template, d Data) time.Time {
	switch template {
	case mailapi.Verification, mailapi.Reset:
		return d.Expires
	}
	return time.Time{}
}

// plain is text of one line.
func plain(s string) bool {
	return len(s) <= maxValue && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && !strings.ContainsFunc(s, unicode.IsSpace)
}

func instant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil
}
