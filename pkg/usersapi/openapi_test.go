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

	openapitest.Check(t, usersapi.OpenAPI(), "usersapi.go", []openapitest.Operation{
		{
			Path: usersapi.PathSignIn, Status: http.StatusOK,
			In: usersapi.SignIn{Login: login, Password: password, Code: "123456", Device: device}, Out: signedIn,
		},
		{
			Path: usersapi.PathCodeSignIn, Status: http.StatusOK,
			In: usersapi.CodeSignIn{Login: login, Code: "123456", Device: device}, Out: signedIn,
		},
		{
			Path: usersapi.PathSecondFactor, Status: http.StatusOK,
			In: usersapi.SecondFactor{Account: ulid, Epoch: 1, Login: &login, Code: "123456", Device: device}, Out: signedIn,
		},
		{
			Path: usersapi.PathSpendBackupCode, Status: http.StatusOK,
			In: usersapi.SpendBackupCode{Account: ulid, Code: "AAAABBBBCCCC"}, Out: done,
		},
		{Path: usersapi.PathAccount, Status: http.StatusOK, In: usersapi.GetAccount{ID: ulid}, Out: account},
		{
			Path: usersapi.PathFindByEmail, Status: http.StatusOK,
			In: usersapi.FindByEmail{Email: "ada@example.com"}, Out: usersapi.Found{Account: &account},
		},
		{
			Path: usersapi.PathConfirmEmail, Status: http.StatusOK,
			In: usersapi.ConfirmEmail{ID: ulid, Address: "ada@example.com"}, Out: done,
		},
		{
			Path: usersapi.PathDisownEmail, Status: http.StatusOK,
			In: usersapi.DisownEmail{ID: ulid, Address: "ada@example.com"}, Out: done,
		},
		{
			Path: usersapi.PathUndoEmailChange, Status: http.StatusOK,
			In: usersapi.UndoEmailChange{ID: ulid, Address: "ada@example.com"}, Out: done,
		},
		{
			Path: usersapi.PathResetPassword, Status: http.StatusOK,
			In: usersapi.ResetPassword{ID: ulid, Epoch: 1, Address: "ada@example.com", Password: password}, Out: done,
		},
	})
}
