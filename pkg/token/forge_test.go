package token

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// claims are what a right access token says.
func (s *suite) claims() map[string]any {
	now := s.clock.now().Unix()
	return map[string]any{
		"iss": issuer, "sub": string(accountID), "aud": Audience, "iat": now, "nbf": now, "exp": now + 900,
		"jti": "x", "sid": string(sessionID), "role": "standard",
	}
}

// headerOf is what a right header of k says.
func headerOf(k keyFile) map[string]any {
	return map[string]any{"alg": k.jwk.Algorithm, "kid": k.jwk.KeyID, "typ": accessType}
}

// forge signs any header and claims with k, whatever they say.
func forge(t testing.TB, k keyFile, header, claims map[string]any) string {
	t.Helper()
	return signed(t, k, b64(encode(t, header))+"."+b64(encode(t, claims)))
}

// signed adds k's signature.
func signed(t testing.TB, k keyFile, input string) string {
	t.Helper()
	sig, err := jwt.GetSigningMethod(k.jwk.Algorithm).Sign(input, k.private)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(sig)
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func encode(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// decode gives the JSON of a token's segment.
func decode(t testing.TB, text string, segment int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[segment])
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func publicDER(t testing.TB, k crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func publicPEM(t testing.TB, k crypto.Signer) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER(t, k)})
}

func second[T any](_ T, err error) error { return err }
