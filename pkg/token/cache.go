package token

import (
	"crypto/sha256"
	"sync"
)

// entry is what a token said whose signature was right.
type entry struct {
	claims accessClaims
	kid    string
}

// cache keeps some entries in two generations: where the young one is full it becomes the old one, and what nobody asked
// for since the last turn is forgotten.
type cache struct {
	mu         sync.Mutex
	half       int
	young, old map[[sha256.Size]byte]entry
}

func newCache(size int) *cache {
	return &cache{half: size / 2, young: map[[sha256.Size]byte]entry{}}
}

func (c *cache) get(digest [sha256.Size]byte) (entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.young[digest]; ok {
		return e, true
	}
	e, ok := c.old[digest]
	if ok {
		c.add(digest, e)
	}
	return e, ok
}

func (c *cache) put(digest [sha256.Size]byte, e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(digest, e)
}

func (c *cache) add(digest [sha256.Size]byte, e entry) {
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[[sha256.Size]byte]entry, c.half)
	}
	c.young[digest] = e
}
