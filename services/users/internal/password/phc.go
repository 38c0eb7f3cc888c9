package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ErrUnreadable says that a stored hash is of no known format, or asks for more work than is allowed.
var ErrUnreadable = errors.New("stored password hash can't be read")

const (
	saltBytes = 16
	tagBytes  = 32

	maxPHC    = 320 // bytes of text; the longest that keeps the bounds below is shorter
	maxMemory = 256 << 10
	maxTime   = 10
	maxLanes  = 4
)

// Params are argon2id's costs (RFC 9106 §3.1).
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8  // lanes
}

// bounded tells whether the costs are argon2id's at all, and no more than is ever worked off.
func (p Params) bounded() bool {
	return p.Time >= 1 && p.Time <= maxTime && p.Threads >= 1 && p.Threads <= maxLanes &&
		p.Memory >= 8*uint32(p.Threads) && p.Memory <= maxMemory
}

// strong tells whether the costs reach one of the rows that OWASP's password storage cheat sheet calls equal.
func (p Params) strong() bool {
	switch p.Time {
	case 1:
		return p.Memory >= 47104
	case 2:
		return p.Memory >= 19456
	case 3:
		return p.Memory >= 12288
	case 4:
		return p.Memory >= 9216
	default:
		return p.Time >= 5 && p.Memory >= 7168
	}
}

// phc is an argon2id hash as it is stored: $argon2id$v=19$m=19456,t=2,p=1,keyid=k1$salt$tag, the last two in base64
// without padding. An imported one has no keyid.
type phc struct {
	params Params
	keyID  string // the pepper's
	salt   []byte
	tag    []byte
}

func (h phc) String() string {
	var keyID string
	if h.keyID != "" {
		keyID = ",keyid=" + h.keyID
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d%s$%s$%s", argon2.Version, h.params.Memory, h.params.Time,
		h.params.Threads, keyID, enc.EncodeToString(h.salt), enc.EncodeToString(h.tag))
}

// parsePHC reads exactly what String writes, within bounds; ErrUnreadable otherwise. Nothing is allocated that the text
// only announces.
func parsePHC(s string) (phc, error) {
	if len(s) > maxPHC {
		return phc{}, ErrUnreadable
	}
	part := strings.Split(s, "$")
	if len(part) != 6 {
		return phc{}, ErrUnreadable
	}
	costs, keyID, _ := strings.Cut(part[3], ",keyid=")
	h := phc{keyID: keyID}
	_, err := fmt.Sscanf(costs, "m=%d,t=%d,p=%d", &h.params.Memory, &h.params.Time, &h.params.Threads)
	if err != nil || !h.params.bounded() {
		return phc{}, ErrUnreadable
	}
	var saltErr, tagErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(part[4])
	h.tag, tagErr = base64.RawStdEncoding.DecodeString(part[5])
	switch {
	case saltErr != nil, len(h.salt) < 8, len(h.salt) > 64,
		tagErr != nil, len(h.tag) < 16, len(h.tag) > 64,
		h.String() != s: // another variant or version, or a second way to write the same
		return phc{}, ErrUnreadable
	}
	return h, nil
}

// derive computes the tag for input.
func (h phc) derive(input []byte) []byte {
	return argon2.IDKey(input, h.salt, h.params.Time, h.params.Memory, h.params.Threads, uint32(len(h.tag)))
}

func (h phc) matches(input []byte) bool {
	return subtle.ConstantTimeCompare(h.derive(input), h.tag) == 1
}
