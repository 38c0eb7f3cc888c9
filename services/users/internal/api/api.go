// Package api serves usersapi, the internal API that auth calls. It holds no rule: each operation is one call of core.
package api

import (
	"net/http"

	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Operations gives each operation's handler by its path.
func Operations(s *rpc.Server, c *core.Core) map[string]http.Handler {
	return map[string]http.Handler{
		usersapi.PathSignIn:          rpc.Handle(s, http.StatusOK, c.SignIn),
		usersapi.PathCodeSignIn:      rpc.Handle(s, http.StatusOK, c.CodeSignIn),
		usersapi.PathSecondFactor:    rpc.Handle(s, http.StatusOK, c.SecondFactor),
		usersapi.PathSpendBackupCode: rpc.Handle(s, http.StatusOK, c.SpendBackupCode),
		usersapi.PathAccount:         rpc.Handle(s, http.StatusOK, c.Account),
		usersapi.PathFindByEmail:     rpc.Handle(s, http.StatusOK, c.FindByEmail),
		usersapi.PathConfirmEmail:    rpc.Handle(s, http.StatusOK, c.ConfirmEmail),
		usersapi.PathDisownEmail:     rpc.Handle(s, http.StatusOK, c.DisownEmail),
		usersapi.PathUndoEmailChange: rpc.Handle(s, http.StatusOK, c.UndoEmailChange),
		usersapi.PathResetPassword:   rpc.Handle(s, http.StatusOK, c.ResetPassword),
	}
}
