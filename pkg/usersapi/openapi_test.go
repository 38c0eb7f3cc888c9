package usersapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/internal/openapitest"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

func TestTheDocumentDescribesWhatIsSent(t *testing.T) {
	t.Parallel()
	const ulid = "01JD0000000000000000000000"
	login := usersapi.Login{Username: "ada", Email: "ada@example.com"}
	device := usersapi.Device{ID: ulid, Accounts: []id.Account{ulid}}
	account := usersapi.Account{
		ID: ulid, Username: "ada", Name: "Ada", Email: "ada@example.com", EmailVerified: true,
		MailAddress: "ada@example.com", Role: usersapi.RoleAdmin, Epoch: 1, SecondFactor: true, Locale: "en",
		CreatedAt: time.Unix(1, 0).UTC(),
	}
	password := secret.NewWire("a password")
	signedIn := usersapi.SignedIn{Account: account, AMR: []string{"pwd", "otp", "mfa"}, CodeNeeded: true}
	done := usersapi.Done{Account: account}
	actor := usersapi.Actor{Account: ulid, Session: ulid}
	now := time.Unix(1, 0).UTC()
	profile := usersapi.Profile{
		Account: account, FirstName: "Ada", LastName: "Lovelace", Bio: "First", Image: "key", TutorialFinished: true,
		Communities: []string{ulid}, Categories: []string{"go"}, Authenticator: true, UpdatedAt: now,
		Subscription: usersapi.Subscription{Plan: "gold", Status: usersapi.StatusActive, StartsAt: &now, ExpiresAt: &now},
	}

	openapitest.Check(t, usersapi.OpenAPI(), "usersapi.go", []openapitest.Operation{
		{
			Path: usersapi.PathSignIn, Status: http.StatusOK,
			In:  usersapi.SignIn{Login: login, Password: password, Code: "123456", Device: device, Pending: "sealed", TellUnknown: true},
			Out: signedIn,
		},
		{
			Path: usersapi.PathCodeSignIn, Status: http.StatusOK,
			In: usersapi.CodeSignIn{Login: login, Code: "123456", Device: device}, Out: signedIn,
		},
		{
			Path: usersapi.PathSecondFactor, Status: http.StatusOK,
			In: usersapi.SecondFactor{Account: ulid, Epoch: 1, Login: &login, Code: "123456", Device: device}, Out: signedIn,
		},
		{Path: usersapi.PathAccount, Status: http.StatusOK, In: usersapi.GetAccount{ID: ulid}, Out: account},
		{
			Path: usersapi.PathFindByEmail, Status: http.StatusOK,
			In: usersapi.FindByEmail{Email: "ada@example.com"}, Out: usersapi.Found{Account: &account},
		},
		{
			Path: usersapi.PathConfirmEmail, Status: http.StatusOK,
			In: usersapi.ConfirmEmail{ID: ulid, Address: "ada@example.com", Issued: account.CreatedAt}, Out: done,
		},
		{
			Path: usersapi.PathDisownEmail, Status: http.StatusOK,
			In: usersapi.DisownEmail{ID: ulid, Address: "ada@example.com"}, Out: done,
		},
		{
			Path: usersapi.PathUndoEmailChange, Status: http.StatusOK,
			In: usersapi.UndoEmailChange{ID: ulid, Address: "ada@example.com", Issued: account.CreatedAt}, Out: done,
		},
		{
			Path: usersapi.PathResetPassword, Status: http.StatusOK,
			In: usersapi.ResetPassword{ID: ulid, Epoch: 1, Address: "ada@example.com", Password: password}, Out: done,
		},
		{
			Path: usersapi.PathPrepare, Status: http.StatusOK,
			In:  usersapi.Prepare{Username: "ada", Email: "ada@example.com", Password: password, Locale: "en", Address: "192.0.2.1"},
			Out: usersapi.Prepared{Registration: "sealed", UsernameKey: "u:ada", EmailKey: "e:ada@example.com", Owner: &account},
		},
		{
			Path: usersapi.PathCommit, Status: http.StatusOK,
			In: usersapi.Commit{Registration: "sealed", NeedPassword: true, Password: password}, Out: done,
		},
		{
			Path: usersapi.PathCreate, Status: http.StatusOK,
			In: usersapi.Create{
				Username: "ada", Email: "ada@example.com", Password: password, FirstName: "Ada", LastName: "Lovelace", Locale: "en",
				Address: "192.0.2.1", WhileEmpty: true, MakeUsername: true,
			},
			Out: profile,
		},
		{Path: usersapi.PathDelete, Status: http.StatusOK, In: usersapi.Delete{Actor: actor}, Out: done},
		{Path: usersapi.PathProfile, Status: http.StatusOK, In: usersapi.GetProfile{ID: ulid}, Out: profile},
		{
			Path: usersapi.PathFindByAPIKey, Status: http.StatusOK,
			In: usersapi.FindByAPIKey{Key: password}, Out: usersapi.Found{Account: &account},
		},
		{
			Path: usersapi.PathChange, Status: http.StatusOK,
			In: usersapi.Change{
				Actor: actor, Password: password, Code: "123456", Username: &account.Username, Email: &account.Email, NewPassword: &password,
				Address: "192.0.2.1",
			},
			Out: done,
		},
		{Path: usersapi.PathShowAPIKey, Status: http.StatusOK, In: usersapi.ShowAPIKey{Actor: actor}, Out: usersapi.APIKey{Key: password}},
		{Path: usersapi.PathReplaceAPIKey, Status: http.StatusOK, In: usersapi.ReplaceAPIKey{Actor: actor}, Out: usersapi.APIKey{Key: password}},
		{
			Path: usersapi.PathEnrol, Status: http.StatusOK,
			In:  usersapi.Enrol{Actor: actor, Algorithm: "SHA1", Keep: true},
			Out: usersapi.Enrolled{Secret: password, Issuer: "Watchword", Username: "ada"},
		},
		{
			Path: usersapi.PathConfirmFactor, Status: http.StatusOK,
			In:  usersapi.ConfirmFactor{Actor: actor, Code: "123456", BackupCodes: 6, Address: "192.0.2.1"},
			Out: usersapi.BackupCodes{Codes: []usersapi.Secret{password}},
		},
		{Path: usersapi.PathRemoveFactor, Status: http.StatusOK, In: usersapi.RemoveFactor{Actor: actor, Code: "123456"}, Out: done},
		{
			Path: usersapi.PathRecover, Status: http.StatusOK,
			In: usersapi.Recover{Login: login, Password: password, Code: "AAAABBBBCCCC", Device: device}, Out: signedIn,
		},
	})
}
