package transfer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/transfer"
)

// nowhere takes accounts, and keeps none.
type nowhere struct{ transfer.Accounts }

func (nowhere) Known(_ context.Context, accounts []core.Account) ([]core.Arrival, error) {
	return make([]core.Arrival, len(accounts)), nil
}

// Whatever a file holds, it is read to its end or refused, and each row is accounted for.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"lynx.bson", "lynx.canonical.json", "wolf.relaxed.json", "wolf.bson"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(`{"watchword":1,"account":{"id":"01GKPZ4QG0000000000000000A","username":"ada","name":"a","role":"admin","epoch":1,"version":1,"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"}}`))
	keys := ring(f, []secret.Key{key("k1")})
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, format := range []transfer.Format{transfer.NDJSON, transfer.Lynx, transfer.Wolf} {
			refused, done := 0, 0
			tr, err := transfer.New(transfer.Deps{
				Accounts: nowhere{}, SealKeys: keys, PepperKeys: keys, TransferKeys: keys, Now: func() time.Time { return noon },
				Rand: rand.Reader, Refused: func(transfer.Row, string) { refused++ }, Noted: func(transfer.Row, string) {}, Done: func() { done++ },
			})
			check(t, err)
			sum, err := tr.Import(t.Context(), bytes.NewReader(text), transfer.Options{Format: format, DryRun: true})
			if err == nil && (sum.Refused != refused || sum.Imported+sum.Unchanged+sum.Refused+sum.Communities != done) {
				t.Errorf("%s: %+v, but %d refused of %d", format, sum, refused, done)
			}
		}
	})
}
