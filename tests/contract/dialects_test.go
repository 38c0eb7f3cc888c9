package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// doors are a request of each dialect that is answered 404 only where the dialect is off; on both bases where there are two.
var doors = map[string][]kit.Request{
	"legion":   {{Method: "GET", Path: "/csrf-token"}, {Method: "GET", Path: "/users"}, {Method: "POST", Path: "/users/login", Body: object{}}},
	"nerdcult": {{Method: "POST", Path: "/account/register", Body: object{}}, {Method: "GET", Path: "/account/tokens"}},
	"ild":      {{Method: "GET", Path: "/sign/check"}, {Method: "POST", Path: "/sign/login", Body: object{}}, {Method: "GET", Path: "/user/profile"}},
	"wolf": {
		formTo("/auth/login"), formTo("/api/auth/login"), formTo("/auth/register"), formTo("/api/auth/register"),
		formTo("/auth/two-factor"), formTo("/auth/refresh"), formTo("/auth/logout"), formTo("/api/auth/logout"),
	},
	"lynx": {
		{Method: "POST", Path: "/auth/login", Body: object{}},
		{Method: "POST", Path: "/api/auth/login", Body: object{}},
		{Method: "POST", Path: "/auth/register", Body: object{}},
		{Method: "POST", Path: "/api/auth/register", Body: object{}},
		{Method: "GET", Path: "/auth/me"},
		{Method: "GET", Path: "/api/auth/totp"},
		{Method: "PATCH", Path: "/auth/email", Body: object{}},
	},
}

func formTo(path string) kit.Request {
	return kit.Request{Method: "POST", Path: path, Body: []byte("x=y"), Header: map[string]string{"Content-Type": mediaForm}}
}

const mediaForm = "application/x-www-form-urlencoded"

func TestDialectsSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, on := range []string{"ild,nerdcult,wolf", "legion,lynx"} {
		t.Run("only "+on, func(t *testing.T) {
			t.Parallel()
			s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_DIALECTS": on}})
			for dialect, requests := range doors {
				open := strings.Contains(on, dialect)
				if a := s.Client(t).Get("/openapi/" + dialect + ".yaml"); (a.Status == http.StatusOK) != open {
					t.Errorf("%s's document: status %d", dialect, a.Status)
				}
				for _, r := range requests {
					a := s.Client(t).Do(r)
					if !open {
						a.RefusedBy(dialect, http.StatusNotFound)
					} else if a.Status == http.StatusNotFound {
						t.Errorf("%s, which is on: %s %s is unknown", dialect, r.Method, r.Path)
					}
				}
			}
			first, _, _ := strings.Cut(on, ",")
			acc := s.RegisterBy(t, first)
			for dialect := range strings.SplitSeq(on, ",") {
				signInBy(t, s, dialect, acc, "")
			}
			s.Client(t).Get("/verify").Want(http.StatusUnprocessableEntity) // the pages are no dialect's
		})
	}
}

func TestAHostOfOneDialect(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Env: map[string]string{"WATCHWORD_DIALECT_HOSTS": "s.example.com=lynx,wolf.example.com=wolf"}})
	at := func(host string, r kit.Request) *kit.Answer {
		r.Host = host
		return s.Client(t).Do(r)
	}
	for host, own := range map[string]string{"s.example.com": "lynx", "wolf.example.com": "wolf"} {
		for dialect, requests := range doors {
			for _, r := range requests {
				a := at(host, r)
				shared := strings.HasSuffix(r.Path, "/login") || strings.HasSuffix(r.Path, "/register")
				switch among := strings.Contains(r.Path, "/auth/"); {
				case dialect == own && a.Status == http.StatusNotFound:
					t.Errorf("%s: its own %s %s is unknown", host, r.Method, r.Path)
				case dialect == own:
				case among && shared: // by the type of the other, which the path does not have here
					a.RefusedBy(own, http.StatusUnsupportedMediaType)
				case a.Status != http.StatusNotFound:
					t.Errorf("%s: %s's %s %s has status %d", host, dialect, r.Method, r.Path, a.Status)
				}
			}
		}
		for _, path := range []string{"/verify", "/docs", "/.well-known/jwks.json", "/openapi/lynx.yaml"} {
			at(host, kit.Request{Method: "GET", Path: path}).RefusedBy(own, http.StatusNotFound)
		}
	}

	acc := newcomer()
	json := object{"username": acc.Username, "email": acc.Email, "password": acc.Password}
	at("S.example.com:8443", kit.Request{Method: "POST", Path: "/api/auth/register", Body: json}).Want(http.StatusOK)
	login := formTo("/api/auth/login")
	login.Body = []byte("email=" + acc.Username + "%40example.com&password=" + acc.Password)
	at("wolf.example.com", login).Want(http.StatusOK)
	signInBy(t, s, "legion", acc, "") // at the suite's own host all are served as ever
	at("other.example.com", kit.Request{Method: "GET", Path: "/auth/me"}).Want(http.StatusMisdirectedRequest)
}
