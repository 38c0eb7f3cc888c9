package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How often another service's keys are asked for, how long that may take and how much it may answer.
const (
	refetchUnknown = 10 * time.Second
	refetchKnown   = 5 * time.Minute
	fetchTimeout   = 3 * time.Second
	maxJWKSBytes   = 64 << 10
)

// RemoteKeys fetches and keeps another service's JWKS: again for an unknown kid, at most once in 10 s, and every 5
// minutes. While it can't be fetched the keys known stay in use.
type RemoteKeys struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex
	keys    map[string]jose.JSONWebKey
	fetched time.Time     // when keys came
	asked   time.Time     // when they were last asked for
	err     error         // what came of that
	running chan struct{} // closed when the fetch that runs is over; nil: none runs
}

// NewRemoteKeys reads url with client.
func NewRemoteKeys(url string, client *http.Client, now func() time.Time) *RemoteKeys {
	return &RemoteKeys{url: url, client: client, now: now}
}

// Find gives a key, fetching where the kid is unknown; err only where that could not be told. A key that is known is
// given at once, its refresh runs beside.
func (r *RemoteKeys) Find(ctx context.Context, kid string) (jose.JSONWebKey, bool, error) {
	key, ok, running, err := r.look(ctx, kid)
	if ok || running == nil {
		return key, ok, err
	}
	select {
	case <-running:
	case <-ctx.Done():
		return jose.JSONWebKey{}, false, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key, ok = r.keys[kid]
	if ok {
		return key, true, nil
	}
	return key, false, r.err
}

// look gives what is known, and starts a fetch where it is time for one and none runs.
func (r *RemoteKeys) look(ctx context.Context, kid string) (key jose.JSONWebKey, ok bool, running chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	key, ok = r.keys[kid]
	stale := !ok || now.Sub(r.fetched) >= refetchKnown
	if stale && r.running == nil && now.Sub(r.asked) >= refetchUnknown {
		r.asked, r.running = now, make(chan struct{})
		go r.fetch(context.WithoutCancel(ctx)) // many wait for it: the first one's leaving must not end it
	}
	if ok {
		return key, true, nil, nil
	}
	return key, false, r.running, r.err
}

// fetch asks once and takes the keys over; it ends by fetchTimeout.
func (r *RemoteKeys) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	keys, err := r.get(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err = err; err == nil {
		r.keys, r.fetched = keys, r.now()
	}
	close(r.running)
	r.running = nil
}

func (r *RemoteKeys) get(ctx context.Context) (map[string]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch keys: status %d", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxJWKSBytes+1))
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	if len(body) > maxJWKSBytes {
		return nil, errors.New("fetch keys: answer too long")
	}
	return readJWKS(body)
}

// readJWKS gives the keys that the suite uses; others are left out, as a later version may publish some. A set without
// one is an error.
func readJWKS(body []byte) (map[string]jose.JSONWebKey, error) {
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	keys := map[string]jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) != nil || !validKeyID(k.KeyID) || k.Algorithm != algorithm(k.Key) || k.Algorithm == "" {
			continue
		}
		if k.Use != "" && k.Use != "sig" { // RFC 7517, section 4.2
			continue
		}
		keys[k.KeyID] = k
	}
	if len(keys) == 0 {
		return nil, errors.New("read keys: none of use")
	}
	return keys, nil
}

var _ KeySource = (*RemoteKeys)(nil)
