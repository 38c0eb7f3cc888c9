// Package device reads and writes the known-device cookie: a device's id and the accounts that signed in on it, signed. It
// authenticates nobody; it only keeps a budget of wrong passwords apart from strangers' and spares a notice.
package device

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/pkg/web"
)

const (
	cookie   = "__Host-device"
	lifetime = 365 * 24 * time.Hour
	maxParts = 11 // kid, device, eight accounts and the signature
)

// Cookie signs with the first key of a ring (WATCHWORD_CSRF_KEYS) and accepts all. Its text is
// kid.device.account….signature, with base64url of the HMAC-SHA-256 over what precedes it.
type Cookie struct{ keys secret.Keyring }

// New signs with keys.
func New(keys secret.Keyring) Cookie { return Cookie{keys: keys} }

// Read gives what the request's cookie says; zero where there is none, or one that is not ours.
func (k Cookie) Read(c *fiber.Ctx) usersapi.Device { return k.parse(c.Cookies(cookie)) }

func (k Cookie) parse(text string) usersapi.Device {
	parts := strings.Split(text, ".")
	if len(parts) < 4 || len(parts) > maxParts {
		return usersapi.Device{}
	}
	last := len(parts) - 1
	key, ok := k.keys.Find(parts[0])
	if !ok || !hmac.Equal([]byte(parts[last]), []byte(sign(key, strings.Join(parts[:last], ".")))) {
		return usersapi.Device{}
	}
	d := usersapi.Device{ID: parts[1]}
	for _, a := range parts[2:last] {
		d.Accounts = append(d.Accounts, id.Account(a))
	}
	return d
}

// Write sets the cookie; a device without an id sets none.
func (k Cookie) Write(c *fiber.Ctx, d usersapi.Device) {
	if d.ID == "" {
		return
	}
	web.SetCookie(c, cookie, k.text(d), "/", lifetime)
}

func (k Cookie) text(d usersapi.Device) string {
	key := k.keys.First()
	parts := []string{key.ID, d.ID}
	for _, a := range d.Accounts {
		parts = append(parts, string(a))
	}
	body := strings.Join(parts, ".")
	return body + "." + sign(key, body)
}

func sign(key secret.Key, body string) string {
	mac := hmac.New(sha256.New, key.Bytes)
	mac.Write([]byte("watchword known device\x00"))
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
