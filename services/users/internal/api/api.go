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
		usersapi.PathAccount:         rpc.Handle(s, http.StatusOK, c.Account),
		usersapi.PathFindByEmail:     rpc.Handle(s, http.StatusOK, c.FindByEmail),
		usersapi.PathConfirmEmail:    rpc.Handle(s, http.StatusOK, c.ConfirmEmail),
		usersapi.PathDisownEmail:     rpc.Handle(s, http.StatusOK, c.DisownEmail),
		usersapi.PathUndoEmailChange: rpc.Handle(s, http.StatusOK, c.UndoEmailChange),
		usersapi.PathResetPassword:   rpc.Handle(s, http.StatusOK, c.ResetPassword),
		usersapi.PathCreate:          rpc.Handle(s, http.StatusOK, c.Register),
		usersapi.PathPrepare:         rpc.Handle(s, http.StatusOK, c.Prepare),
		usersapi.PathCommit:          rpc.Handle(s, http.StatusOK, c.Commit),
		usersapi.PathDelete:          rpc.Handle(s, http.StatusOK, c.DeleteOwn),
		usersapi.PathChange:          rpc.Handle(s, http.StatusOK, c.ChangeOwn),
		usersapi.PathReplaceAPIKey:   rpc.Handle(s, http.StatusOK, c.ReplaceAPIKey),
		usersapi.PathEnrol:           rpc.Handle(s, http.StatusOK, c.EnrolFactor),
		usersapi.PathConfirmFactor:   rpc.Handle(s, http.StatusOK, c.ConfirmFactor),
		usersapi.PathRemoveFactor:    rpc.Handle(s, http.StatusOK, c.RemoveFactor),
		usersapi.PathRecover:         rpc.Handle(s, http.StatusOK, c.Recover),
		usersapi.PathProfile:         rpc.Handle(s, http.StatusOK, c.Profile),
		usersapi.PathFindByAPIKey:    rpc.Handle(s, http.StatusOK, c.FindByAPIKey),
		usersapi.PathShowAPIKey:      rpc.Handle(s, http.StatusOK, c.ShowAPIKey),
	}
}
