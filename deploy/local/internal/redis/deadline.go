package redis

import "container/heap"

// deadlines knows when each key with a deadline expires, and which is next. Times are UNIX milliseconds.
type deadlines struct {
	byKey map[string]*deadline
	queue queue
}

type deadline struct {
	key   string
	at    int64
	index int // in the queue
}

func newDeadlines() deadlines { return deadlines{byKey: map[string]*deadline{}} }

// set gives key a deadline, or moves it.
func (d *deadlines) set(key string, at int64) {
	if e, ok := d.byKey[key]; ok {
		e.at = at
		heap.Fix(&d.queue, e.index)
		return
	}
	e := &deadline{key: key, at: at}
	d.byKey[key] = e
	heap.Push(&d.queue, e)
}

// remove forgets the deadline of key.
func (d *deadlines) remove(key string) {
	if e, ok := d.byKey[key]; ok {
		heap.Remove(&d.queue, e.index)
		delete(d.byKey, key)
	}
}

// of is the deadline of key; 0: none.
func (d *deadlines) of(key string) int64 {
	if e, ok := d.byKey[key]; ok {
		return e.at
	}
	return 0
}

// due is a key whose deadline has come, if there is one.
func (d *deadlines) due(now int64) (key string, ok bool) {
	if len(d.queue) == 0 || d.queue[0].at > now {
		return "", false
	}
	return d.queue[0].key, true
}

// queue is a heap.Interface, the nearest deadline first.
type queue []*deadline

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at < q[j].at }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	e := x.(*deadline)
	e.index = len(*q)
	*q = append(*q, e)
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return e
}
