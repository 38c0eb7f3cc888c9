// Package keys mints the suite's keys once, as files that the settings' _FILE variants name.
package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const keyBytes = 32

// rings are the settings that hold a keyring, and the files they are minted into.
var rings = map[string]string{
	"WATCHWORD_SERVICE_KEYS": "service.keys",
	"WATCHWORD_CSRF_KEYS":    "csrf.keys",
	"WATCHWORD_LIMIT_KEY":    "limit.key",
	"WATCHWORD_REFRESH_KEYS": "refresh.keys",
	"WATCHWORD_SEAL_KEYS":    "seal.keys",
	"WATCHWORD_PEPPER_KEYS":  "pepper.keys",
}

// Mint makes what is missing under dir (mode 0700; files 0600) and gives the settings that lead there. What exists is
// never changed.
func Mint(dir string) (map[string]string, error) {
	signing := filepath.Join(dir, "signing")
	if err := os.MkdirAll(signing, 0o700); err != nil {
		return nil, err
	}
	settings := map[string]string{"WATCHWORD_SIGNING_KEYS_DIR": signing}
	for setting, name := range rings {
		path := filepath.Join(dir, name)
		settings[setting+"_FILE"] = path
		if err := once(path, ring); err != nil {
			return nil, err
		}
	}
	present, err := filepath.Glob(filepath.Join(signing, "*.pem"))
	if err != nil {
		return nil, err
	}
	if len(present) == 0 {
		err = once(filepath.Join(signing, "0001.pem"), signingKey)
	}
	return settings, err
}

// once writes what text gives into path, unless the file is there. It appears whole or not at all.
func once(path string, text func() ([]byte, error)) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	content, err := text()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// ring is a keyring of one key.
func ring() ([]byte, error) {
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return []byte("k1 " + base64.StdEncoding.EncodeToString(key) + "\n"), nil
}

// signingKey is a private key for ES256.
func signingKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
