package token

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How long a key is published before it signs, so that whoever keeps the JWKS has it by then; and how often the folder
// is read.
const (
	publishFirst = 60 * time.Second
	rereadEvery  = 10 * time.Second
)

// KeyDir holds the signing keys of a folder of PEM files and follows its changes: all are published, the greatest file
// name signs once it has been there for 60 s (at once where it is the only one).
type KeyDir struct {
	path string
	now  func() time.Time
	log  *slog.Logger

	mu    sync.RWMutex
	files []keyFile            // by ascending name
	since map[string]time.Time // kid: published since
	signs int                  // index in files
}

// OpenKeyDir reads the folder; an unreadable one, one without a key, or a key that is not ECDSA P-256, Ed25519 or RSA of
// at least 2048 bits is an error that names the file.
func OpenKeyDir(path string, now func() time.Time, log *slog.Logger) (*KeyDir, error) {
	files, err := readKeyDir(path)
	if err != nil {
		return nil, err
	}
	d := &KeyDir{path: path, now: now, log: log}
	// An earlier process may have published these: a file's age tells since when at the least.
	d.take(files, func(f keyFile) time.Time { return f.modified })
	return d, nil
}

// Run rereads the folder every few seconds until ctx ends; a folder that has become unreadable is logged and the keys
// stay.
func (d *KeyDir) Run(ctx context.Context) error {
	t := time.NewTicker(rereadEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			d.reread(ctx)
		}
	}
}

func (d *KeyDir) reread(ctx context.Context) {
	files, err := readKeyDir(d.path)
	if err != nil {
		d.log.ErrorContext(ctx, "signing keys can't be read, the known ones stay", "error", err)
		return
	}
	before := d.signer()
	d.take(files, func(keyFile) time.Time { return d.now() })
	if after := d.signer(); after.jwk.KeyID != before.jwk.KeyID {
		d.log.InfoContext(ctx, "signing key changed", "kid", after.jwk.KeyID, "file", after.name)
	}
}

// take publishes files and chooses the signer; published tells since when a key counts that was not there before.
func (d *KeyDir) take(files []keyFile, published func(keyFile) time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	since := map[string]time.Time{}
	for _, f := range files {
		seen, known := d.since[f.jwk.KeyID]
		if !known {
			seen = published(f)
		}
		since[f.jwk.KeyID] = seen
	}
	signs := 0
	for i, f := range files {
		if len(d.files) > 0 && f.jwk.KeyID == d.files[d.signs].jwk.KeyID {
			signs = i
		}
	}
	for i, f := range files {
		if d.now().Sub(since[f.jwk.KeyID]) >= publishFirst {
			signs = i
		}
	}
	d.files, d.since, d.signs = files, since, signs
}

func (d *KeyDir) signer() keyFile {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.files[d.signs]
}

// JWKS are the public keys.
func (d *KeyDir) JWKS() jose.JSONWebKeySet {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var set jose.JSONWebKeySet
	for _, f := range d.files {
		set.Keys = append(set.Keys, f.jwk)
	}
	return set
}

// Find gives a key of the folder.
func (d *KeyDir) Find(_ context.Context, kid string) (jose.JSONWebKey, bool, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, f := range d.files {
		if f.jwk.KeyID == kid {
			return f.jwk, true, nil
		}
	}
	return jose.JSONWebKey{}, false, nil
}

// Ages tells how long the youngest key in each state has been published, as far as this process knows: "signing", and
// "published" for those that only verify.
func (d *KeyDir) Ages() map[string]time.Duration {
	d.mu.RLock()
	defer d.mu.RUnlock()
	ages := map[string]time.Duration{}
	for i, f := range d.files {
		state := "published"
		if i == d.signs {
			state = "signing"
		}
		age := max(0, d.now().Sub(d.since[f.jwk.KeyID]))
		if youngest, ok := ages[state]; !ok || age < youngest {
			ages[state] = age
		}
	}
	return ages
}

var _ KeySource = (*KeyDir)(nil)
