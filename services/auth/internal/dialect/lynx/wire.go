package lynx

import (
	"net/url"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

type loginBody struct {
	Username string        `json:"username" required:"true"`
	Password secret.String `json:"password" required:"true"`
	Token    string        `json:"token"`
}

type registerBody struct {
	Username string        `json:"username" required:"true"`
	Password secret.String `json:"password" required:"true"`
	Email    string        `json:"email" required:"true"`
}

type enableBody struct {
	Token string `json:"token" required:"true"`
}

type disableBody struct {
	Token string `json:"token"`
}

type recoverBody struct {
	Username   string        `json:"username" required:"true"`
	Password   secret.String `json:"password" required:"true"`
	BackupCode string        `json:"backupCode" required:"true"`
}

// proof is what confirms a change.
type proof struct {
	Password secret.String `json:"password" required:"true"`
	Token    string        `json:"token"`
}

type emailBody struct {
	proof
	NewEmail string `json:"newEmail" required:"true"`
}

type passwordBody struct {
	proof
	NewPassword secret.String `json:"newPassword" required:"true"`
}

type usernameBody struct {
	proof
	NewUsername string `json:"newUsername" required:"true"`
}

// answerBody is every answer: a success with a message, a result or both, and a refusal with a message and maybe details.
type answerBody struct {
	Success bool         `json:"success"`
	Message string       `json:"message,omitempty"`
	Result  any          `json:"result,omitempty"`
	Details *detailsBody `json:"details,omitempty"`
}

func success(message string) answerBody { return answerBody{Success: true, Message: message} }
func result(value any) answerBody       { return answerBody{Success: true, Result: value} }

type detailsBody struct {
	Invalid *namesBody `json:"invalid,omitempty"`
	Exists  *namesBody `json:"exists,omitempty"`
}

type namesBody struct {
	Email    bool `json:"email"`
	Username bool `json:"username"`
	Password bool `json:"password"`
}

// namesOf tells which of the three are among fields, under the names that a registration and the changes have for them.
func namesOf(fields map[string]string) *namesBody {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := fields[name]; ok {
				return true
			}
		}
		return false
	}
	return &namesBody{
		Email:    has("email", "newEmail"),
		Username: has("username", "newUsername"),
		Password: has("password", "newPassword"),
	}
}

type accountBody struct {
	ID       id.Account `json:"id"`
	Username string     `json:"username"`
	Email    string     `json:"email"`
	Role     string     `json:"role"`
	Secret   string     `json:"secret"`
	TOTP     bool       `json:"totp"`
}

func accountOf(a usersapi.Account, key secret.String) accountBody {
	return accountBody{
		ID: a.ID, Username: a.Username, Email: a.Email, Role: a.Role, Secret: key.Reveal(), TOTP: a.SecondFactor,
	}
}

type totpBody struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
}

// totpOf words the URI as the document does, the issuer first and in the label too.
func totpOf(e usersapi.Enrolled) totpBody {
	text, issuer := e.Secret.Reveal(), url.PathEscape(e.Issuer)
	return totpBody{
		Secret: text,
		URI: "otpauth://totp/" + issuer + ":" + url.PathEscape(e.Username) + "?issuer=" + issuer + "&secret=" + text +
			"&algorithm=" + algorithm + "&digits=6&period=30",
	}
}

type codesBody struct {
	BackupCodes []string `json:"backupCodes"`
}

func codesOf(codes []secret.String) codesBody {
	out := codesBody{BackupCodes: make([]string, len(codes))}
	for i, code := range codes {
		out.BackupCodes[i] = code.Reveal()
	}
	return out
}

type secretBody struct {
	Secret string `json:"secret"`
}
