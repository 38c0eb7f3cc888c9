package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keyFile is one signing key of the folder.
type keyFile struct {
	name     string
	modified time.Time
	private  crypto.Signer
	jwk      jose.JSONWebKey // the public half
}

// readKeyDir gives the folder's keys by ascending file name. Only *.pem counts, and no name that begins with a dot, as
// Kubernetes' own entries of a mounted Secret do.
func readKeyDir(path string) ([]keyFile, error) {
	entries, err := os.ReadDir(path) // in the names' order
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	var files []keyFile
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || filepath.Ext(e.Name()) != ".pem" {
			continue
		}
		f, err := readKeyFile(filepath.Join(path, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", filepath.Join(path, e.Name()), err)
		}
		for _, other := range files {
			if other.jwk.KeyID == f.jwk.KeyID {
				return nil, fmt.Errorf("signing keys: %s and %s in %s are the same key", other.name, f.name, path)
			}
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("signing keys: no *.pem in %s", path)
	}
	return files, nil
}

func readKeyFile(path string) (keyFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return keyFile{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return keyFile{}, err
	}
	private, err := parseKey(text)
	if err != nil {
		return keyFile{}, err
	}
	jwk := jose.JSONWebKey{Key: private.Public(), Algorithm: algorithm(private.Public()), Use: "sig"}
	if jwk.Algorithm == "" {
		return keyFile{}, errors.New("neither ECDSA P-256 nor Ed25519 nor RSA of at least 2048 bits")
	}
	if jwk.KeyID, err = keyID(jwk); err != nil {
		return keyFile{}, err
	}
	return keyFile{name: info.Name(), modified: info.ModTime(), private: private, jwk: jwk}, nil
}

// parseKey reads the first private key of a PEM text. Its errors say nothing of the content.
func parseKey(text []byte) (crypto.Signer, error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, errors.New("no private key in PEM")
		}
		var parsed any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			parsed, err = x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		default: // EC PARAMETERS, say
			continue
		}
		signer, ok := parsed.(crypto.Signer)
		if err != nil || !ok {
			return nil, errors.New("a private key that can't be read")
		}
		return signer, nil
	}
}

// algorithm is the only one that a public key is used with; empty for a key that the suite does not use.
func algorithm(public any) string {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return "ES256"
		}
	case ed25519.PublicKey:
		return "EdDSA"
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return "RS256"
		}
	}
	return ""
}

// keyID is the beginning of the key's thumbprint (RFC 7638): 96 bits, the same wherever the key is read.
func keyID(jwk jose.JSONWebKey) (string, error) {
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sum[:12]), nil
}
