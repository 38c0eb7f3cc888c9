package transfer_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/services/users/internal/transfer"
)

// BenchmarkImport takes 100,000 accounts of lynx, every other one with a second factor, into an empty store, and writes
// them out again.
func BenchmarkImport(b *testing.B) {
	const accounts = 100_000
	var dump bytes.Buffer
	for i := range accounts {
		doc, err := bson.Marshal(bson.D{
			{Key: "_id", Value: bson.NewObjectID()},
			{Key: "id", Value: fmt.Sprintf("be8881ce-af01-433b-a675-%012d", i)},
			{Key: "username", Value: fmt.Sprintf("user%d", i)},
			{Key: "email", Value: fmt.Sprintf("user%d@example.com", i)},
			{Key: "password", Value: bcrypt},
			{Key: "role", Value: "standard"},
			{Key: "secret", Value: fmt.Sprintf("%032d", i)},
			{Key: "totp", Value: bson.D{
				{Key: "enabled", Value: i%2 == 0},
				{Key: "secret", Value: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
				{Key: "backupCodes", Value: bson.A{"57E5ht9zD1d3", "6bllbg1122Qc", "76A7n7AHEm0r", "6VL2z2W151L5", "fQxPJJ6AYTu2", "S2uZ7A12k551"}},
			}},
		})
		check(b, err)
		dump.Write(doc)
	}
	for b.Loop() {
		b.StopTimer()
		p := mine(b)
		b.StartTimer()
		r := p.transfer(b, key("t1"))
		if sum := r.take(b, dump.Bytes(), transfer.Options{Format: transfer.Lynx}); sum.Imported != accounts {
			b.Fatalf("%+v\n%s", sum, r.report.String())
		}
		b.StopTimer()
		_, err := r.Export(b.Context(), io.Discard)
		check(b, err)
		b.StartTimer()
	}
	b.ReportMetric(accounts*float64(b.N)/b.Elapsed().Seconds(), "accounts/s")
}
