package redis

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2/server"
)

// Bounds on what a client may send or leave waiting.
const (
	maxClients   = 1000
	maxArguments = 1 << 16
	maxCommand   = 16 << 20 // bytes of all its arguments
	maxAnswers   = 64 << 10 // bytes of answers that wait for the rest of a pipeline
	acceptPause  = 50 * time.Millisecond
)

var errProtocol = errors.New("protocol error")

// clients are the open connections.
type clients struct {
	mu       sync.Mutex
	open     map[net.Conn]struct{}
	stopping bool
	wg       sync.WaitGroup
}

// serve accepts connections, each with a session of its own, until stop.
func (c *clients) serve(l net.Listener, session func(net.Conn), logger *slog.Logger) {
	c.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				logger.Error("embedded redis can't accept a connection", "error", err)
				time.Sleep(acceptPause)
				continue
			}
			if !c.add(conn) {
				_ = conn.Close()
				continue
			}
			c.wg.Go(func() {
				defer c.remove(conn)
				session(conn)
			})
		}
	})
}

func (c *clients) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping || len(c.open) >= maxClients {
		return false
	}
	c.open[conn] = struct{}{}
	return true
}

func (c *clients) remove(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// stop takes no more commands and waits until those that run are answered.
func (c *clients) stop(l net.Listener) {
	_ = l.Close()
	c.mu.Lock()
	c.stopping = true
	for conn := range c.open {
		now := time.Now()
		_ = conn.SetReadDeadline(now)
		_ = conn.SetWriteDeadline(now.Add(drain))
	}
	c.mu.Unlock()
	c.wg.Wait()
}

// session answers one client. What a pipeline has sent already runs before anything is waited for, so that its writes
// share a commit.
func (s *Server) session(conn net.Conn) {
	var answers bytes.Buffer
	peer := server.NewPeer(bufio.NewWriter(&answers))
	in := bufio.NewReader(conn)
	var last *batch
	for {
		args, err := readCommand(in)
		if errors.Is(err, errProtocol) {
			peer.WriteError("ERR Protocol error")
			peer.Close()
		} else if err != nil {
			peer.Close()
		} else {
			last = later(last, s.execute(peer, args))
		}
		peer.Flush()
		if in.Buffered() > 0 && answers.Len() < maxAnswers && !peer.Closed() {
			continue
		}
		if last.wait() != nil {
			return // unanswered: it may not have happened
		}
		last = nil
		if _, err := conn.Write(answers.Bytes()); err != nil || peer.Closed() {
			return
		}
		answers.Reset()
	}
}

// readCommand reads an array of bulk strings, the only form in which clients send commands. Other bytes, an HTTP
// request for one, are errProtocol. It never gives an empty command.
func readCommand(r *bufio.Reader) ([]string, error) {
	n, err := readHeader(r, '*', maxArguments)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, errProtocol
	}
	var args []string
	for left := maxCommand; len(args) < n; {
		size, err := readHeader(r, '$', left)
		if err != nil {
			return nil, err
		}
		left -= size
		b := make([]byte, size+2)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		if b[size] != '\r' || b[size+1] != '\n' {
			return nil, errProtocol
		}
		args = append(args, string(b[:size]))
	}
	return args, nil
}

// readHeader reads a line of mark and a number from 0 to most.
func readHeader(r *bufio.Reader, mark byte, most int) (int, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return 0, errProtocol
	}
	if err != nil {
		return 0, err
	}
	digits, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || len(digits) < 2 || digits[0] != mark {
		return 0, errProtocol
	}
	n, err := strconv.ParseUint(string(digits[1:]), 10, 31)
	if err != nil || n > uint64(most) {
		return 0, errProtocol
	}
	return int(n), nil
}
