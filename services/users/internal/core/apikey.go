package core

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/watchword/watchword/pkg/secret"
)

const (
	alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	apiKeyLength = 32
)

// mintAPIKey gives the account a new API key; the old one is worth nothing from then on. With 190 random bits a plain
// hash is enough to find it by.
func (c *Core) mintAPIKey(a *Account) error {
	key, err := c.letters(apiKeyLength)
	if err != nil {
		return err
	}
	sealed, err := c.sealers.apiKey.Seal([]byte(key.Reveal()), string(a.ID))
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(key.Reveal()))
	a.APIKey = APIKey{Hash: base64.RawURLEncoding.EncodeToString(sum[:]), Sealed: sealed}
	return nil
}

// letters draws n letters and digits, each as likely as any other.
func (c *Core) letters(n int) (secret.String, error) {
	const fair = 256 - 256%len(alphanumeric)
	out := make([]byte, 0, n)
	for b := make([]byte, 1); len(out) < n; {
		if _, err := io.ReadFull(c.Rand, b); err != nil {
			return secret.String{}, fmt.Errorf("draw letters: %w", err)
		}
		if int(b[0]) < fair {
			out = append(out, alphanumeric[int(b[0])%len(alphanumeric)])
		}
	}
	return secret.New(string(out)), nil
}
