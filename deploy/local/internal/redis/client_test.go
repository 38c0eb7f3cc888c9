package redis

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadCommand(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"*1\r\n$4\r\nPING\r\n":                      {"PING"},
		"*2\r\n$3\r\nGET\r\n$0\r\n\r\n":             {"GET", ""},
		"*2\r\n$3\r\nGET\r\n$4\r\n\r\n\x00\xff\r\n": {"GET", "\r\n\x00\xff"},
	} {
		got, err := readCommand(bufio.NewReader(strings.NewReader(in)))
		if err != nil {
			t.Errorf("%q: %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, in := range []string{
		"*0\r\n", "*-1\r\n", "*\r\n", "*1\n", "PING\r\n", "GET / HTTP/1.1\r\n", "*65537\r\n", "*99999999999999999999\r\n", "*+1\r\n$1\r\nx\r\n",
		"*1\r\n$-1\r\n", "*1\r\n+PING\r\n", "*1\r\n$16777217\r\n", "*1\r\n$1\r\nxyz", "*1\r\n*1\r\n", "*1" + strings.Repeat("0", 5000),
	} {
		if got, err := readCommand(bufio.NewReader(strings.NewReader(in))); !errors.Is(err, errProtocol) {
			t.Errorf("%.30q: %q, %v", in, got, err)
		}
	}
	if _, err := readCommand(bufio.NewReader(strings.NewReader("*1\r\n$4\r\nPI"))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a command: %v", err)
	}
}

func FuzzReadCommand(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"))
	f.Add([]byte("*1\r\n$16777217\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		args, err := readCommand(bufio.NewReader(bytes.NewReader(in)))
		if err == nil && (len(args) == 0 || len(strings.Join(args, "")) > len(in)) {
			t.Errorf("%q from %q", args, in)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("k", value{kind: kindZSet, items: []string{"a", ""}, scores: []float64{1, -2}}.encode("k", 17)[:10])
	f.Add("k", value{kind: kindHash, items: []string{"a", ""}}.encode("k", 0)[:5])
	f.Fuzz(func(t *testing.T, key string, body []byte) {
		raw := append(bytes.Clone(body), 0, 0, 0, 0)
		sum := checksum(key, body)
		raw[len(body)], raw[len(body)+1], raw[len(body)+2], raw[len(body)+3] = byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)
		v, deadline, err := decode(key, raw)
		if err != nil {
			return
		}
		again, deadlineAgain, err := decode(key, v.encode(key, deadline))
		if err != nil || deadline != deadlineAgain || len(again.items) != len(v.items) {
			t.Errorf("%v and %v, %v", v, again, err)
		}
	})
}

// TestStrangers: what is no Redis client is told so and cut off.
func TestStrangers(t *testing.T) {
	t.Parallel()
	_, c, _ := start(t, filepath.Join(t.TempDir(), "redis.db"))
	for _, send := range []string{"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "*0\r\n", "*1\r\n$99999999\r\n"} {
		conn, err := net.Dial("tcp", c.Options().Addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, send); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(conn)
		if !strings.HasPrefix(string(answer), "-ERR Protocol error") && len(answer) > 0 {
			t.Errorf("%q: %q", send, answer)
		}
		_ = conn.Close()
	}
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}
