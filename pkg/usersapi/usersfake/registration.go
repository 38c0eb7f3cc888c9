package usersfake

import (
	"context"
	"crypto/rand"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Create makes an account at once.
func (f *Fake) Create(_ context.Context, in usersapi.Create) (usersapi.Profile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.Profile{}, f.failing
	}
	if f.Closed && !(in.WhileEmpty && len(f.accounts) == 0) {
		return usersapi.Profile{}, fault.New(fault.RegistrationClosed)
	}
	if in.MakeUsername {
		in.Username = f.usernameOf(in.Email)
	}
	a := f.draft(usersapi.Prepare{Username: in.Username, Email: in.Email, Password: in.Password, Locale: in.Locale})
	a.first, a.last = in.FirstName, in.LastName
	if full := strings.TrimSpace(in.FirstName + " " + in.LastName); full != "" {
		a.Name = full
	}
	owner, err := f.mayRegister(a)
	if err != nil {
		return usersapi.Profile{}, err
	}
	if owner == nil {
		f.accounts[a.ID] = a
	}
	return a.profile(), nil
}

// Prepare checks a registration and seals it.
func (f *Fake) Prepare(_ context.Context, in usersapi.Prepare) (usersapi.Prepared, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.Prepared{}, f.failing
	}
	if f.Closed {
		return usersapi.Prepared{}, fault.New(fault.RegistrationClosed)
	}
	out := usersapi.Prepared{UsernameKey: "u:" + strings.ToLower(in.Username), EmailKey: "e:" + strings.ToLower(in.Email)}
	owner, err := f.mayRegister(f.draft(in))
	if err != nil {
		return usersapi.Prepared{}, err
	}
	if owner != nil {
		shown := owner.shown()
		shown.MailAddress = owner.Email
		if owner.deleted {
			shown.MailAddress = ""
		}
		out.Owner = &shown
		return out, nil
	}
	out.Registration = rand.Text()
	f.sealed[out.Registration] = in
	return out, nil
}

// Commit makes the account of a sealed registration.
func (f *Fake) Commit(_ context.Context, in usersapi.Commit) (usersapi.Done, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		return usersapi.Done{}, f.failing
	}
	sealed, ok := f.sealed[in.Registration]
	if !ok {
		return usersapi.Done{}, fault.New(fault.LinkInvalid)
	}
	a := f.draft(sealed)
	if err := f.taken(a.Account); err != nil {
		return usersapi.Done{}, err
	}
	if in.NeedPassword && in.Password.Reveal() != a.password {
		return usersapi.Done{}, fault.New(fault.CredentialsWrong)
	}
	a.EmailVerified, a.verifiedEmail = true, a.Email
	f.accounts[a.ID] = a
	return usersapi.Done{Account: a.shown()}, nil
}

// draft makes an account that is not there yet.
func (f *Fake) draft(in usersapi.Prepare) *account {
	text, err := f.ids.New()
	if err != nil {
		panic(err)
	}
	return &account{
		Account: usersapi.Account{
			ID: id.Account(text), Username: in.Username, Name: in.Username, Email: in.Email,
			Role: usersapi.RoleStandard, Epoch: 1, Locale: in.Locale, CreatedAt: f.now().UTC().Truncate(time.Millisecond),
		},
		password: in.Password.Reveal(),
		apiKey:   apiKey(),
	}
}

var (
	username = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$`)
	foreign  = regexp.MustCompile(`[^A-Za-z0-9]`)
)

// usernameOf makes a username that nobody has of an email.
func (f *Fake) usernameOf(email string) string {
	local, _, _ := strings.Cut(email, "@")
	name := foreign.ReplaceAllString(local, "")
	for !username.MatchString(name) || f.any(usernameIs(name)) != nil {
		name = name[:min(len(name), 20)] + strings.ToLower(letters(4))
	}
	return name
}

// mayRegister refuses what users would, all at once; the owner of a taken email is given while accounts are concealed.
func (f *Fake) mayRegister(a *account) (owner *account, err error) {
	var all refusals
	all.add(utf8.RuneCountInString(a.first) > 100, fault.NameRefused, "firstName", fault.FieldLength)
	all.add(utf8.RuneCountInString(a.last) > 100, fault.NameRefused, "lastName", fault.FieldLength)
	all.add(!username.MatchString(a.Username), fault.UsernameRefused, "username", fault.FieldFormat)
	_, malformed := mail.ParseAddress(a.Email)
	all.add(malformed != nil, fault.EmailMalformed, "email", fault.FieldFormat)
	word := passwordWord(a.password, a.Username, a.Email)
	all.add(word != "", fault.PasswordRefused, "password", word)
	if err := all.err(); err != nil {
		return nil, err
	}
	err = f.taken(a.Account)
	if !f.Conceal || err == nil {
		return nil, err
	}
	if fault.Has(err, fault.EmailTaken) {
		return f.any(emailIs(a.Email)), nil
	}
	return nil, fault.Field(fault.UsernameTaken, "username", fault.FieldTaken)
}

// passwordWord says why a password may not be set; "": it may.
func passwordWord(password, username, email string) string {
	switch n := utf8.RuneCountInString(password); {
	case n < 8:
		return "too_short"
	case n > 256:
		return "too_long"
	case strings.EqualFold(password, username), strings.EqualFold(password, email):
		return "equals_login"
	}
	return ""
}

// taken refuses names that another account than a has, a deleted one too.
func (f *Fake) taken(a usersapi.Account) error {
	var all refusals
	holder := f.any(usernameIs(a.Username))
	all.add(holder != nil && holder.ID != a.ID, fault.UsernameTaken, "username", fault.FieldTaken)
	holder = f.any(emailIs(a.Email))
	all.add(a.Email != "" && holder != nil && holder.ID != a.ID, fault.EmailTaken, "email", fault.FieldTaken)
	return all.err()
}

// refusals collects what is at fault with a request, under the first reason.
type refusals struct{ all *fault.Fault }

func (r *refusals) add(wrong bool, reason fault.Reason, name, word string) {
	switch {
	case !wrong:
	case r.all == nil:
		r.all = fault.Field(reason, name, word)
	default:
		r.all.Fields[name] = word
	}
}

func (r *refusals) err() error {
	if r.all == nil {
		return nil
	}
	return r.all
}
