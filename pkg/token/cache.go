package token

import (
	"crypto/sha256"
	"sync"
)

// digest is a whole token's SHA-256.
type digest = [sha256.Size]byte

// cache keeps some of what tokens said whose signatures were right. It has two generations: where the young one is full it
// becomes the old one, and what nobody asked for since the last turn is forgotten.
type cache[T any] struct {
	mu         sync.Mutex
	half       int
	young, old map[digest]T
}

func newCache[T any](size int) *cache[T] {
	return &cache[T]{half: size / 2, young: map[digest]T{}}
}

func (c *cache[T]) get(of digest) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.young[of]; ok {
		return e, true
	}
	e, ok := c.old[of]
	if ok {
		c.add(of, e)
	}
	return e, ok
}

func (c *cache[T]) put(of digest, e T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(of, e)
}

func (c *cache[T]) add(of digest, e T) {
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[digest]T, c.half)
	}
	c.young[of] = e
}
