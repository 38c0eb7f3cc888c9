package core_test

import (
	"encoding/base32"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

func accept(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refuse(t *testing.T, err error, reason fault.Reason) *fault.Fault {
	t.Helper()
	if !fault.Has(err, reason) {
		t.Fatalf("got %v, want %s", err, reason)
	}
	return fault.Of(err)
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	secrets := cmp.Comparer(func(a, b secret.String) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, got, secrets, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// race runs fn 50 times at once and counts who met no error; every error must have one of the reasons.
func race(t *testing.T, fn func() error, reasons ...fault.Reason) int64 {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := fn()
			if err == nil {
				won.Add(1)
				return
			}
			for _, r := range reasons {
				if fault.Has(err, r) {
					return
				}
			}
			t.Error(err)
		})
	}
	wg.Wait()
	return won.Load()
}

func signIn(username, password, code string) usersapi.SignIn {
	return usersapi.SignIn{Login: usersapi.Login{Username: username}, Password: secret.NewWire(password), Code: code}
}

// codeOf is what an authenticator that scanned uri shows now.
func codeOf(t *testing.T, f *coretest.Fixture, uri secret.String) string {
	t.Helper()
	u, err := url.Parse(uri.Reveal())
	accept(t, err)
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.Query().Get("secret"))
	accept(t, err)
	return coretest.CodeAt(t, raw, f.Clock.Now())
}
