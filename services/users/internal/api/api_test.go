package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/usersclient"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/users/internal/api"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func TestTheServiceKeepsTheContract(t *testing.T) {
	t.Parallel()
	userscontract.Test(t, func(t *testing.T, with userscontract.Settings) userscontract.Subject {
		f := coretest.New(t, func(d *core.Deps) {
			d.Settings.Conceal, d.Settings.Demo, d.Settings.Registration = with.Conceal, with.Demo, !with.Closed
		})
		return userscontract.Subject{
			Users:    usersclient.New(rpctest.Join(t, "auth", "users", routes(f.Core))),
			Add:      func(t *testing.T, p userscontract.Person) usersapi.Account { return add(t, f, p) },
			SetEmail: func(t *testing.T, account id.Account, email string) { setEmail(t, f, account, email) },
			Delete: func(t *testing.T, account id.Account) {
				if _, err := f.Delete(t.Context(), coretest.Actor(f.Get(t, account)), account, nil); err != nil {
					t.Fatal(err)
				}
			},
			Code:    func(t *testing.T, account id.Account) string { return f.Code(t, account) },
			Advance: func(d time.Duration) { f.Clock.Advance(d) },
		}
	})
}

func routes(c *core.Core) func(*rpc.Server) http.Handler {
	return func(s *rpc.Server) http.Handler {
		mux := http.NewServeMux()
		for path, operation := range api.Operations(s, c) {
			mux.Handle(path, operation)
		}
		return mux
	}
}

func add(t *testing.T, f *coretest.Fixture, p userscontract.Person) usersapi.Account {
	t.Helper()
	made := f.Add(t, coretest.Person{
		Username:    p.Username,
		Email:       p.Email,
		Password:    p.Password,
		Verified:    p.Verified,
		Enabled:     p.Factor != userscontract.None,
		Required:    p.Factor == userscontract.Required,
		BackupCodes: p.BackupCodes,
		Admin:       p.Admin,
	})
	told, err := f.Account(t.Context(), usersapi.GetAccount{ID: made.ID})
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// setEmail changes it as the owner does, with the code that a second factor asks for.
func setEmail(t *testing.T, f *coretest.Fixture, account id.Account, email string) {
	t.Helper()
	a := f.Get(t, account)
	_, err := f.Update(t.Context(), core.Update{
		Actor: coretest.Actor(a), Account: account, Name: a.Name, Username: a.Username, SetEmail: true, Email: &email,
	})
	if err != nil {
		t.Fatal(err)
	}
}
