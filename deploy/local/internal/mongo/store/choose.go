package store

import (
	"cmp"
	"slices"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// access is how a query gets at its documents: by a plan, or by one for each branch of an $or.
type access struct {
	plans []plan
	// branches are the filters of the plans, where there are several: a document that fits an earlier one has been seen.
	branches []document.Filter
}

func (a access) sorted() bool { return len(a.plans) == 1 && a.plans[0].sorted }

// candidate is an access that may be chosen.
type candidate struct {
	access
	score int
	keys  int // how many there are to walk, at most fewKeys
}

// fewKeys is how far candidates are counted: fewer keys than that are cheap to walk, and to sort.
const fewKeys = 200

// choose finds the best access. A whole unique key wins; otherwise the candidates' keys are counted, up to a bound. One
// that comes in the order asked for goes before one that must be sorted and is not known to be small.
func (c *collection) choose(q Query) access {
	asked := demandOf(q.Filter)
	scan := idIndex.plan(asked, q.Order)
	if scan.score >= scoreUnique {
		return access{plans: []plan{scan}}
	}
	candidates := c.candidates(q, asked, scan)
	if len(candidates) == 1 {
		return candidates[0].access
	}
	for i := range candidates {
		if candidates[i].score >= scoreUnique {
			return candidates[i].access
		}
	}
	for i := range candidates {
		candidates[i].keys = c.countUpTo(candidates[i].access, fewKeys)
	}
	return slices.MinFunc(candidates, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(rank(a, q), rank(b, q)),
			cmp.Compare(a.keys, b.keys),
			cmp.Compare(b.score, a.score),
		)
	}).access
}

func rank(c candidate, q Query) int {
	if len(q.Order) == 0 || c.sorted() || c.keys < fewKeys {
		return 0
	}
	return 1
}

// candidates are the plans that narrow or sort, and the scan of all documents if there are none.
func (c *collection) candidates(q Query, asked demand, scan plan) []candidate {
	var out []candidate
	for _, p := range append([]plan{scan}, c.plans(asked, q.Order)...) {
		if p.score > 0 {
			out = append(out, candidate{access: access{plans: []plan{p}}, score: p.score})
		}
	}
	if branches := q.Filter.Branches(); branches != nil {
		if union, ok := c.union(branches); ok {
			out = append(out, union)
		}
	}
	if len(out) == 0 {
		out = append(out, candidate{access: access{plans: []plan{scan}}})
	}
	return out
}

func (c *collection) plans(asked demand, order []document.Column) []plan {
	out := make([]plan, 0, len(c.indexes)+1)
	for _, d := range c.indexes {
		out = append(out, d.plan(asked, order))
	}
	return out
}

// union takes a plan for each branch of an $or, if each of them narrows.
func (c *collection) union(branches []document.Filter) (candidate, bool) {
	out := candidate{access: access{branches: branches}, score: scorePoint}
	for _, branch := range branches {
		asked := demandOf(branch)
		plans := append(c.plans(asked, nil), idIndex.plan(asked, nil))
		best := slices.MaxFunc(plans, func(a, b plan) int { return cmp.Compare(a.score, b.score) })
		if best.score == 0 {
			return candidate{}, false
		}
		best.sorted, best.exact = false, false
		out.plans = append(out.plans, best)
		out.score = min(out.score, best.score)
	}
	return out, true
}

// countUpTo counts the keys of an access until there are enough.
func (c *collection) countUpTo(a access, enough int) int {
	n := 0
	for _, p := range a.plans {
		cursor := c.bucket(p.index).Cursor()
		for _, s := range p.spans {
			for k, _ := first(cursor, s, p.backward); n < enough && inside(k, s, p.backward); k, _ = step(cursor, p.backward) {
				n++
			}
		}
	}
	return n
}
