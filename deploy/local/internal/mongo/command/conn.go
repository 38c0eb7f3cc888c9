package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchword/watchword/deploy/local/internal/mongo/wire"
)

const (
	maxConnections = 1024
	// drain is how long, at the end, commands that are under way may take, and clients to read their answers.
	drain = 5 * time.Second
)

// Serve answers the connections of a listener until ctx ends. Commands that are under way then finish; afterwards the
// listener and all connections are closed. The error is nil unless the listener broke before.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	work, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	conns := &connections{open: map[net.Conn]struct{}{}, max: s.max}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var broken error
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() == nil {
				broken = err
			}
			break
		}
		if !conns.add(conn) {
			s.log.Warn("connection refused: too many are open", "limit", s.max)
			_ = conn.Close()
			continue
		}
		conns.wait.Go(func() {
			defer conns.remove(conn)
			s.converse(work, conn, &conns.replies)
		})
	}
	conns.drain(abort)
	return errors.Join(broken, closed(listener.Close()))
}

// closed passes over the error of closing a listener a second time.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// converse answers one connection until it ends, or sends what is no frame.
func (s *Server) converse(ctx context.Context, conn net.Conn, replies *atomic.Uint32) {
	r := bufio.NewReader(conn)
	for {
		req, err := wire.Read(r)
		if err != nil {
			s.logEnd(err)
			return
		}
		body, err := s.Answer(ctx, req)
		if err != nil {
			s.log.Error("reply not encoded", "error", err)
			return
		}
		if req.Silent {
			continue
		}
		frame := net.Buffers{req.Header(replies.Add(1), body), body} // one system call, and no copy
		if _, err := frame.WriteTo(conn); err != nil {
			s.logEnd(err)
			return
		}
	}
}

// logEnd logs why a connection ended, unless that is how connections end.
func (s *Server) logEnd(err error) {
	var network net.Error
	if !errors.Is(err, io.EOF) && !errors.As(err, &network) {
		s.log.Warn("connection closed", "error", err)
	}
}

type connections struct {
	mu      sync.Mutex
	open    map[net.Conn]struct{}
	max     int
	wait    sync.WaitGroup
	replies atomic.Uint32 // numbers the answers
}

func (c *connections) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.max {
		return false
	}
	c.open[conn] = struct{}{}
	return true
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
	_ = conn.Close()
}

// drain lets no connection begin another command, waits for those that run, and cuts off what takes too long.
func (c *connections) drain(abort func()) {
	now := time.Now()
	c.each(func(conn net.Conn) {
		_ = conn.SetReadDeadline(now)
		_ = conn.SetWriteDeadline(now.Add(drain))
	})
	late := time.AfterFunc(drain, abort)
	defer late.Stop()
	c.wait.Wait()
}

func (c *connections) each(fn func(net.Conn)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		fn(conn)
	}
}
