package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// maxBytes is the longest text that is looked at.
const maxBytes = 4 << 10

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// header is a token's JOSE header: alg and these members, each once, and no other. So nothing in a token can bring a key
// of its own (jwk, jku, x5c), nor ask for an extension (crit, b64).
type header struct{ kid, typ string }

// key is what verifies a token: the algorithm comes from the key, never from the token (RFC 8725 §3.1).
type key struct {
	alg    string
	public any
}

// verify reads a token of typ, whose key find knows by its id, into claims. It tells that form and signature are right;
// time, issuer and audience are the caller's next question. The error is ErrInvalid, or find's.
func verify(text, typ string, claims jwt.Claims, find func(kid string) (key, error)) (kid string, err error) {
	h, err := readForm(text)
	if err != nil || h.typ != typ || !validKeyID(h.kid) {
		return "", ErrInvalid
	}
	k, err := find(h.kid)
	if err != nil {
		return "", err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{k.alg}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	if _, err := parser.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return k.public, nil }); err != nil {
		return "", ErrInvalid
	}
	return h.kid, nil
}

// readForm gives the header of a text that is three base64url segments of at most 4 KiB, the first two of them JSON
// objects that readObject takes.
func readForm(text string) (header, error) {
	if len(text) > maxBytes {
		return header{}, errors.New("too long")
	}
	segments := strings.Split(text, ".")
	if len(segments) != 3 {
		return header{}, errors.New("not three segments")
	}
	for _, s := range segments {
		if s == "" || !only(base64URL, s) {
			return header{}, errors.New("not base64url")
		}
	}
	members, err := readObject(segments[0])
	if err != nil {
		return header{}, err
	}
	if _, err := readObject(segments[1]); err != nil {
		return header{}, err
	}
	if len(members) != 3 || members["alg"] == nil {
		return header{}, errors.New("not alg, kid and typ")
	}
	var h header
	for name, to := range map[string]*string{"kid": &h.kid, "typ": &h.typ} {
		if err := json.Unmarshal(members[name], to); err != nil {
			return header{}, err
		}
	}
	return h, nil
}

// readObject decodes a segment to the members of one JSON object. A name may occur once and is lower case, as
// encoding/json takes the last of duplicates and does not tell "Sub" from "sub".
func readObject(segment string) (map[string]json.RawMessage, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil { // also refuses what follows the object
		return nil, err
	}
	if len(members) != countMembers(raw) {
		return nil, errors.New("not an object, or one with a duplicate member")
	}
	for name := range members {
		if !only("abcdefghijklmnopqrstuvwxyz0123456789_", name) {
			return nil, errors.New("odd member")
		}
	}
	return members, nil
}

// countMembers counts the members of the outermost object of valid JSON, duplicates too: the colons in it that stand neither
// in a string nor deeper. -1 where that is no object.
func countMembers(raw []byte) int {
	n, depth, quoted := -1, 0, false
	for i := 0; i < len(raw); i++ {
		switch ch := raw[i]; {
		case quoted && ch == '\\':
			i++
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '{' && n < 0:
			n, depth = 0, 1
		case ch == '{', ch == '[':
			depth++
		case ch == '}', ch == ']':
			depth--
		case ch == ':' && depth == 1:
			n++
		}
	}
	return n
}

// validKeyID tells whether kid is 1 to 32 letters, digits, - or _.
func validKeyID(kid string) bool {
	return kid != "" && len(kid) <= 32 && only(base64URL, kid)
}

// only tells whether s has no character but those of alphabet.
func only(alphabet, s string) bool { return strings.Trim(s, alphabet) == "" }
