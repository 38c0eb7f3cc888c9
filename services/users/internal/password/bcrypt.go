package password

import (
	"errors"
	"regexp"

	"golang.org/x/crypto/bcrypt"
)

const (
	maxBcryptCost  = 15 // lynx's; about two seconds of work
	maxBcryptBytes = 72 // bcrypt looks at no more
)

var bcryptHash = regexp.MustCompile(`^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)

// readableBcrypt tells bcrypt hashes whose cost is allowed.
func readableBcrypt(hash string) bool {
	if !bcryptHash.MatchString(hash) {
		return false
	}
	cost, err := bcrypt.Cost([]byte(hash))
	return err == nil && cost <= maxBcryptCost
}

// matchesBcrypt compares the password's bytes as they came, which is what the earlier system hashed. A password of more
// than 72 bytes never matches, as bcrypt would ignore the rest of it: its owner resets it.
func matchesBcrypt(hash, password string) (bool, error) {
	head := password[:min(len(password), maxBcryptBytes)]
	switch err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(head)); {
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, nil
	case err != nil:
		return false, ErrUnreadable
	}
	return len(password) <= maxBcryptBytes, nil
}
