package contract

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestSignInByUsernameOrEmail(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.RegisterEmail(t)
	for name, body := range map[string]object{
		"username":          {"username": acc.Username, "password": acc.Password},
		"email":             {"email": acc.Email, "password": acc.Password},
		"email in capitals": {"email": strings.ToUpper(acc.Email), "password": acc.Password},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.Client(t).Post("/users/login", body).Says(http.StatusOK, "User authenticated successfully!")
			if diff := cmp.Diff([]string{"email", "id", "name", "token", "username"}, members(t, a)); diff != "" {
				t.Errorf("members of data (-want +got):\n%s", diff)
			}
			got := kit.Data[kit.SignedIn](a)
			if got.ID != acc.ID || got.Name != acc.Name || got.Username != acc.Username || got.Email == nil || *got.Email != acc.Email {
				t.Errorf("data %s", a.Body)
			}
			if cc := a.Header.Get("Cache-Control"); cc != "no-store" {
				t.Errorf("Cache-Control %q", cc)
			}
		})
	}
}

func TestRefreshCookieIsWrittenAsTheDocument(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	a := s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusOK)
	value := a.Cookie("refreshToken").Value
	want := "refreshToken=" + value + "; Max-Age=2332800; Path=/users/auth/refresh; HttpOnly; Secure; SameSite=Strict"
	if !slices.Contains(a.Header.Values("Set-Cookie"), want) {
		t.Errorf("cookies %q, want %q", a.Header.Values("Set-Cookie"), want)
	}
	if strings.Contains(string(a.Body), value) {
		t.Error("the refresh token is in the body too")
	}
}

func TestDeviceCookie(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	cookie := s.Client(t).Login(acc.Username, acc.Password).Want(http.StatusOK).Cookie("__Host-device")
	if cookie == nil {
		t.Fatal("a sign-in sets no device cookie")
	}
	if cookie.Path != "/" || cookie.Domain != "" || !cookie.Secure || !cookie.HttpOnly || cookie.MaxAge != 365*24*60*60 {
		t.Errorf("cookie %+v", cookie)
	}
}

// payload reads a JWT's header and claims.
func payload(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	for i, out := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

func TestAccessTokenClaims(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	c := s.Client(t)
	signedIn := c.Took(c.Login(acc.Username, acc.Password).Want(http.StatusOK))
	header, claims := payload(t, c.Bearer)
	if header["alg"] != "ES256" || header["typ"] != "at+jwt" || header["kid"] == "" || header["kid"] == nil {
		t.Errorf("header %v", header)
	}
	for _, name := range []string{"iss", "sub", "aud", "iat", "nbf", "exp", "jti", "sid", "role", "amr"} {
		if claims[name] == nil {
			t.Errorf("claim %s is missing", name)
		}
	}
	want := map[string]any{"iss": s.Gateway, "sub": acc.ID, "aud": "watchword", "role": "standard", "amr": []any{"pwd"}}
	for name, value := range want {
		if diff := cmp.Diff(value, claims[name]); diff != "" {
			t.Errorf("claim %s (-want +got):\n%s", name, diff)
		}
	}
	issued, expires := claims["iat"].(float64), claims["exp"].(float64)
	if expires-issued != 15*60 {
		t.Errorf("lives %v s", expires-issued)
	}
	if got := signedIn.Token.ExpiresIn; got != strconv.FormatInt(int64(expires), 10) {
		t.Errorf("expiresIn %q is not the expiry %v", got, int64(expires))
	}
	if sessions := c.Sessions(); len(sessions) != 1 || sessions[0].ID != claims["sid"] {
		t.Errorf("sid %v, sessions %+v", claims["sid"], sessions)
	}
}

func TestSignInNeedsANameAndAPassword(t *testing.T) {
	t.Parallel()
	c := kit.Shared(t).Client(t)
	for name, test := range map[string]struct {
		body  object
		field string
		word  string
	}{
		"no name":             {object{"password": "whatever1"}, "username", "missing"},
		"no password":         {object{"username": "somebody"}, "password", "missing"},
		"password a number":   {object{"username": "somebody", "password": 12345678}, "password", "wrong_type"},
		"password null":       {object{"username": "somebody", "password": nil}, "password", "wrong_type"},
		"username an object":  {object{"username": object{"$ne": ""}, "password": "whatever1"}, "username", "wrong_type"},
		"email an array":      {object{"email": []any{"a@example.com"}, "password": "whatever1"}, "email", "wrong_type"},
		"password an object":  {object{"username": "somebody", "password": object{"$gt": ""}}, "password", "wrong_type"},
		"username a boolean":  {object{"username": true, "password": "whatever1"}, "username", "wrong_type"},
		"token of a sign-in ": {object{"username": "somebody", "password": "whatever1", "token": 123456}, "token", "wrong_type"},
	} {
		t.Run(name, func(t *testing.T) {
			c.Post("/users/login", test.body).Refused(http.StatusBadRequest, "bad_request").Field(test.field, test.word)
		})
	}
}

func TestASessionIsNewAtEverySignIn(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	c := s.Client(t)
	c.Cookies["refreshToken"] = "chosen-by-the-client"
	first := c.Login(acc.Username, acc.Password).Want(http.StatusOK).Cookie("refreshToken").Value
	second := c.Login(acc.Username, acc.Password).Want(http.StatusOK).Cookie("refreshToken").Value
	if first == second || strings.Contains(first, "chosen") {
		t.Error("a session's token is taken over from an earlier one")
	}
}

func TestAStrangersDeviceCookieSignsNobodyIn(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	c.Bearer = ""
	c.Login(acc.Username, kit.Password()).Refused(http.StatusUnauthorized, "invalid_credentials")
	c.Get("/users/auth/sessions").Refused(http.StatusUnauthorized, "unauthenticated")
}
