package core_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/auth/internal/core"
	"github.com/watchword/watchword/services/auth/internal/coretest"
)

// somebody asks from an address of the documentation.
var somebody = core.Client{Address: "192.0.2.1", Agent: "browser", Locale: "de", Dialect: session.Legion, Policy: core.Policy{Challenge: true}}

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

func byName(a usersapi.Account) usersapi.Login { return usersapi.Login{Username: a.Username} }

// signIn signs a in by its password.
func signIn(t *testing.T, f *coretest.Fixture, a usersapi.Account) core.SignedIn {
	t.Helper()
	out, err := f.Login(t.Context(), byName(a), secret.New(coretest.Password), "", somebody)
	accept(t, err)
	return out
}

// principal is who asks with an access token; the session must be alive.
func principal(t *testing.T, f *coretest.Fixture, s core.SignedIn) session.Principal {
	t.Helper()
	who, err := session.NewAuthenticator(f.Access, f.Sessions).Authenticate(t.Context(), s.Access.Reveal())
	accept(t, err)
	return who
}

// ended demands that a session's access token and its refresh token are good for nothing any more.
func ended(t *testing.T, f *coretest.Fixture, s core.SignedIn) {
	t.Helper()
	_, err := session.NewAuthenticator(f.Access, f.Sessions).Authenticate(t.Context(), s.Access.Reveal())
	refuse(t, err, fault.Unauthenticated)
	outdated(t, f, s)
}

// outdated demands that a session can't go on: it has ended, or its account's epoch is past it and users is about to end it.
func outdated(t *testing.T, f *coretest.Fixture, s core.SignedIn) {
	t.Helper()
	_, err := f.Refresh(t.Context(), s.Refresh, s.Access, session.Legion)
	refuse(t, err, fault.RefreshInvalid)
}
