package session

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
)

// opaqueBytes is how many random bytes an opaque token has.
const opaqueBytes = 32

// NewOpaque draws an opaque token of a session, "{account}-{session}.{secret}", and the hash that the session keeps of it.
func NewOpaque(account id.Account, sid id.Session, rand io.Reader) (text secret.String, hash string, err error) {
	raw := make([]byte, opaqueBytes)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return secret.String{}, "", fmt.Errorf("draw a token: %w", err)
	}
	whole := OpaqueID(account, sid) + "." + base64.RawURLEncoding.EncodeToString(raw)
	return secret.New(whole), hashOpaque(whole), nil
}

// OpaqueID is the part of an opaque token that names its session, and opens nothing.
func OpaqueID(account id.Account, sid id.Session) string { return string(account) + "-" + string(sid) }

func hashOpaque(whole string) string {
	sum := sha256.Sum256([]byte(whole))
	return hex.EncodeToString(sum[:])
}

// opaque is what the text of such a token tells by itself.
type opaque struct {
	account id.Account
	session id.Session
	hash    string // of the whole text
}

// parseOpaque reads one; ok false for what NewOpaque never writes.
func parseOpaque(text string) (o opaque, ok bool) {
	name, drawn, _ := strings.Cut(text, ".")
	account, sid, _ := strings.Cut(name, "-")
	if len(drawn) != base64.RawURLEncoding.EncodedLen(opaqueBytes) || !id.Valid(account) || !id.Valid(sid) {
		return opaque{}, false
	}
	return opaque{id.Account(account), id.Session(sid), hashOpaque(text)}, true
}

// of tells whether x has this token.
func (o opaque) of(x Session) bool {
	return x.TokenHash != "" && subtle.ConstantTimeCompare([]byte(o.hash), []byte(x.TokenHash)) == 1
}
