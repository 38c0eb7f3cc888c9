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
	mux.Handle(usersapi.PathAccount, rpc.Handle(s, http.StatusOK, f.Account))
	mux.Handle(usersapi.PathFindByEmail, rpc.Handle(s, http.StatusOK, f.FindByEmail))
	mux.Handle(usersapi.PathConfirmEmail, rpc.Handle(s, http.StatusOK, f.ConfirmEmail))
	mux.Handle(usersapi.PathDisownEmail, rpc.Handle(s, http.StatusOK, f.DisownEmail))
	mux.Handle(usersapi.PathUndoEmailChange, rpc.Handle(s, http.StatusOK, f.UndoEmailChange))
	mux.Handle(usersapi.PathResetPassword, rpc.Handle(s, http.StatusOK, f.ResetPassword))
	mux.Handle(usersapi.PathCreate, rpc.Handle(s, http.StatusOK, f.Create))
	mux.Handle(usersapi.PathPrepare, rpc.Handle(s, http.StatusOK, f.Prepare))
	mux.Handle(usersapi.PathCommit, rpc.Handle(s, http.StatusOK, f.Commit))
	mux.Handle(usersapi.PathDelete, rpc.Handle(s, http.StatusOK, f.Delete))
	mux.Handle(usersapi.PathChange, rpc.Handle(s, http.StatusOK, f.Change))
	mux.Handle(usersapi.PathReplaceAPIKey, rpc.Handle(s, http.StatusOK, f.ReplaceAPIKey))
	mux.Handle(usersapi.PathEnrol, rpc.Handle(s, http.StatusOK, f.Enrol))
	mux.Handle(usersapi.PathConfirmFactor, rpc.Handle(s, http.StatusOK, f.ConfirmFactor))
	mux.Handle(usersapi.PathRemoveFactor, rpc.Handle(s, http.StatusOK, f.RemoveFactor))
	mux.Handle(usersapi.PathRecover, rpc.Handle(s, http.StatusOK, f.Recover))
	mux.Handle(usersapi.PathProfile, rpc.Handle(s, http.StatusOK, f.Profile))
	mux.Handle(usersapi.PathFindByAPIKey, rpc.Handle(s, http.StatusOK, f.FindByAPIKey))
	mux.Handle(usersapi.PathShowAPIKey, rpc.Handle(s, http.StatusOK, f.ShowAPIKey))
	return mux
}
