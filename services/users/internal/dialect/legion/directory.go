package legion

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Directory says who may read accounts, and what of their emails.
type Directory string

// The directories. An account's owner and admins always see the email.
const (
	Masked  Directory = "masked"  // anyone; other people's emails masked
	Open    Directory = "open"    // anyone, emails too
	Members Directory = "members" // signed-in people; other people's emails masked
)

// UnmarshalText reads a setting.
func (d *Directory) UnmarshalText(text []byte) error {
	switch v := Directory(text); v {
	case Masked, Open, Members:
		*d = v
		return nil
	}
	return fmt.Errorf("%q is none of masked, open, members", text)
}

// viewer is who reads: nobody where the principal's account is empty.
type viewer struct {
	directory Directory
	who       session.Principal
}

// viewer refuses strangers where only members may read.
func (h Handler) viewer(c *fiber.Ctx) (viewer, error) {
	who, ok := web.Principal(c)
	if !ok && h.Directory == Members {
		return viewer{}, fault.New(fault.Unauthenticated)
	}
	return viewer{h.Directory, who}, nil
}

func (v viewer) admin() bool { return v.who.Role == usersapi.RoleAdmin }

func (v viewer) sees(account id.Account) bool {
	return v.directory == Open || v.admin() || v.who.Account == account
}

// email is a's as the viewer may see it; nil where there is none.
func (v viewer) email(a core.Account) *string {
	email := a.Email
	if !v.sees(a.ID) {
		email = core.MaskEmail(email)
	}
	return optional(email)
}
