package contract

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// kinds are tokens of every kind but a good access token, all of one live account.
func kinds(t *testing.T, s *kit.Suite) map[string]string {
	t.Helper()
	acc := s.RegisterEmail(t)
	c := s.SignIn(t, acc)
	kid, key := s.Key(t, "service.keys")
	now := time.Now().Unix()
	service := kit.JWT(t, object{"alg": "HS256", "typ": "JWT", "kid": kid},
		object{"iss": "auth", "sub": "auth", "aud": "users", "iat": now, "nbf": now, "exp": now + 60, "jti": "x"}, kit.HS256(key))
	out := map[string]string{
		"refresh token":      c.Cookies["refreshToken"],
		"csrf token":         c.Cookies["__Host-csrf"],
		"device cookie":      c.Cookies["__Host-device"],
		"verification token": s.Token(t, acc.Email, kit.Verify),
		"reset token":        s.Forgot(t, acc.Email, acc.Email),
		"service token":      service,
		"password":           acc.Password,
		"account id":         acc.ID,
		"session id":         c.Sessions()[0].ID,
		"nonsense":           "a.b.c",
	}
	c.Enrol(acc.ID, true)
	out["challenge"] = challenge(t, s, acc)
	return out
}

// challenge is the one that a sign-in without its code answers.
func challenge(t *testing.T, s *kit.Suite, acc kit.Account) string {
	t.Helper()
	a := s.Client(t).Login(acc.Username, acc.Password).Refused(http.StatusForbidden, "two_factor_required")
	return kit.Data[struct{ Challenge struct{ Token string } }](a).Challenge.Token
}

func TestOnlyAnAccessTokenIsABearerToken(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	tokens := kinds(t, s)
	tokens["no token"] = ""
	for _, op := range s.Operations() {
		if !op.NeedsBearer() || op.Path == "/users/auth/refresh" {
			continue
		}
		t.Run(op.Method+" "+op.Path, func(t *testing.T) {
			for kind, token := range tokens {
				c := s.Client(t)
				c.Bearer = token
				a := c.Do(kit.Request{Method: op.Method, Path: op.Example(), Body: op.ExampleBody()})
				if a.Status != http.StatusUnauthorized {
					t.Errorf("%s: status %d, body %s", kind, a.Status, a.Body)
				}
				if op.Document == "legion" && a.Code() != "unauthenticated" {
					t.Errorf("%s: code %s", kind, a.Code())
				}
			}
		})
	}
}

func TestABadBearerTokenIsNotIgnoredWhereNoneIsNeeded(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	for name, header := range map[string]string{
		"nonsense": "Bearer nonsense", "another scheme": "Basic dXNlcjpwYXNz", "no scheme": "nonsense", "no token": "Bearer",
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/users", "/users/" + acc.ID} {
				s.Client(t).Do(kit.Request{Method: "GET", Path: path, Header: map[string]string{"Authorization": header}}).
					Refused(http.StatusUnauthorized, "unauthenticated")
			}
		})
	}
}

func TestMailedTokensServeTheirOwnPurposeOnly(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	tokens := kinds(t, s)
	c := s.Client(t)
	for kind, token := range tokens {
		if kind != "verification token" {
			if a := c.VerifyEmail(token); a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s verifies: status %d", kind, a.Status)
			}
		}
		if kind != "reset token" {
			a := c.Post("/users/auth/password/reset", object{"token": token, "password": kit.Password()})
			if a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s resets: status %d", kind, a.Status)
			}
		}
	}
	c.Post("/users/auth/password/reset", object{"token": tokens["reset token"], "password": kit.Password()}).Want(http.StatusOK)
}

func TestOnlyARefreshTokenRefreshesAndOnlyAChallengeIsOne(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	tokens := kinds(t, s)
	c, acc := s.SignUp(t)
	app := c.Enrol(acc.ID, true)
	tokens["access token"] = c.Bearer
	for kind, token := range tokens {
		with := c.Clone()
		with.Cookies["refreshToken"] = token
		with.Refresh().Want(http.StatusUnauthorized)
		a := c.Post("/users/otp/login", object{"username": acc.Username, "token": app.Wrong(), "challenge": token})
		if a.Status != http.StatusUnauthorized {
			t.Errorf("%s as a challenge: status %d, body %s", kind, a.Status, a.Body)
		}
	}
	c.Refresh().Want(http.StatusOK)
}

func TestForgedAccessTokensAreRefused(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	key := s.SigningKey(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	header, claims := payload(t, c.Bearer)
	with := func(from object, name string, value any) object {
		out := maps.Clone(from)
		if out[name] = value; value == nil {
			delete(out, name)
		}
		return out
	}
	now := float64(time.Now().Unix())
	forged := map[string]string{
		"alg none":         kit.JWT(t, with(header, "alg", "none"), claims, kit.Unsigned),
		"alg None":         kit.JWT(t, with(header, "alg", "None"), claims, kit.Unsigned),
		"no signature":     kit.JWT(t, header, claims, kit.Unsigned),
		"another key":      kit.JWT(t, header, claims, kit.ES256(stranger)),
		"public key HS256": kit.JWT(t, with(header, "alg", "HS256"), claims, kit.HS256(elliptic.MarshalCompressed(key.Curve, key.X, key.Y))),
		"no kid":           kit.JWT(t, with(header, "kid", nil), claims, kit.ES256(key)),
		"unknown kid":      kit.JWT(t, with(header, "kid", "../../etc/passwd"), claims, kit.ES256(key)),
		"no typ":           kit.JWT(t, with(header, "typ", nil), claims, kit.ES256(key)),
		"refresh's typ":    kit.JWT(t, with(header, "typ", "rt+jwt"), claims, kit.ES256(key)),
		"crit":             kit.JWT(t, with(header, "crit", []any{"b64"}), claims, kit.ES256(key)),
		"another issuer":   kit.JWT(t, header, with(claims, "iss", "https://evil.example"), kit.ES256(key)),
		"another audience": kit.JWT(t, header, with(claims, "aud", "evil"), kit.ES256(key)),
		"two audiences":    kit.JWT(t, header, with(claims, "aud", []any{"evil", "watchword"}), kit.ES256(key)),
		"expired":          kit.JWT(t, header, with(claims, "exp", now-120), kit.ES256(key)),
		"not yet":          kit.JWT(t, header, with(claims, "nbf", now+120), kit.ES256(key)),
		"from the future":  kit.JWT(t, header, with(claims, "iat", now+120), kit.ES256(key)),
		"another session":  kit.JWT(t, header, with(claims, "sid", "01JEVAG858D9NP6A1NMTKXPRRA"), kit.ES256(key)),
		"another account":  kit.JWT(t, header, with(claims, "sub", "01JEVAG858D9NP6A1NMTKXPRRA"), kit.ES256(key)),
		"padded":           c.Bearer + "=",
		"a line end":       c.Bearer[:len(c.Bearer)-2] + "\t" + c.Bearer[len(c.Bearer)-2:],
		"too long":         c.Bearer + strings.Repeat("A", 5000),
		"a fourth part":    c.Bearer + "." + base64.RawURLEncoding.EncodeToString([]byte("x")),
	}
	for _, name := range []string{"iss", "sub", "aud", "iat", "nbf", "exp", "jti", "sid"} {
		forged["no "+name] = kit.JWT(t, header, with(claims, name, nil), kit.ES256(key))
	}
	for name, token := range forged {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/users/auth/sessions", "/users", "/sign/check"} {
				d := s.Client(t)
				d.Bearer = token
				if a := d.Get(path); a.Status != http.StatusUnauthorized {
					t.Errorf("%s: status %d", path, a.Status)
				}
			}
		})
	}
	c.Bearer = kit.JWT(t, header, claims, kit.ES256(key))
	if !c.Alive() {
		t.Error("the one that says the same as the real one is refused: this test shows nothing")
	}
}

func TestRoleInATokenIsNoAuthority(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, acc := s.SignUp(t)
	header, claims := payload(t, c.Bearer)
	claims["role"] = "admin"
	c.Bearer = kit.JWT(t, header, claims, kit.ES256(s.SigningKey(t)))
	c.Put("/users/"+acc.ID+"/role", object{"role": "admin"}).Refused(http.StatusForbidden, "forbidden")
	c.Patch("/users/"+acc.ID+"/standing", object{"kats": 1}).Refused(http.StatusForbidden, "forbidden")
}

func TestPublicKeysAreServed(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	a := s.Client(t).Get("/.well-known/jwks.json").Want(http.StatusOK)
	if strings.Contains(string(a.Body), `"d":`) {
		t.Error("a private key is served")
	}
	c, _ := s.SignUp(t)
	header, _ := payload(t, c.Bearer)
	if kid, _ := header["kid"].(string); !strings.Contains(string(a.Body), `"`+kid+`"`) {
		t.Errorf("the key %s of a token is not among %s", kid, a.Body)
	}
}

func TestInternalListenersWantAServiceToken(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c, _ := s.SignUp(t)
	for _, token := range []string{"", c.Bearer, c.Cookies["refreshToken"]} {
		for service, path := range map[string]string{"users": "/internal/v1/accounts/get", "mailer": "/internal/v1/messages/send"} {
			if status := s.PostInternal(t, service, path, token); status != http.StatusUnauthorized {
				t.Errorf("%s of %s: status %d", path, service, status)
			}
		}
	}
}

func TestInternalOperationsAreNotServedToThePublic(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, path := range []string{"/internal/v1/accounts/get", "/metrics", "/healthz", "/readyz", "/internal/v1/messages/send"} {
		for _, c := range []*kit.Client{s.Client(t), s.From(t, "192.0.2.1")} {
			if a := c.Get(path); a.Status != http.StatusNotFound {
				t.Errorf("%s: status %d", path, a.Status)
			}
		}
	}
}
