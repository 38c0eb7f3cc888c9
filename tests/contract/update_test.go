package contract

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestUpdateAnswersAsTheDocument(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	renamed := kit.Name()
	email := renamed + "@example.com"
	a := c.Put("/users/"+acc.ID, object{"name": "New Name", "username": renamed, "email": email}).
		Says(http.StatusOK, "User updated successfully!")
	if diff := cmp.Diff([]string{"createdAt", "email", "id", "isActive", "name", "username"}, members(t, a)); diff != "" {
		t.Errorf("members of data (-want +got):\n%s", diff)
	}
	u := kit.Data[kit.User](a)
	if u.ID != acc.ID || u.Name != "New Name" || u.Username != renamed || u.Email == nil || *u.Email != email || !u.IsActive {
		t.Errorf("data %s", a.Body)
	}
	s.Client(t).Login(renamed, acc.Password).Want(http.StatusOK)
	s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusUnauthorized, "invalid_credentials")
	if !c.Alive() {
		t.Error("a rename ended the session")
	}
}

func TestAnOldNameIsFreeAndAnOldTokenMeansTheOldAccount(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	c.Put("/users/"+acc.ID, object{"name": acc.Name, "username": kit.Name()}).Want(http.StatusOK)
	next := s.Client(t).Register(kit.Account{Username: acc.Username})
	if got := check(t, c).User.ID; got != acc.ID || next.ID == acc.ID {
		t.Errorf("the token means %s", got)
	}
	c.Put("/users/"+next.ID, object{"name": "J", "username": acc.Username}).Refused(http.StatusForbidden, "forbidden")
}

func TestAnAbsentEmailStaysAndNullRemovesIt(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	u := kit.Data[kit.User](c.Put("/users/"+acc.ID, object{"name": acc.Name, "username": acc.Username}).Want(http.StatusOK))
	if u.Email == nil || *u.Email != acc.Email {
		t.Errorf("an absent email makes it %v", u.Email)
	}
	u = kit.Data[kit.User](c.Put("/users/"+acc.ID, object{"name": acc.Name, "username": acc.Username, "email": nil}).Want(http.StatusOK))
	if u.Email != nil {
		t.Errorf("null makes it %v", *u.Email)
	}
	s.Client(t).Register(kit.Account{Email: acc.Email}) // which is free again
}

func TestATakenNameOrEmailIs409(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	other := s.RegisterEmail(t)
	c, acc := s.SignUp(t)
	c.Put("/users/"+acc.ID, object{"name": "J", "username": other.Username}).Refused(http.StatusConflict, "username_taken").Field("username", "taken")
	c.Put("/users/"+acc.ID, object{"name": "J", "username": acc.Username, "email": other.Email}).
		Refused(http.StatusConflict, "email_taken").Field("email", "taken")
	c.Put("/users/"+acc.ID, object{"name": "J", "username": acc.Username}).Want(http.StatusOK)
}

func TestUpdateRules(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	path := "/users/" + acc.ID
	c.Put(path, object{"name": "J", "username": "a b"}).Refused(http.StatusUnprocessableEntity, "username_refused")
	c.Put(path, object{"name": "", "username": acc.Username}).Refused(http.StatusUnprocessableEntity, "name_refused")
	c.Put(path, object{"name": "J", "username": acc.Username, "email": "nonsense"}).Refused(http.StatusBadRequest, "email_malformed")
	c.Put(path, object{"username": acc.Username}).Refused(http.StatusBadRequest, "bad_request").Field("name", "missing")
	c.Put(path, object{"name": "J"}).Refused(http.StatusBadRequest, "bad_request").Field("username", "missing")
}

func TestChangesAreTheOwnersOrAnAdmins(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	other, _ := s.SignUp(t)
	path := "/users/" + acc.ID
	body := object{"name": "By Another", "username": acc.Username}
	for name, send := range map[string]func(c *kit.Client) *kit.Answer{
		"PUT":    func(c *kit.Client) *kit.Answer { return c.Put(path, body) },
		"DELETE": func(c *kit.Client) *kit.Answer { return c.Delete(path, nil) },
		"password": func(c *kit.Client) *kit.Answer {
			return c.Put(path+"/password", object{"password": acc.Password, "newPassword": kit.Password()})
		},
		"restore":  func(c *kit.Client) *kit.Answer { return c.Post(path+"/restore", nil) },
		"standing": func(c *kit.Client) *kit.Answer { return c.Patch(path+"/standing", object{"kats": 1}) },
		"role":     func(c *kit.Client) *kit.Answer { return c.Put(path+"/role", object{"role": "admin"}) },
	} {
		t.Run(name, func(t *testing.T) {
			send(s.Client(t)).Refused(http.StatusUnauthorized, "unauthenticated")
			send(other).Refused(http.StatusForbidden, "forbidden")
		})
	}
	u := kit.Data[kit.User](s.Client(t).Get(path).Want(http.StatusOK))
	if u.Name != acc.Name || u.Kats != 0 || !u.IsActive {
		t.Errorf("changed by strangers: %+v", u)
	}
	s.Admin(t).Put(path, object{"name": "By An Admin", "username": acc.Username}).Want(http.StatusOK)
	if got := kit.Data[kit.User](s.Client(t).Get(path)).Name; got != "By An Admin" {
		t.Errorf("name %q", got)
	}
}

func TestAdminsSetNobodysPassword(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	s.Admin(t).Put("/users/"+acc.ID+"/password", object{"password": acc.Password, "newPassword": kit.Password()}).
		Refused(http.StatusForbidden, "forbidden")
	s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusOK)
}

func TestVersionConflict(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	admin := s.Admin(t)
	path := "/users/" + acc.ID
	tag := c.Get(path).Header.Get("ETag")
	send := func(client *kit.Client, method, path, tag string, body object) *kit.Answer {
		return client.Do(kit.Request{Method: method, Path: path, Body: body, Header: map[string]string{"If-Match": tag}})
	}
	name := object{"name": "Another", "username": acc.Username}
	fresh := send(c, "PUT", path, tag, name).Want(http.StatusOK).Header.Get("ETag")
	if fresh == "" || fresh == tag || fresh != c.Get(path).Header.Get("ETag") {
		t.Errorf("tags %q, then %q", tag, fresh)
	}
	for method, attempt := range map[string]func(tag string) *kit.Answer{
		"PUT":      func(tag string) *kit.Answer { return send(c, "PUT", path, tag, name) },
		"standing": func(tag string) *kit.Answer { return send(admin, "PATCH", path+"/standing", tag, object{"kats": 1}) },
		"role":     func(tag string) *kit.Answer { return send(admin, "PUT", path+"/role", tag, object{"role": "standard"}) },
		"password": func(tag string) *kit.Answer {
			return send(c, "PUT", path+"/password", tag, object{"password": acc.Password, "newPassword": kit.Password()})
		},
		"DELETE": func(tag string) *kit.Answer { return send(c, "DELETE", path, tag, nil) },
	} {
		for _, stale := range []string{tag, `"0"`, `"999"`, "nonsense", `W/` + fresh} {
			a := attempt(stale)
			if a.Status != http.StatusConflict || a.Code() != "version_conflict" {
				t.Errorf("%s with %s: status %d, body %s", method, stale, a.Status, a.Body)
			}
		}
	}
	send(c, "PUT", path, "*", name).Want(http.StatusOK)
	send(c, "DELETE", path, c.Get(path).Header.Get("ETag"), nil).Want(http.StatusOK)
}

func TestOnlyOneOfTwoChangesOfAVersionWins(t *testing.T) {
	t.Parallel()
	c, acc := kit.Shared(t).SignUp(t)
	path := "/users/" + acc.ID
	tag := c.Get(path).Header.Get("ETag")
	answers := make([]*kit.Answer, 20)
	kit.Parallel(len(answers), func(i int) {
		answers[i] = c.Clone().Do(kit.Request{
			Method: "PUT", Path: path, Body: object{"name": "Racer", "username": acc.Username}, Header: map[string]string{"If-Match": tag},
		})
	})
	want := map[int]int{http.StatusOK: 1, http.StatusConflict: len(answers) - 1}
	if diff := cmp.Diff(want, statuses(answers)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	c, other := s.SignIn(t, acc), s.SignIn(t, acc)
	path, fresh := "/users/"+acc.ID+"/password", kit.Password()
	c.Put(path, object{"password": kit.Password(), "newPassword": fresh}).Refused(http.StatusUnauthorized, "invalid_credentials")
	c.Put(path, object{"password": acc.Password, "newPassword": "short"}).
		Refused(http.StatusUnprocessableEntity, "password_refused").Field("newPassword", "too_short")
	c.Put(path, object{"newPassword": fresh}).Refused(http.StatusBadRequest, "bad_request").Field("password", "missing")
	if !other.Alive() {
		t.Fatal("a refused change ended a session")
	}
	c.Put(path, object{"password": acc.Password, "newPassword": fresh}).Says(http.StatusOK, "Password changed successfully!")
	if !c.Alive() || other.Alive() {
		t.Error("all other sessions must end, and the one that asked live on")
	}
	other.Refresh().Refused(http.StatusUnauthorized, "invalid_refresh_token")
	c.Took(c.Refresh().Want(http.StatusOK))
	s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusUnauthorized, "invalid_credentials")
	s.Client(t).Login(acc.Username, fresh).Want(http.StatusOK)
	s.Notice(t, acc.Email, "Your password was changed")
}
