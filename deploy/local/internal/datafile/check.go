package datafile

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// taken marks, in refs, a page that nothing else may lead to. Other references are a branch's number and the place on it.
const (
	taken    = 1
	branches = 2 // the number of the first branch
	places   = 16
)

// checker reads all that a file holds. First it follows the branches, which are few, from the top down; then it reads the
// leaves in the order in which they lie in the file, on all processors, as a disk gives them fastest. It knows of each page
// who leads to it, so that none is part of two trees, and each has only keys that belong there.
type checker struct {
	meta
	file  io.ReaderAt
	value func(bucket []string, key, value []byte) error
	refs  []uint64
	nodes []node
}

// node is a branch.
type node struct {
	page   page
	up     uint64 // its own reference
	bucket []string
}

// checkFile reads the whole file. value, which may be nil, is shown each value with the names of the buckets it is in.
func checkFile(file io.ReaderAt, size int64, pageSize int, value func(bucket []string, key, value []byte) error) error {
	m, err := readMeta(file, pageSize)
	if err != nil {
		return err
	}
	if m.high > uint64(size)/uint64(m.pageSize) {
		return errors.New("the file is cut short")
	}
	if value == nil {
		value = func([]string, []byte, []byte) error { return nil }
	}
	c := &checker{meta: m, file: file, value: value, refs: make([]uint64, m.high)}
	if err := c.bucket(nil, m.root); err != nil {
		return err
	}
	if err := c.leaves(); err != nil {
		return err
	}
	return c.freelist()
}

// read gives a page, whose number and kind must be as told.
func (c *checker) read(id uint64, kinds ...uint16) (page, error) {
	if id < firstPage || id >= c.high {
		return nil, fmt.Errorf("page %d is not there", id)
	}
	p := make(page, c.pageSize)
	if _, err := c.file.ReadAt(p, int64(id)*int64(c.pageSize)); err != nil {
		return nil, err
	}
	if err := c.fits(p, id, kinds...); err != nil || p.overflow() == 0 {
		return p, err
	}
	for behind := range p.overflow() { // nor is memory asked for because of a number that makes no sense
		if c.refs[id+1+behind] != 0 {
			return nil, fmt.Errorf("page %d runs over into page %d, which is another's", id, id+1+behind)
		}
	}
	p = make(page, c.pageSize*int(1+p.overflow()))
	_, err := c.file.ReadAt(p, int64(id)*int64(c.pageSize))
	return p, err
}

// fits looks at a page's header.
func (c *checker) fits(p page, id uint64, kinds ...uint16) error {
	if p.id() != id || !slices.Contains(kinds, p.kind()) || p.overflow() >= c.high-id {
		return fmt.Errorf("page %d is not what belongs there", id)
	}
	return nil
}

// claim notes who leads to a page.
func (c *checker) claim(id, ref uint64) error {
	if id < firstPage || id >= c.high {
		return fmt.Errorf("page %d is not there", id)
	}
	if c.refs[id] != 0 {
		return fmt.Errorf("two ways lead to page %d", id)
	}
	c.refs[id] = ref
	return nil
}

// take notes that a page, with those that it runs over into, is read already.
func (c *checker) take(p page) error {
	if err := c.claim(p.id(), taken); err != nil {
		return err
	}
	return c.claimRun(p.id(), p.overflow())
}

// claimRun notes that pages are taken by the one before them.
func (c *checker) claimRun(id, overflow uint64) error {
	for i := range overflow {
		if err := c.claim(id+1+i, taken); err != nil {
			return err
		}
	}
	return nil
}

// bucket follows a bucket's branches and those of the buckets in it. Buckets hold either buckets or values.
func (c *checker) bucket(names []string, root uint64) error {
	p, err := c.read(root, branchKind, leafKind)
	if err != nil {
		return err
	}
	if err := c.take(p); err != nil {
		return err
	}
	if p.kind() == leafKind {
		return c.leaf(p, names, between{}, true)
	}
	height, first := 1, page(nil)
	for first = p; ; height++ {
		_, child, _, err := first.branch(0, 0)
		if err == nil {
			first, err = c.read(child, branchKind, leafKind)
		}
		switch {
		case err != nil:
			return err
		case height > 64:
			return errors.New("a tree without an end")
		}
		if first.kind() == leafKind {
			break
		}
	}
	_, _, nested, _, err := first.leaf(0, 0)
	if err != nil {
		return err
	}
	return c.level(node{page: p, up: taken, bucket: names}, height, nested)
}

// level follows a branch that stands so many levels above the leaves. Leaves with buckets are read at once.
func (c *checker) level(n node, height int, nested bool) error {
	number := uint64(len(c.nodes) + branches)
	c.nodes = append(c.nodes, n)
	if err := c.branch(n, number<<places); err != nil {
		return err
	}
	if height == 1 && !nested {
		return nil
	}
	for i := range n.page.count() {
		child, ref := n.page.child(i), number<<places|uint64(i)
		c.refs[child] = taken // it is read here, and not with the leaves
		kind := uint16(branchKind)
		if height == 1 {
			kind = leafKind
		}
		p, err := c.read(child, kind)
		if err == nil {
			err = c.claimRun(child, p.overflow())
		}
		switch {
		case err != nil:
		case height == 1:
			err = c.leaf(p, n.bucket, c.bounds(ref), true)
		default:
			err = c.level(node{page: p, up: ref, bucket: n.bucket}, height-1, nested)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// branch reads a branch and claims the pages below it; first is the reference to the first of them.
func (c *checker) branch(n node, first uint64) error {
	if n.page.count() == 0 {
		return fmt.Errorf("page %d: a branch without leaves", n.page.id())
	}
	allowed := c.bounds(n.up)
	var before []byte
	end := 0
	for i := range n.page.count() {
		key, child, next, err := n.page.branch(i, end)
		if err != nil {
			return err
		}
		if !allowed.follows(key, before) {
			return fmt.Errorf("page %d: a key out of order", n.page.id())
		}
		if err := c.claim(child, first|uint64(i)); err != nil {
			return err
		}
		before, end = key, next
	}
	return nil
}

// bounds are the keys that belong on the page to which a reference leads.
func (c *checker) bounds(ref uint64) between {
	if ref == taken {
		return between{}
	}
	at := int(ref & (1<<places - 1))
	n := c.nodes[ref>>places-branches]
	var b between
	b.low = n.page.key(at)
	if at+1 < n.page.count() {
		b.high = n.page.key(at + 1)
	} else {
		b.high = c.bounds(n.up).high
	}
	return b
}

// leaf reads a leaf. nested says that it may hold buckets.
func (c *checker) leaf(p page, names []string, allowed between, nested bool) error {
	var before []byte
	end, first := 0, false
	for i := range p.count() {
		key, value, bucket, next, err := p.leaf(i, end)
		if i == 0 {
			first = bucket
		}
		switch {
		case err != nil:
			return err
		case !allowed.follows(key, before):
			return fmt.Errorf("page %d: a key out of order", p.id())
		case bucket != first:
			return fmt.Errorf("page %d: buckets and values in one", p.id())
		case !bucket:
			err = c.value(names, key, value)
		case !nested:
			return fmt.Errorf("page %d: a bucket among values", p.id())
		default:
			err = c.inner(append(slices.Clone(names), string(key)), value)
		}
		if err != nil {
			return err
		}
		before, end = key, next
	}
	return nil
}

// inner follows a bucket that stands in another.
func (c *checker) inner(names []string, value []byte) error {
	if len(value) < bucketSize {
		return errCut
	}
	if root := order.Uint64(value); root != 0 {
		return c.bucket(names, root)
	}
	inline := page(value[bucketSize:])
	if len(inline) < headerSize || inline.kind() != leafKind {
		return errCut
	}
	return c.leaf(inline, names, between{}, false)
}
