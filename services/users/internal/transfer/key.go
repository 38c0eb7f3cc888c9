package transfer

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

// seals are the sealers of what is kept sealed in an account.
type seals struct{ totp, apiKey, token *secret.Sealer }

// newSeals derives them; prefix sets the purposes of what travels apart from those of what is stored.
func newSeals(keys secret.Keyring, prefix string, rand io.Reader) (*seals, error) {
	s := &seals{}
	for purpose, sealer := range map[string]**secret.Sealer{
		core.SealTOTP: &s.totp, core.SealAPIKey: &s.apiKey, core.SealToken: &s.token,
	} {
		var err error
		if *sealer, err = secret.NewSealer(keys, prefix+purpose, rand); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// reseal opens what one sealed and seals it by another; nil stays nil.
func reseal(from, to *secret.Sealer, sealed []byte, owner string) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	plain, err := from.Open(sealed, owner)
	if err != nil {
		return nil, err
	}
	return to.Seal(plain, owner)
}

// checks tell keys apart that bear the same id on two installations: a check follows from a key, and tells nothing of it.
type checks struct{ byID, byCheck map[string]string }

const checkBytes = 16

func newChecks(keys secret.Keyring) (checks, error) {
	c := checks{byID: map[string]string{}, byCheck: map[string]string{}}
	for _, k := range keys.All() {
		sum, err := hkdf.Key(sha256.New, k.Bytes, nil, "watchword key check", checkBytes)
		if err != nil {
			return checks{}, fmt.Errorf("derive the check of key %s: %w", k.ID, err)
		}
		check := base64.RawURLEncoding.EncodeToString(sum)
		c.byID[k.ID], c.byCheck[check] = check, k.ID
	}
	return c, nil
}
