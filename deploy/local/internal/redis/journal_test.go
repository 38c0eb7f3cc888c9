package redis

import (
	"errors"
	"testing"
)

// gated is a journal whose commits wait to be told how they end.
func gated(t *testing.T) (j *journal, committing chan map[string][]byte, result chan error, ran chan error) {
	t.Helper()
	committing, result, ran = make(chan map[string][]byte), make(chan error), make(chan error, 1)
	j = newJournal(func(changes map[string][]byte) error {
		committing <- changes
		return <-result
	})
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() { ran <- j.run(stop) }()
	return j, committing, result, ran
}

func one(key string) map[string][]byte { return map[string][]byte{key: []byte("v")} }

func TestJournalGathers(t *testing.T) {
	t.Parallel()
	j, committing, result, _ := gated(t)
	if b := j.add(nil); b != nil {
		t.Error("no change makes a batch")
	}
	first := j.add(one("a"))
	<-committing
	second, third := j.add(one("b")), j.add(one("c"))
	if first == second || second != third {
		t.Error("changes that come during a commit don't go together")
	}
	if j.holding([]string{"x", "a"}) != first || j.holding([]string{"a", "b"}) != second || j.holding([]string{"x"}) != nil {
		t.Error("the wrong batch holds a key")
	}
	if j.last() != second || later(first, second) != second || later(second, first) != second || later(nil, first) != first || later(first, nil) != first {
		t.Error("the wrong batch is the last")
	}
	result <- nil
	if err := first.wait(); err != nil {
		t.Error(err)
	}
	if got := <-committing; len(got) != 2 {
		t.Errorf("committed %q", got)
	}
	if j.last() != second || j.holding([]string{"a"}) != nil {
		t.Error("what is on disk is waited for")
	}
	result <- nil
	if err := second.wait(); err != nil || j.last() != nil {
		t.Errorf("%v, last %v", err, j.last())
	}
}

func TestJournalFails(t *testing.T) {
	t.Parallel()
	j, committing, result, ran := gated(t)
	first := j.add(one("a"))
	<-committing
	second := j.add(one("b"))
	full := errors.New("disk full")
	result <- full
	if err := <-ran; !errors.Is(err, full) {
		t.Errorf("run: %v", err)
	}
	for name, b := range map[string]*batch{
		"the commit that failed": first, "what came during it": second, "what comes after it": j.add(one("c")), "no change after it": j.add(nil),
		"a read of another key": j.holding([]string{"x"}), "a read of all keys": j.last(),
	} {
		if err := b.wait(); !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJournalFlushesAtTheEnd(t *testing.T) {
	t.Parallel()
	kept := map[string][]byte{}
	j := newJournal(func(changes map[string][]byte) error {
		for k, v := range changes {
			kept[k] = v
		}
		return nil
	})
	b := j.add(one("a"))
	stop := make(chan struct{})
	close(stop)
	if err := errors.Join(j.run(stop), b.wait()); err != nil || len(kept) != 1 {
		t.Errorf("%v, kept %q", err, kept)
	}
}
