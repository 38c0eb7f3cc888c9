package userscontract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

func wire(password string) usersapi.Secret { return secret.NewWire(password) }

func byName(username string) usersapi.Login { return usersapi.Login{Username: username} }

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
	f := fault.Of(err)
	if reason == fault.Throttled && f.RetryAfter <= 0 {
		t.Fatal("throttled without a time to wait")
	}
	return f
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
