package token

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// publisher answers with a JWKS that tests change.
type publisher struct {
	asked  atomic.Int64
	answer atomic.Pointer[http.HandlerFunc]
}

func (p *publisher) RoundTrip(r *http.Request) (*http.Response, error) {
	p.asked.Add(1)
	w := httptest.NewRecorder()
	(*p.answer.Load())(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func (p *publisher) answers(f http.HandlerFunc) { p.answer.Store(&f) }

func (p *publisher) publishes(t testing.TB, keys ...jose.JSONWebKey) {
	t.Helper()
	body := encode(t, jose.JSONWebKeySet{Keys: keys})
	p.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
}

func (p *publisher) fails() {
	p.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
}

func (p *publisher) demand(t *testing.T, want int64) {
	t.Helper()
	synctest.Wait()
	if got := p.asked.Load(); got != want {
		t.Errorf("asked %d times, want %d", got, want)
	}
}

// remote runs a test in a bubble, where time is its own.
func remote(t *testing.T, test func(t *testing.T, p *publisher, r *RemoteKeys, k jose.JSONWebKey)) {
	t.Helper()
	t.Parallel()
	k := keyNamed(t, "one")
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{}
		p.publishes(t, k)
		test(t, p, NewRemoteKeys("http://auth/keys", &http.Client{Transport: p}, time.Now), k)
	})
}

func keyNamed(t testing.TB, kid string) jose.JSONWebKey {
	t.Helper()
	return jose.JSONWebKey{Key: ecKey(t).Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}
}

func demandKey(t *testing.T, r *RemoteKeys, kid string, want bool) {
	t.Helper()
	k, ok, err := r.Find(t.Context(), kid)
	if err != nil || ok != want || ok && k.KeyID != kid {
		t.Errorf("%s: %q, %v, %v", kid, k.KeyID, ok, err)
	}
}

func TestRemoteKeysFetchOnceForMany(t *testing.T) {
	remote(t, func(t *testing.T, p *publisher, r *RemoteKeys, k jose.JSONWebKey) {
		body := encode(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k}})
		p.answers(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			_, _ = w.Write(body)
		})
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { demandKey(t, r, "one", true) })
		}
		wg.Wait()
		p.demand(t, 1)
	})
}

// TestUnknownKidsCauseOneFetchIn10s is JW-02.
func TestUnknownKidsCauseOneFetchIn10s(t *testing.T) {
	remote(t, func(t *testing.T, p *publisher, r *RemoteKeys, _ jose.JSONWebKey) {
		demandKey(t, r, "one", true)
		for range 100 {
			demandKey(t, r, "two", false)
			demandKey(t, r, "three", false)
		}
		p.demand(t, 1)
		time.Sleep(refetchUnknown)
		p.publishes(t, keyNamed(t, "two"))
		demandKey(t, r, "two", true)
		demandKey(t, r, "one", false) // retired
		p.demand(t, 2)
	})
}

func TestKnownKeysAreRefreshedBeside(t *testing.T) {
	remote(t, func(t *testing.T, p *publisher, r *RemoteKeys, k jose.JSONWebKey) {
		demandKey(t, r, "one", true)
		time.Sleep(refetchKnown - time.Second)
		demandKey(t, r, "one", true)
		p.demand(t, 1)
		time.Sleep(time.Second)
		p.publishes(t, keyNamed(t, "two"))
		demandKey(t, r, "one", true) // at once, out of what is known
		p.demand(t, 2)
		demandKey(t, r, "two", true)
		demandKey(t, r, "one", false)
	})
}

func TestKnownKeysStayWhileTheOtherIsDown(t *testing.T) {
	remote(t, func(t *testing.T, p *publisher, r *RemoteKeys, k jose.JSONWebKey) {
		demandKey(t, r, "one", true)
		p.fails()
		time.Sleep(refetchKnown)
		for range 10 {
			demandKey(t, r, "one", true)
		}
		p.demand(t, 2)
		if _, ok, err := r.Find(t.Context(), "two"); ok || err == nil {
			t.Errorf("whether there is a second key can't be told: %v, %v", ok, err)
		}
		time.Sleep(refetchUnknown)
		demandKey(t, r, "one", true)
		p.demand(t, 3)
		p.publishes(t, k, keyNamed(t, "two"))
		time.Sleep(refetchUnknown)
		demandKey(t, r, "two", true)
	})
}

func TestACallerLeavesWithItsContext(t *testing.T) {
	remote(t, func(t *testing.T, p *publisher, r *RemoteKeys, k jose.JSONWebKey) {
		body := encode(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k}})
		p.answers(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(2 * time.Second)
			_, _ = w.Write(body)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := r.Find(ctx, "one"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		demandKey(t, r, "one", true) // the fetch went on for whoever still waits
		p.demand(t, 1)
	})
}

func TestAFetchEndsByItself(t *testing.T) {
	remote(t, func(t *testing.T, p *publisher, r *RemoteKeys, _ jose.JSONWebKey) {
		p.answers(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
		if _, _, err := r.Find(context.WithoutCancel(t.Context()), "one"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnswersThatAreNoKeys(t *testing.T) {
	t.Parallel()
	private := string(encode(t, jose.JSONWebKey{Key: ecKey(t), KeyID: "one", Algorithm: "ES256"}))
	symmetric := `{"kty":"oct","kid":"one","alg":"HS256","k":"AAAA"}`
	named := func(change func(*jose.JSONWebKey)) string {
		k := keyNamed(t, "one")
		change(&k)
		return string(encode(t, k))
	}
	for name, body := range map[string]string{
		"HTML":        "<html>",
		"no set":      "{}",
		"empty":       `{"keys":[]}`,
		"too long":    `{"keys":[` + named(func(*jose.JSONWebKey) {}) + `],"x":"` + strings.Repeat("x", maxJWKSBytes) + `"}`,
		"private":     `{"keys":[` + private + `]}`,
		"symmetric":   `{"keys":[` + symmetric + `]}`,
		"other alg":   `{"keys":[` + named(func(k *jose.JSONWebKey) { k.Algorithm = "ES384" }) + `]}`,
		"no alg":      `{"keys":[` + named(func(k *jose.JSONWebKey) { k.Algorithm = "" }) + `]}`,
		"odd kid":     `{"keys":[` + named(func(k *jose.JSONWebKey) { k.KeyID = "../one" }) + `]}`,
		"unknown kty": `{"keys":[{"kty":"XYZ","kid":"one"}]}`,
	} {
		p := &publisher{}
		p.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		r := NewRemoteKeys("http://auth/keys", &http.Client{Transport: p}, time.Now)
		if _, ok, err := r.Find(t.Context(), "one"); ok || err == nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

func TestKeysOfNoUseAreLeftOut(t *testing.T) {
	t.Parallel()
	k := keyNamed(t, "one")
	body := []byte(`{"keys":[{"kty":"XYZ","kid":"new"},` + string(encode(t, k)) + `]}`)
	keys, err := readJWKS(body)
	if err != nil || len(keys) != 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}
