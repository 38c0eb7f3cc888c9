package users_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users"
)

func TestAnAccountsLife(t *testing.T) {
	t.Parallel()
	s := start(t)
	made := s.do(t, http.MethodPost, "/users", "",
		`{"name":"Ada","username":"ada","email":"ada@example.com","password":"`+goodPassword+`"}`, http.StatusCreated)
	path := "/users/" + made["id"].(string)

	eventually(t, "the mail for the address", func() bool { return len(s.mails.Messages()) == 1 })
	if m := s.mails.Messages()[0]; m.Template != mailapi.Verification || !strings.HasPrefix(m.Data["link"], s.public+"/verify?token=") {
		t.Errorf("mail: %+v", m)
	}
	_, err := s.users.ConfirmEmail(t.Context(), usersapi.ConfirmEmail{ID: id.Account(made["id"].(string)), Address: "ada@example.com"})
	check(t, err)

	here, elsewhere := s.signIn(t, "ada", goodPassword), s.signIn(t, "ADA", goodPassword)
	if got := s.do(t, http.MethodGet, path, here, "", http.StatusOK); got["email"] != "ada@example.com" {
		t.Errorf("the owner sees %v", got["email"])
	}
	s.do(t, http.MethodPut, path+"/password", here, `{"password":"`+goodPassword+`","newPassword":"another horse battery"}`, http.StatusOK)
	s.do(t, http.MethodGet, path, elsewhere, "", http.StatusUnauthorized)
	s.do(t, http.MethodGet, path, here, "", http.StatusOK)
	s.do(t, http.MethodDelete, path, here, "", http.StatusOK)
	s.do(t, http.MethodGet, path, here, "", http.StatusUnauthorized)
	s.do(t, http.MethodGet, path, "", "", http.StatusNotFound)
	_, err = s.users.Account(t.Context(), usersapi.GetAccount{ID: id.Account(made["id"].(string))})
	if !fault.Has(err, fault.AccountUnknown) {
		t.Errorf("auth is told of the deleted account: %v", err)
	}
	for _, secret := range []string{goodPassword, "another horse battery", "ada@example.com", here} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}

func TestTheFirstAdminComesFromTheConfiguration(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *users.Config) {
		c.AdminUsername, c.AdminEmail, c.AdminPassword = "root", "root@example.com", secret.New(goodPassword)
	})
	made := s.do(t, http.MethodPost, "/users", "", `{"name":"Ada","username":"ada","password":"`+goodPassword+`"}`, http.StatusCreated)
	path := "/users/" + made["id"].(string)
	admin, ada := s.signIn(t, "root", goodPassword), s.signIn(t, "ada", goodPassword)
	s.do(t, http.MethodPut, path+"/role", admin, `{"role":"admin"}`, http.StatusOK)
	s.do(t, http.MethodGet, path, ada, "", http.StatusUnauthorized)
}

func TestWithoutRedisOnlyPublicReadsWork(t *testing.T) {
	t.Parallel()
	closed := listen(t)
	check(t, closed.Close())
	s := start(t, func(c *users.Config) { c.RedisURL = secret.New("redis://" + closed.Addr().String()) })
	s.do(t, http.MethodGet, "/users", "", "", http.StatusOK)
	token, _, err := s.minter.Mint(token.Access{
		Account: "01JD0000000000000000000000", Session: "01JD0000000000000000000001", Role: "standard", AMR: []string{"pwd"},
	}, time.Now().Add(time.Hour))
	check(t, err)
	s.do(t, http.MethodGet, "/users", token.Reveal(), "", http.StatusServiceUnavailable)
	s.do(t, http.MethodPost, "/users", "", `{"name":"Ada","username":"ada","password":"`+goodPassword+`"}`, http.StatusServiceUnavailable)
}

func TestMetricsHaveTheirNames(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do(t, http.MethodPost, "/users", "", `{"name":"Ada","username":"ada","password":"`+goodPassword+`"}`, http.StatusCreated)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.admin+"/metrics", nil)
	check(t, err)
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	for _, line := range []string{
		`watchword_hash_slots{state="busy"} 0`, `watchword_hash_slots{state="free"} `, `watchword_hash_wait_seconds_count 1`,
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("%s is missing", line)
		}
	}
}

func TestRunWaitsForMongoDBAndStopsWhenAsked(t *testing.T) {
	t.Parallel()
	closed := listen(t)
	check(t, closed.Close())
	s := start(t, func(c *users.Config) { c.MongoDBURI = secret.New("mongodb://" + closed.Addr().String()) })
	check(t, s.stop())
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.public, "http://")); err == nil {
		t.Error("the listener is still open")
	}
}
