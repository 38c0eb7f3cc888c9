package wolf

import (
	"strings"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/auth/internal/core"
)

type registerBody struct {
	Username string        `form:"username" required:"true"`
	Email    string        `form:"email" required:"true"`
	Password secret.String `form:"password" required:"true"`
}

type loginBody struct {
	Email    string        `form:"email" required:"true"`
	Password secret.String `form:"password" required:"true"`
}

type twoFactorBody struct {
	Token secret.String `form:"token" required:"true"`
	Code  string        `form:"code" required:"true"`
}

type refreshBody struct {
	RefreshToken secret.String `form:"refresh_token" required:"true"`
}

// answerBody is a success without content as well as a refusal: the document has the same two members for both.
type answerBody struct {
	Code   string            `json:"code"`
	Error  string            `json:"error"`
	Codes  map[string]string `json:"codes,omitempty"`  // by field
	Errors map[string]string `json:"errors,omitempty"` // by field
}

var (
	pendingConfirmation = answerBody{Code: "PENDING_CONFIRMATION", Error: "Please confirm your email address to complete the registration."}
	loggedOut           = answerBody{Code: "LOGGED_OUT", Error: "You are now logged out."}
)

// addFields names the fields at fault: the word for machines and a sentence of it.
func (b *answerBody) addFields(fields map[string]string) {
	if len(fields) == 0 {
		return
	}
	b.Codes, b.Errors = map[string]string{}, map[string]string{}
	for name, word := range fields {
		b.Codes[name] = strings.ToUpper(word)
		b.Errors[name] = "This field is refused: " + strings.ReplaceAll(word, "_", " ") + "."
	}
}

type challengeBody struct {
	answerBody

	TwoFactor bool   `json:"twoFactor"`
	Token     string `json:"token"`
}

func challenged(token string) challengeBody {
	return challengeBody{
		answerBody: answerBody{Code: "TWO_FACTOR_REQUIRED", Error: "Two Factor is required to complete login."},
		TwoFactor:  true,
		Token:      token,
	}
}

type pairBody struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
}

func pair(s core.SignedIn) pairBody {
	return pairBody{AccessToken: s.Access.Reveal(), RefreshToken: s.Refresh.Reveal()}
}

type signedInBody struct {
	pairBody

	TwoFactor bool `json:"twoFactor"`
}
