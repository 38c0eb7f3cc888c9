package nerdcult

import (
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
)

type registerBody struct {
	Username string        `json:"username" required:"true"`
	Password secret.String `json:"password" required:"true"`
	Email    string        `json:"email" required:"true"`
}

type verifyBody struct {
	Token    secret.String `json:"token" required:"true"`
	Password secret.String `json:"password"`
}

type authenticateBody struct {
	Username string        `json:"username" required:"true"`
	Password secret.String `json:"password" required:"true"`
	Code     string        `json:"code"`
}

type endTokenBody struct {
	Token secret.String `json:"token" required:"true"`
}

type emptyBody struct{}

type tokenBody struct {
	Token string `json:"token"`
}

type tokensBody struct {
	Tokens [][2]any `json:"tokens"` // a token or its id part, and when it expires in seconds since 1970
}

// tokens lists sessions; the one that asks by its whole token, the others by what names them alone.
func tokens(list []session.Session, current id.Session, bearer string) tokensBody {
	out := tokensBody{Tokens: make([][2]any, len(list))}
	for i, x := range list {
		text := string(x.Account) + "-" + string(x.ID)
		if x.ID == current {
			text = bearer
		}
		out.Tokens[i] = [2]any{text, x.Expires.Unix()}
	}
	return out
}

type conflictBody struct {
	Conflict string `json:"conflict"`
}

type errorBody struct {
	Error  string            `json:"error"`
	Fields map[string]string `json:"fields,omitempty"`
}
