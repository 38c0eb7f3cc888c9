package abuse

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// Whatever order the steps of a reset are taken in, a password is set by the token mailed for that account and by nothing
// else, and once.
func TestRS08(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	victim, attacker := s.RegisterVerified(t), s.RegisterEmail(t)
	c := s.SignIn(t, attacker)
	right := s.Forgot(t, victim.Email, victim.Email)
	pool := []string{
		"", "r", "null", right[:len(right)-1], right + "A", "v" + right[1:], "u" + right[1:], "r" + kit.Name(), victim.ID, c.Bearer,
		c.Cookies["refreshToken"], c.Cookies["__Host-csrf"], s.Token(t, attacker.Email, kit.Verify), s.Token(t, victim.Email, kit.Verify),
		"r" + s.Token(t, attacker.Email, kit.Verify)[1:],
	}
	own := s.Forgot(t, attacker.Email, attacker.Email)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	stolen := kit.Password()
	for range 60 {
		token := pool[chance.IntN(len(pool))]
		switch chance.IntN(5) {
		case 0:
			s.Client(t).Post("/users/auth/email/resend", object{"email": victim.Email}).Want(http.StatusOK)
		case 1:
			if a := c.Clone().VerifyEmail(token); a.Status == http.StatusOK && token[0] != byte(kit.Verify) {
				t.Errorf("%.4s… verifies", token)
			}
		case 2:
			form := url.Values{"token": {token}, "password": {stolen}}
			a := c.Clone().Do(kit.Request{Method: "POST", Path: "/reset", Body: []byte(form.Encode()), Header: map[string]string{
				"Content-Type": "application/x-www-form-urlencoded",
			}})
			if a.Status < 400 {
				t.Errorf("%.4s… resets by the page: status %d", token, a.Status)
			}
		default:
			a := c.Clone().Post("/users/auth/password/reset", object{"token": token, "password": stolen, "username": victim.Username, "id": victim.ID})
			if a.Status < 400 {
				t.Errorf("%.4s… resets: status %d", token, a.Status)
			}
		}
	}
	c.Post("/users/auth/password/reset", object{"token": own, "password": kit.Password(), "username": victim.Username, "id": victim.ID}).
		Want(http.StatusOK)
	s.SignIn(t, victim)
	password := kit.Password()
	c.Post("/users/auth/password/reset", object{"token": right, "password": password}).Want(http.StatusOK)
	c.Post("/users/auth/password/reset", object{"token": right, "password": stolen}).Refused(http.StatusUnprocessableEntity, "invalid_token")
	victim.Password = password
	s.SignIn(t, victim)
}
