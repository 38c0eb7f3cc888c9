package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"golang.org/x/text/unicode/norm"
)

// ErrPepper says that a hash was made with a pepper that is not among those given: passwords can't be checked until it is.
var ErrPepper = errors.New("pepper of a stored password hash is missing")

const pepperBytes = 32

var pepperID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// Pepper is a key that is kept away from the database; without it a copy of the hashes is of no use.
type Pepper struct {
	ID    string // 1 to 32 letters, digits, _ or -; stored in each hash
	Bytes []byte `json:"-"` // at least 32
}

// Format hides the bytes under every verb.
func (p Pepper) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%s:[redacted]", p.ID) }

// Formats of stored hashes, as FormatOf names them.
const (
	FormatPeppered = "argon2id_peppered" // made by Hasher
	FormatArgon2id = "argon2id"          // imported
	FormatBcrypt   = "bcrypt"            // imported
)

// FormatOf names the format of a stored hash; "" for one that can't be read.
func FormatOf(hash string) string {
	if readableBcrypt(hash) {
		return FormatBcrypt
	}
	switch stored, err := parsePHC(hash); {
	case err != nil:
		return ""
	case stored.keyID == "":
		return FormatArgon2id
	default:
		return FormatPeppered
	}
}

// DefaultParams are 19 MiB, two passes and one lane: about 30 ms of one core.
func DefaultParams() Params { return Params{Memory: 19456, Time: 2, Threads: 1} }

// HasherDeps are what a Hasher needs; all are required.
type HasherDeps struct {
	Params  Params
	Peppers []Pepper  // the first hashes, all verify
	Rand    io.Reader // safe for concurrent use
}

// Hasher makes and checks hashes of passwords: argon2id over HMAC-SHA-256(pepper, NFC(password)). It is safe for
// concurrent use, and bounds neither how many hashes are computed at a time nor the memory they take together: see Pool.
type Hasher struct {
	params  Params
	peppers []Pepper
	rand    io.Reader
	dummy   phc
}

// Format hides the peppers under every verb.
func (h *Hasher) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "argon2id hasher %+v", h.params) }

// NewHasher refuses costs below OWASP's rows and above what is read back, and peppers that are missing, short or named
// alike.
func NewHasher(d HasherDeps) (*Hasher, error) {
	if !d.Params.strong() {
		return nil, errors.New("password: argon2id costs are below OWASP's minimum")
	}
	return newHasher(d)
}

// NewHasherForTests makes a Hasher whose hashes cost next to nothing and protect nothing.
func NewHasherForTests(rand io.Reader, peppers ...Pepper) (*Hasher, error) {
	return newHasher(HasherDeps{Params: Params{Memory: 8, Time: 1, Threads: 1}, Peppers: peppers, Rand: rand})
}

func newHasher(d HasherDeps) (*Hasher, error) {
	switch {
	case !d.Params.bounded():
		return nil, errors.New("password: argon2id costs are out of bounds")
	case d.Rand == nil:
		return nil, errors.New("password: a dependency is missing")
	case len(d.Peppers) == 0:
		return nil, errors.New("password: no pepper given")
	}
	for i, p := range d.Peppers {
		switch {
		case !pepperID.MatchString(p.ID):
			return nil, errors.New("password: a pepper's id is 1 to 32 letters, digits, _ or -")
		case len(p.Bytes) < pepperBytes:
			return nil, fmt.Errorf("password: pepper %s has fewer than %d bytes", p.ID, pepperBytes)
		case slices.ContainsFunc(d.Peppers[:i], func(o Pepper) bool { return o.ID == p.ID }):
			return nil, fmt.Errorf("password: pepper %s is given twice", p.ID)
		}
	}
	dummy := phc{params: d.Params, keyID: d.Peppers[0].ID, salt: make([]byte, saltBytes), tag: make([]byte, tagBytes)}
	return &Hasher{params: d.Params, peppers: slices.Clone(d.Peppers), rand: d.Rand, dummy: dummy}, nil
}

// Hash gives a new hash of password, whatever its length: Rule says which passwords may be chosen.
func (h *Hasher) Hash(password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	made := phc{params: h.params, keyID: h.peppers[0].ID, salt: salt, tag: make([]byte, tagBytes)}
	made.tag = made.derive(peppered(h.peppers[0], password))
	return made.String(), nil
}

// Verify tells whether password is the one that hash was made of. An empty hash, that of an unknown account or of one
// without a password, costs what a current one does, and nothing matches it. ErrUnreadable and ErrPepper say that there
// is no telling.
//
// Imported hashes are compared with the password's bytes as they came, not with their NFC form. One with other costs
// takes another time, until the first sign-in has replaced it.
func (h *Hasher) Verify(hash, password string) (bool, error) {
	switch {
	case hash == "":
		h.dummy.matches(peppered(h.peppers[0], password))
		return false, nil
	case readableBcrypt(hash):
		return matchesBcrypt(hash, password)
	}
	stored, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	if stored.keyID == "" {
		return stored.matches([]byte(password)), nil
	}
	i := slices.IndexFunc(h.peppers, func(p Pepper) bool { return p.ID == stored.keyID })
	if i < 0 {
		return false, ErrPepper
	}
	return stored.matches(peppered(h.peppers[i], password)), nil
}

// NeedsRehash tells whether hash is of another format, costs or pepper than new ones are.
func (h *Hasher) NeedsRehash(hash string) bool {
	stored, err := parsePHC(hash)
	return err != nil || stored.params != h.params || stored.keyID != h.peppers[0].ID ||
		len(stored.salt) != saltBytes || len(stored.tag) != tagBytes
}

// peppered is what argon2id hashes, the same for every spelling of the password in Unicode.
func peppered(p Pepper, password string) []byte {
	mac := hmac.New(sha256.New, p.Bytes)
	mac.Write(norm.NFC.AppendString(nil, password))
	return mac.Sum(nil)
}
