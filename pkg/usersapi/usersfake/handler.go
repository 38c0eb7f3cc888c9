package usersfake

import (
	"net/http"

	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Handler serves the fake at usersapi's paths, for tests that want the hop too.
func (f *Fake) Handler(s *rpc.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(usersapi.PathSignIn, rpc.Handle(s, http.StatusOK, f.SignIn))
	mux.Handle(usersapi.PathCodeSignIn, rpc.Handle(s, http.StatusOK, f.CodeSignIn))
	mux.Handle(usersapi.PathSecondFactor, rpc.Handle(s, http.StatusOK, f.SecondFactor))
	mux.Handle(usersapi.PathSpendBackupCode, rpc.Handle(s, http.StatusOK, f.SpendBackupCode))
	mux.Handle(usersapi.PathAccount, rpc.Handle(s, http.StatusOK, f.Account))
	mux.Handle(usersapi.PathFindByEmail, rpc.Handle(s, http.StatusOK, f.FindByEmail))
	mux.Handle(usersapi.PathConfirmEmail, rpc.Handle(s, http.StatusOK, f.ConfirmEmail))
	mux.Handle(usersapi.PathDisownEmail, rpc.Handle(s, http.StatusOK, f.DisownEmail))
	mux.Handle(usersapi.PathUndoEmailChange, rpc.Handle(s, http.StatusOK, f.UndoEmailChange))
	mux.Handle(usersapi.PathResetPassword, rpc.Handle(s, http.StatusOK, f.ResetPassword))
	return mux
}
