package mongo_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/deploy/local/internal/mongo"
)

var accountsInBench = flag.Int("accounts", 10_000, "how many accounts the benchmark has")

func accountID(i int) string { return fmt.Sprintf("01J%023d", i) }

// load fills a store with accounts as the services keep them. Every hundredth is deleted.
func load(b *testing.B, c *driver.Collection, n int) {
	b.Helper()
	ctx := context.Background()
	index(b, c, d("usernameKey", 1), true)
	index(b, c, d("emailKey", 1), true)
	index(b, c, d("deletedAt", 1, "_id", 1), false)
	begun := time.Now()
	for i := 0; i < n; i += 1000 {
		var docs []any
		for j := i; j < min(i+1000, n); j++ {
			doc := d("_id", accountID(j), "usernameKey", fmt.Sprint("u:user", j), "emailKey", fmt.Sprint("e:user", j, "@example.com"),
				"username", fmt.Sprint("user", j), "email", fmt.Sprint("user", j, "@example.com"), "version", int64(1), "createdAt", begun,
				"password", d("hash", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"))
			if j%100 == 0 {
				doc = append(doc, d("deletedAt", begun)...)
			}
			docs = append(docs, doc)
		}
		_, err := c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
		must(b, err)
	}
	b.Logf("loaded %d accounts in %v", n, time.Since(begun).Round(time.Millisecond))
}

func BenchmarkAccounts(b *testing.B) {
	ctx := context.Background()
	cfg := config(b)
	cfg.NoSync = false
	s, stop := start(b, cfg)
	c := connect(b, s).Database("users").Collection("accounts")
	n := *accountsInBench
	load(b, c, n)
	live := d("deletedAt", nil)
	byID := options.Find().SetSort(d("_id", 1)).SetLimit(20)
	page := func(filter any, o ...options.Lister[options.FindOptions]) error {
		cur, err := c.Find(ctx, filter, o...)
		if err != nil {
			return err
		}
		var docs []struct{}
		return cur.All(ctx, &docs)
	}
	for name, op := range map[string]func(i int) error{
		"find by username": func(i int) error { return c.FindOne(ctx, d("usernameKey", fmt.Sprint("u:user", i))).Err() },
		"find by either": func(i int) error {
			return c.FindOne(ctx, d("$or", []any{d("usernameKey", fmt.Sprint("u:user", i)), d("emailKey", "e:none")})).Err()
		},
		"compare and set": func(i int) error {
			return c.FindOneAndUpdate(ctx, d("_id", accountID(i), "version", d("$gte", 1)), d("$inc", d("version", int64(1)))).Err()
		},
		"page behind a key":       func(i int) error { return page(d("deletedAt", nil, "_id", d("$gt", accountID(i))), byID) },
		"page 500":                func(int) error { return page(live, byID, options.Find().SetSkip(500*20)) },
		"page in the middle":      func(int) error { return page(live, byID, options.Find().SetSkip(int64(n/2))) },
		"count of the live":       func(int) error { _, err := c.CountDocuments(ctx, live); return err },
		"count of all":            func(int) error { _, err := c.EstimatedDocumentCount(ctx); return err },
		"page in the other order": func(int) error { return page(live, options.Find().SetSort(d("_id", -1)).SetLimit(20)) },
	} {
		for _, clients := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) {
				var failed atomic.Pointer[error]
				b.SetParallelism(clients)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := op(rand.IntN(n)); err != nil {
							failed.Store(&err)
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
				if err := failed.Load(); err != nil {
					b.Fatal(*err)
				}
			})
		}
	}
	stop()
	begun := time.Now()
	cfg.Listener = listen(b)
	again, err := mongo.Open(cfg)
	must(b, err)
	b.Logf("opened again in %v", time.Since(begun).Round(time.Millisecond))
	done, cancel := context.WithCancel(ctx)
	cancel()
	must(b, again.Run(done))
}
