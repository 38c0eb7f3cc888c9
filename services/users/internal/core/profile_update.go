package core

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/picture"
)

// maxBio is in characters.
const maxBio = 1000

// pictureRule is for uploads by account, as each may cost a second of a CPU.
var pictureRule = limit.Rule{Name: "picture", Count: 30, Per: time.Hour}

// UpdateProfile is what a person changes about themselves; nil leaves a thing as it is.
type UpdateProfile struct {
	Actor     Actor
	Name      *string
	FirstName *string // empty: none from then on; LastName and Bio too
	LastName  *string
	Bio       *string
	// Picture replaces the one the account has; RemovePicture takes it away.
	Picture       *picture.File
	RemovePicture bool
}

// UpdateProfile changes the actor's profile, all of it or nothing. Faults: NameRefused, ValueRefused, TooLarge,
// ImageRefused (profileImage), Unauthenticated, Throttled, Overloaded, VersionConflict.
func (c *Core) UpdateProfile(ctx context.Context, in UpdateProfile) (usersapi.Profile, error) {
	if err := in.check(); err != nil {
		return usersapi.Profile{}, err
	}
	who, err := c.self(ctx, in.Actor)
	if err != nil {
		return usersapi.Profile{}, err
	}
	var added, taken Picture
	if in.Picture != nil {
		if added, err = c.addPicture(ctx, who.ID, *in.Picture); err != nil {
			return usersapi.Profile{}, err
		}
	}
	a, err := c.change(ctx, who.ID, nil, func(a *Account) (err error) {
		in.apply(a)
		if in.Picture != nil || in.RemovePicture {
			taken, err = c.swapPicture(ctx, a, added.Key)
		}
		return err
	})
	if err != nil {
		return usersapi.Profile{}, err // a picture that was added stays in doubt: the sweep finds that nobody shows it
	}
	for _, p := range []Picture{added, taken} {
		if p.Key == "" {
			continue
		}
		if err := c.settlePicture(ctx, a.Profile.Image, p); err != nil {
			c.Logger.WarnContext(ctx, "picture left in doubt", "account_id", a.ID, "error", err)
		}
	}
	return a.profile(), nil
}

// check trims the texts in place and refuses what is out of bounds.
func (in *UpdateProfile) check() error {
	for _, name := range []struct {
		field     string
		text      *string
		removable bool
	}{{"name", in.Name, false}, {"firstName", in.FirstName, true}, {"lastName", in.LastName, true}} {
		if name.text == nil {
			continue
		}
		trimmed := strings.TrimSpace(*name.text)
		if trimmed != "" || !name.removable {
			var err error
			if trimmed, err = CheckName(name.field, trimmed); err != nil {
				return err
			}
		}
		*name.text = trimmed
	}
	if in.Bio == nil {
		return nil
	}
	*in.Bio = strings.TrimSpace(strings.ReplaceAll(*in.Bio, "\r\n", "\n")) // as forms send the ends of lines
	switch {
	case utf8.RuneCountInString(*in.Bio) > maxBio:
		return fault.Field(fault.ValueRefused, "bio", fault.FieldLength)
	case strings.ContainsFunc(*in.Bio, func(r rune) bool { return r != '\n' && r != '\t' && hidden(r) }):
		return fault.Field(fault.ValueRefused, "bio", fault.FieldFormat)
	}
	return nil
}

// apply sets the texts.
func (in *UpdateProfile) apply(a *Account) {
	for _, text := range []struct{ to, from *string }{
		{&a.Name, in.Name},
		{&a.Profile.FirstName, in.FirstName},
		{&a.Profile.LastName, in.LastName},
		{&a.Profile.Bio, in.Bio},
	} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
}

// convert makes the picture of an upload.
func (c *Core) convert(ctx context.Context, f picture.File) (picture.Picture, error) {
	if len(f.Bytes) > picture.MaxBytes {
		return picture.Picture{}, fault.Field(fault.TooLarge, "profileImage", fault.FieldLength)
	}
	p, err := c.pictures.Convert(ctx, f)
	var refused *picture.RefusedError
	switch {
	case errors.As(err, &refused):
		return picture.Picture{}, fault.Field(fault.ImageRefused, "profileImage", refused.Why)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled): // others were decoded all the while
		return picture.Picture{}, (&fault.Fault{Reason: fault.Overloaded, RetryAfter: time.Second}).Because(err)
	}
	return p, err
}
