package datafile

import (
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// chunk is how many bytes are read at a time.
const chunk = 1 << 20

// leaves reads those that nobody has read yet.
func (c *checker) leaves() error {
	var next atomic.Uint64
	var mu sync.Mutex
	var runs [][2]uint64 // page, overflow
	step := uint64(max(1, chunk/c.pageSize))
	group := errgroup.Group{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			buffer := make([]byte, step*uint64(c.pageSize))
			for {
				from := (next.Add(1) - 1) * step
				if from >= c.high {
					return nil
				}
				own, err := c.scan(buffer, from, min(from+step, c.high))
				if err != nil {
					next.Store(c.high) // the others need not go on
					return err
				}
				mu.Lock()
				runs = append(runs, own...)
				mu.Unlock()
			}
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, r := range runs {
		if err := c.claimRun(r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}

// scan reads the leaves among the pages from..to, and tells which run over.
func (c *checker) scan(buffer []byte, from, to uint64) (runs [][2]uint64, err error) {
	for ; from < to && c.refs[from] <= taken; from++ {
	}
	for ; from < to && c.refs[to-1] <= taken; to-- {
	}
	if from == to {
		return nil, nil
	}
	buffer = buffer[:(to-from)*uint64(c.pageSize)]
	if _, err := c.file.ReadAt(buffer, int64(from)*int64(c.pageSize)); err != nil {
		return nil, err
	}
	for id := from; id < to; id++ {
		ref := c.refs[id]
		if ref <= taken {
			continue
		}
		p := page(buffer[(id-from)*uint64(c.pageSize):][:c.pageSize])
		if err := c.fits(p, id, leafKind); err != nil {
			return nil, err
		}
		if p.overflow() > 0 {
			runs = append(runs, [2]uint64{id, p.overflow()})
			if p, err = c.read(id, leafKind); err != nil {
				return nil, err
			}
		}
		if err := c.leaf(p, c.nodes[ref>>places-branches].bucket, c.bounds(ref), false); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// freelist reads the list of free pages, where there is one: bbolt writes over what stands on it.
func (c *checker) freelist() error {
	if c.meta.freelist == noFreelist {
		return nil
	}
	p, err := c.read(c.meta.freelist, freelistKind)
	if err != nil {
		return err
	}
	if err := c.take(p); err != nil {
		return err
	}
	ids, err := p.free()
	if err != nil {
		return err
	}
	for ; len(ids) > 0; ids = ids[8:] {
		if err := c.claim(order.Uint64(ids), taken); err != nil {
			return err
		}
	}
	return nil
}
