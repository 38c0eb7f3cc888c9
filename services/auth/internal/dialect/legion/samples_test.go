package legion_test

import (
	"fmt"
	"testing"

	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/usersapi/userscontract"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// The ids and tokens of the samples are drawn anew each time; what else they print is held to the letter. So are the
// members: the document's list for the sign-in by code has a refresh token that its sample lacks, and a body never has one.
func TestTheDocumentsSamples(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.Users.Add(userscontract.Person{
		Username: "jhondoe123", Email: "john.doe@example.com", Password: coretest.Password, Factor: userscontract.Optional,
	})
	s.Users.Alter(a.ID, func(a *usersapi.Account) { a.Name = "John Doe" })
	vary := []string{"id", "accessToken", "expiresIn"}

	login := s.post(t, "/users/login", fmt.Sprintf(`{"username":"jhondoe123","password":%q}`, coretest.Password))
	login.Like(t, 200, "login", vary...)
	in := tokens(t, login)
	s.post(t, "/users/auth/refresh", "", in.bearer, in.refresh).Like(t, 200, "refresh", vary...)
	s.post(t, "/users/otp/login", fmt.Sprintf(`{"email":"john.doe@example.com","token":%q}`, s.Users.Code(a.ID))).
		Like(t, 200, "otp-login", vary...)
}
