package datafile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// The layout of a bbolt file, version 2: https://pkg.go.dev/go.etcd.io/bbolt. Numbers are in the machine's order. Page 0
// and page 1 are metas, of which the one with the higher transaction counts. A page may run over into those behind it.
const (
	headerSize  = 16 // id, kind, count, overflow
	elementSize = 16 // on a branch: position, length of the key, page; on a leaf: flags, position, lengths of key and value
	bucketSize  = 16 // root page, sequence; without a root, a leaf follows

	branchKind   = 0x01
	leafKind     = 0x02
	metaKind     = 0x04
	freelistKind = 0x10

	bucketFlag = 0x01

	magic      = 0xED0CDAED
	version    = 2
	metaSize   = 64
	noFreelist = ^uint64(0)
	firstPage  = 2
	longCount  = 0xFFFF // of a free list: the count stands before the ids
)

var order = binary.NativeEndian

// meta says where everything begins.
type meta struct {
	pageSize             int
	root, freelist, high uint64 // pages; high is behind the last one in use
	tx                   uint64
}

// readMeta takes the meta that counts.
func readMeta(file io.ReaderAt, pageSize int) (meta, error) {
	var best meta
	found := false
	for at := range int64(firstPage) {
		b := make([]byte, headerSize+metaSize)
		if _, err := file.ReadAt(b, at*int64(pageSize)); err != nil {
			return best, err
		}
		b = b[headerSize:]
		sum := fnv.New64a()
		_, _ = sum.Write(b[:metaSize-8])
		if order.Uint32(b) != magic || order.Uint32(b[4:]) != version || order.Uint64(b[metaSize-8:]) != sum.Sum64() {
			continue
		}
		m := meta{
			pageSize: int(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
			high: order.Uint64(b[40:]), tx: order.Uint64(b[48:]),
		}
		if !found || m.tx > best.tx {
			best, found = m, true
		}
	}
	if !found || best.pageSize != pageSize {
		return best, errors.New("its beginning makes no sense")
	}
	return best, nil
}

// page is a page with those that it runs over into.
type page []byte

func (p page) id() uint64       { return order.Uint64(p) }
func (p page) kind() uint16     { return order.Uint16(p[8:]) }
func (p page) count() int       { return int(order.Uint16(p[10:])) }
func (p page) overflow() uint64 { return uint64(order.Uint32(p[12:])) }

// branch gives the i-th key of a branch and the page below it. What elements hold stands in their order without gaps, so the
// end of one, 0 before the first, tells where the next begins.
func (p page) branch(i, end int) (key []byte, child uint64, next int, err error) {
	e, err := p.element(i)
	if err != nil {
		return nil, 0, 0, err
	}
	key, next, err = p.bytes(i, end, order.Uint32(e), uint64(order.Uint32(e[4:])))
	return key, order.Uint64(e[8:]), next, err
}

// leaf gives the i-th key of a leaf and its value, likewise.
func (p page) leaf(i, end int) (key, value []byte, bucket bool, next int, err error) {
	e, err := p.element(i)
	if err != nil {
		return nil, nil, false, 0, err
	}
	flags, position, size := order.Uint32(e), order.Uint32(e[4:]), order.Uint32(e[8:])
	if flags&^bucketFlag != 0 {
		return nil, nil, false, 0, fmt.Errorf("page %d: unknown flags", p.id())
	}
	both, next, err := p.bytes(i, end, position, uint64(size)+uint64(order.Uint32(e[12:])))
	if err != nil {
		return nil, nil, false, 0, err
	}
	return both[:size:size], both[size:], flags == bucketFlag, next, nil
}

// child and key are those of a branch that was read before.
func (p page) child(i int) uint64 { return order.Uint64(p[headerSize+i*elementSize+8:]) }

func (p page) key(i int) []byte {
	at := headerSize + i*elementSize
	from := at + int(order.Uint32(p[at:]))
	return p[from : from+int(order.Uint32(p[at+4:]))]
}

var errCut = errors.New("a page that is cut short")

func (p page) element(i int) ([]byte, error) {
	from := headerSize + i*elementSize
	if from+elementSize > len(p) {
		return nil, errCut
	}
	return p[from:], nil
}

// bytes are those of an element; its position counts from where it stands itself.
func (p page) bytes(i, end int, position uint32, size uint64) (b []byte, next int, err error) {
	if i == 0 {
		end = headerSize + p.count()*elementSize
	}
	if uint64(headerSize+i*elementSize)+uint64(position) != uint64(end) || uint64(end)+size > uint64(len(p)) {
		return nil, 0, fmt.Errorf("page %d: an element that is not whole", p.id())
	}
	next = end + int(size)
	return p[end:next:next], next, nil
}

// free are the pages on a free list.
func (p page) free() ([]byte, error) {
	ids, n := p[headerSize:], uint64(p.count())
	if n == longCount && len(ids) >= 8 {
		n, ids = order.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return nil, errCut
	}
	return ids[:8*n], nil
}

// between are the keys that a page may hold: from low on, up to but without high. Nil is no bound.
type between struct{ low, high []byte }

// follows tells whether a key may come after another, which is nil where it is the first.
func (b between) follows(key, before []byte) bool {
	return len(key) > 0 && (before != nil || bytes.Compare(key, b.low) >= 0) &&
		(before == nil || bytes.Compare(key, before) > 0) && (b.high == nil || bytes.Compare(key, b.high) < 0)
}
