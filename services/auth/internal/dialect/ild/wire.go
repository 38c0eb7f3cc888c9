package ild

import (
	dialect "github.com/watchword/watchword/pkg/dialect/ild"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

type loginBody struct {
	Email    string        `json:"email" required:"true"`
	Password secret.String `json:"password" required:"true"`
	Code     string        `json:"code"`
}

type registerBody struct {
	Email     string        `json:"email" required:"true"`
	Password  secret.String `json:"password" required:"true"`
	FirstName string        `json:"firstName" required:"true"`
	LastName  string        `json:"lastName" required:"true"`
}

func (b registerBody) create() usersapi.Create {
	return usersapi.Create{
		MakeUsername: true, Email: b.Email, Password: usersapi.Secret{String: b.Password}, FirstName: b.FirstName, LastName: b.LastName,
	}
}

type verifyBody struct {
	Token    secret.String `json:"token" required:"true"`
	Password secret.String `json:"password"`
}

type emailBody struct {
	Email string `json:"email" required:"true"`
}

type resetBody struct {
	Password secret.String `json:"password" required:"true"`
}

type loginAnswer struct {
	Token string       `json:"token"`
	User  dialect.User `json:"user"`
}

type tokenAnswer struct {
	Token string `json:"token"`
}

type checkAnswer struct {
	Authenticated bool        `json:"authenticated"`
	User          checkedUser `json:"user"`
}

type checkedUser struct {
	ID            id.Account `json:"id"`
	Email         *string    `json:"email"`
	EmailVerified bool       `json:"emailVerified"`
	Role          string     `json:"role"`
}
