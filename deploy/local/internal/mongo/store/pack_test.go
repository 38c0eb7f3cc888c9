package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestPagesAreLeftFullWhereKeysComeInOrder: also where greater keys are there already. Where they come in any order, pages are
// left with room, as bbolt does.
func TestPagesAreLeftFullWhereKeysComeInOrder(t *testing.T) {
	t.Parallel()
	const n = 3000
	use := func(ids []int) (documents, index float64) {
		s := open(t)
		createIndex(t, s, people, "deletedAt_1", false, d("deletedAt", 1))
		insert(t, s, people, d("_id", "z", "deletedAt", "z"))
		for i := 0; i < n; i += 10 {
			var docs []bson.D
			for _, id := range ids[i : i+10] {
				docs = append(docs, d("_id", fmt.Sprintf("a%05d", id), "deletedAt", nil, "text", strings.Repeat("x", 300)))
			}
			insert(t, s, people, docs...)
		}
		return s.Use(people, "d"), s.Use(people, "x:deletedAt_1")
	}
	ordered := make([]int, n)
	for i := range ordered {
		ordered[i] = i
	}
	if documents, index := use(ordered); documents < 0.8 || index < 0.8 {
		t.Errorf("in order: documents fill %.2f of their pages, the keys of an index %.2f", documents, index)
	}
	if documents, index := use(rand.New(rand.NewPCG(1, 1)).Perm(n)); documents < 0.55 || documents > 0.8 || index < 0.55 || index > 0.8 {
		t.Errorf("in no order: documents fill %.2f of their pages, the keys of an index %.2f", documents, index)
	}
}
