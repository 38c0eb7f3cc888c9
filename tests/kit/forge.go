package kit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Signer signs what a JWT's first two parts are.
type Signer func(text []byte) ([]byte, error)

// SigningKey is the suite's own, as an operator has it: it signs access tokens (ES256).
func (s *Suite) SigningKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Data, "keys", "signing", "*.pem"))
	if err != nil || len(files) != 1 {
		t.Fatalf("signing keys: %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*ecdsa.PrivateKey)
}

// Key is the first of one of the suite's keyrings, such as "service.keys": its id and its bytes.
func (s *Suite) Key(t testing.TB, file string) (kid string, key []byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Data, "keys", file))
	if err != nil {
		t.Fatal(err)
	}
	kid, encoded, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if key, err = base64.StdEncoding.DecodeString(encoded); err != nil {
		t.Fatal(err)
	}
	return kid, key
}

// ES256 signs with a key on P-256 (RFC 7518, section 3.4).
func ES256(key *ecdsa.PrivateKey) Signer {
	return func(text []byte) ([]byte, error) {
		sum := sha256.Sum256(text)
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			return nil, err
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out, nil
	}
}

// HS256 signs with shared bytes.
func HS256(key []byte) Signer {
	return func(text []byte) ([]byte, error) {
		mac := hmac.New(crypto.SHA256.New, key)
		mac.Write(text)
		return mac.Sum(nil), nil
	}
}

// Unsigned leaves the signature empty.
func Unsigned([]byte) ([]byte, error) { return nil, nil }

// JWT writes a token of any header and claims.
func JWT(t testing.TB, header, claims map[string]any, sign Signer) string {
	t.Helper()
	var parts []string
	for _, part := range []map[string]any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	text := strings.Join(parts, ".")
	signature, err := sign([]byte(text))
	if err != nil {
		t.Fatal(fmt.Errorf("sign: %w", err))
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}
