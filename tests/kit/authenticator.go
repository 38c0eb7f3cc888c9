package kit

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// step is how long a code is shown.
const step = 30 * time.Second

// Authenticator is an app that shows the codes of one secret. As each code is accepted once, and those of the step before
// and after too, it shows another one each time, as long as that lasts.
type Authenticator struct {
	Secret string

	algorithm otp.Algorithm

	t    testing.TB
	mu   sync.Mutex
	last int64 // the step shown last
}

// NewAuthenticator reads the URI that a QR code would hold.
func NewAuthenticator(t testing.TB, uri string) *Authenticator {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" {
		t.Fatalf("%q is no otpauth URI: %v", uri, err)
	}
	a := &Authenticator{Secret: u.Query().Get("secret"), algorithm: otp.AlgorithmSHA1, t: t}
	if u.Query().Get("algorithm") == "SHA256" {
		a.algorithm = otp.AlgorithmSHA256
	}
	return a
}

// Code gives a code that has not been shown and is accepted now. It waits where all of those have been.
func (a *Authenticator) Code() string {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		now := time.Now()
		first := stepAt(now) - 1
		if stepAt(now.Add(5*time.Second)) > stepAt(now) {
			first++ // the step before is about to lapse
		}
		next := max(first, a.last+1)
		if next <= stepAt(now)+1 {
			a.last = next
			return a.at(next)
		}
		time.Sleep(time.Until(time.Unix((next-1)*int64(step/time.Second), 0)))
	}
}

// Wrong gives a code that is not accepted now or soon.
func (a *Authenticator) Wrong() string {
	a.t.Helper()
	now := stepAt(time.Now())
	var right []string
	for s := now - 2; s <= now+3; s++ {
		right = append(right, a.at(s))
	}
	for n := range 1000 {
		if text := strconv.Itoa(100000 + n); !slices.Contains(right, text) {
			return text
		}
	}
	a.t.Fatal("no wrong code among a thousand")
	return ""
}

func (a *Authenticator) at(s int64) string {
	a.t.Helper()
	code, err := hotp.GenerateCodeCustom(a.Secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: a.algorithm})
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

func stepAt(t time.Time) int64 { return t.Unix() / int64(step/time.Second) }

// Enrol gives the client's account an authenticator and confirms it; required makes it a second factor.
func (c *Client) Enrol(account string, required bool) *Authenticator {
	c.t.Helper()
	a := c.Pending(account)
	c.Confirm(account, a.Code(), required).Want(http.StatusOK)
	return a
}

// Pending gives the client's account an authenticator that waits to be confirmed.
func (c *Client) Pending(account string) *Authenticator {
	c.t.Helper()
	answer := c.Post("/users/"+account+"/otp/secret", nil).Want(http.StatusOK)
	return NewAuthenticator(c.t, Data[struct {
		OTPAuthURL string `json:"otpauthUrl"`
	}](answer).OTPAuthURL)
}

// Confirm asks to enable an authenticator by a code; it needs no access token, so none is sent.
func (c *Client) Confirm(account, code string, required bool) *Answer {
	c.t.Helper()
	body := map[string]any{"token": code}
	if required {
		body["twoFactor"] = true
	}
	return c.Do(Request{Method: http.MethodPut, Path: "/users/" + account + "/otp", Body: body, Header: map[string]string{"Authorization": ""}})
}
