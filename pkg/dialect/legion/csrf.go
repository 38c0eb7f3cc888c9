package legion

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
)

const (
	csrfCookie   = "__Host-csrf"
	csrfHeader   = "X-CSRF-Token"
	csrfLifetime = 24 * time.Hour
	csrfNonce    = 16
	csrfBody     = csrfNonce + 8 // nonce and UNIX seconds
)

// CSRF makes and checks the dialect's signed double-submit token: the X-CSRF-Token header must equal the cookie, and the
// cookie must be ours and younger than 24 hours. It is stateless, so every replica accepts it.
type CSRF struct {
	keys secret.Keyring
	now  func() time.Time
	rand io.Reader
}

// NewCSRF signs with the first of keys (WATCHWORD_CSRF_KEYS).
func NewCSRF(keys secret.Keyring, now func() time.Time, rand io.Reader) *CSRF {
	return &CSRF{keys: keys, now: now, rand: rand}
}

// Issue sets the cookie and gives the token that the header must repeat.
func (x *CSRF) Issue(c *fiber.Ctx) (string, error) {
	body := make([]byte, csrfBody)
	if _, err := io.ReadFull(x.rand, body[:csrfNonce]); err != nil {
		return "", fmt.Errorf("draw a csrf token: %w", err)
	}
	binary.BigEndian.PutUint64(body[csrfNonce:], uint64(x.now().Unix()))
	key := x.keys.First()
	token := key.ID + "." + base64.RawURLEncoding.EncodeToString(append(body, sign(key, body)...))
	web.SetCookie(c, csrfCookie, token, "/", csrfLifetime)
	web.NoStore(c)
	return token, nil
}

// Check refuses a POST, PUT, PATCH or DELETE without a good pair.
func (x *CSRF) Check(c *fiber.Ctx) error {
	switch c.Method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return c.Next()
	}
	header, cookie := c.Get(csrfHeader), c.Cookies(csrfCookie)
	if subtle.ConstantTimeCompare([]byte(header), []byte(cookie)) != 1 || !x.ours(header) {
		return fault.New(fault.CSRFInvalid)
	}
	return c.Next()
}

func (x *CSRF) ours(token string) bool {
	kid, text, ok := strings.Cut(token, ".")
	key, known := x.keys.Find(kid)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || !known || err != nil || len(raw) != csrfBody+sha256.Size {
		return false
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(raw[csrfNonce:csrfBody])), 0)
	age := x.now().Sub(made)
	return hmac.Equal(raw[csrfBody:], sign(key, raw[:csrfBody])) && age < csrfLifetime && age > -time.Minute
}

func sign(key secret.Key, body []byte) []byte {
	mac := hmac.New(sha256.New, key.Bytes)
	mac.Write([]byte("watchword legion csrf\x00"))
	mac.Write(body)
	return mac.Sum(nil)
}
