package legion

import (
	"time"

	legion "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/auth/internal/core"
)

type csrfData struct {
	CSRFToken string `json:"csrfToken"`
}

// who is how both sign-ins name an account: either member must be given; the username counts where both are.
type who struct {
	Username *string `json:"username"`
	Email    *string `json:"email"`
}

func (w who) login() (usersapi.Login, error) {
	switch {
	case w.Username != nil && *w.Username != "":
		return usersapi.Login{Username: *w.Username}, nil
	case w.Email != nil && *w.Email != "":
		return usersapi.Login{Email: *w.Email}, nil
	}
	return usersapi.Login{}, fault.Field(fault.Malformed, "username", fault.FieldMissing)
}

type loginBody struct {
	who
	Password secret.String `json:"password" required:"true"`
	Token    string        `json:"token"`
}

type otpLoginBody struct {
	who
	Token     string        `json:"token" required:"true"`
	Challenge secret.String `json:"challenge"`
}

type emailBody struct {
	Email string `json:"email" required:"true"`
}

type resetBody struct {
	Token    secret.String `json:"token" required:"true"`
	Password secret.String `json:"password" required:"true"`
}

type verifyBody struct {
	Token    secret.String `json:"token" required:"true"`
	Password secret.String `json:"password"` // of a registration, where several wait for one address
}

type signedInData struct {
	ID       id.Account `json:"id"`
	Name     string     `json:"name"`
	Username string     `json:"username"`
	Email    *string    `json:"email"`
	Token    tokenData  `json:"token"`
}

type tokenData struct {
	AccessToken string `json:"accessToken"`
	ExpiresIn   string `json:"expiresIn"`
}

func signedIn(s core.SignedIn) signedInData {
	d := signedInData{
		ID:       s.Account.ID,
		Name:     s.Account.Name,
		Username: s.Account.Username,
		Token:    tokenData{AccessToken: s.Access.Reveal(), ExpiresIn: legion.UnixText(s.AccessExpires)},
	}
	if s.Account.Email != "" {
		d.Email = &s.Account.Email
	}
	return d
}

type sessionData struct {
	ID          id.Session      `json:"id"`
	Dialect     session.Dialect `json:"dialect"`
	Agent       string          `json:"agent"`
	IsCurrent   bool            `json:"isCurrent"`
	CreatedAt   string          `json:"createdAt"`
	RefreshedAt *string         `json:"refreshedAt"`
	ExpiresAt   string          `json:"expiresAt"`
}

type sessionsData struct {
	Sessions []sessionData `json:"sessions"`
}

func sessions(list []session.Session, current id.Session) sessionsData {
	out := sessionsData{Sessions: make([]sessionData, len(list))}
	for i, x := range list {
		out.Sessions[i] = sessionData{
			ID:          x.ID,
			Dialect:     x.Dialect,
			Agent:       x.Agent,
			IsCurrent:   x.ID == current,
			CreatedAt:   legion.Time(x.Created),
			RefreshedAt: optionalTime(x.Refreshed),
			ExpiresAt:   legion.Time(x.Expires),
		}
	}
	return out
}

func optionalTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := legion.Time(t)
	return &s
}

type endedData struct {
	ID id.Session `json:"id"`
}

type endedOthersData struct {
	Ended int `json:"ended"`
}

type verifiedData struct {
	ID            id.Account `json:"id"`
	Email         string     `json:"email"`
	EmailVerified bool       `json:"emailVerified"`
}
