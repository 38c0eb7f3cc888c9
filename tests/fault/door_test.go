package fault

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// door stands before a server on an address of its own, and can be shut: nobody listens there then.
type door struct {
	address, behind string

	mu       sync.Mutex
	listener net.Listener
	running  sync.WaitGroup
}

// newDoor opens one; it ends with the test.
func newDoor(t *testing.T, behind string) *door {
	t.Helper()
	address, err := kit.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	d := &door{address: address, behind: behind}
	d.open(t)
	t.Cleanup(func() { d.shut(t) })
	return d
}

func (d *door) open(t *testing.T) {
	t.Helper()
	ln, err := net.Listen("tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listener = ln
	d.running.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			d.running.Go(func() { d.pass(conn) })
		}
	})
}

// shut lets nobody in any more, and waits for those who are.
func (d *door) shut(t *testing.T) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	d.running.Wait()
}

// pass copies both ways until either end hangs up, which is all that can be said of it.
func (d *door) pass(conn net.Conn) {
	defer conn.Close()
	server, err := net.Dial("tcp", d.behind)
	if err != nil {
		return
	}
	defer server.Close()
	var answers sync.WaitGroup
	answers.Go(func() {
		_, _ = io.Copy(conn, server)
		_ = conn.Close()
	})
	_, _ = io.Copy(server, conn)
	_ = server.Close()
	answers.Wait()
}
