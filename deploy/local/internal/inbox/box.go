package inbox

import (
	"slices"
	"strconv"
	"sync"
)

// box keeps the newest messages, at most so many and so many bytes.
type box struct {
	maxMessages, maxBytes int

	mu     sync.Mutex
	kept   []*message // the newest last
	bytes  int
	lastID int
}

func newBox(maxMessages, maxBytes int) *box {
	return &box{maxMessages: maxMessages, maxBytes: maxBytes}
}

// add keeps m, under a new id, and drops the oldest messages beyond the bounds.
func (b *box) add(m *message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastID++
	m.id = strconv.Itoa(b.lastID)
	b.kept = append(b.kept, m)
	b.bytes += m.size
	drop := 0
	for len(b.kept)-drop > b.maxMessages || b.bytes > b.maxBytes && len(b.kept)-drop > 1 {
		b.bytes -= b.kept[drop].size
		drop++
	}
	b.kept = slices.Delete(b.kept, 0, drop)
}

// all are copies of the messages, the newest first.
func (b *box) all() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]message, 0, len(b.kept))
	for _, m := range slices.Backward(b.kept) {
		out = append(out, *m)
	}
	return out
}

// open finds the message of that id, or the newest by the id "latest", and marks it as read.
func (b *box) open(id string) (message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range slices.Backward(b.kept) {
		if m.id == id || id == "latest" {
			m.read = true
			return *m, true
		}
	}
	return message{}, false
}

// remove drops the messages of these ids; none: all messages.
func (b *box) remove(ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = slices.DeleteFunc(b.kept, func(m *message) bool {
		gone := len(ids) == 0 || slices.Contains(ids, m.id)
		if gone {
			b.bytes -= m.size
		}
		return gone
	})
}
