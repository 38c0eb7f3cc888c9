package redisdb_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/watchword/watchword/pkg/redisdb"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/telemetry"
)

func quiet() *telemetry.Telemetry {
	return &telemetry.Telemetry{Registry: prometheus.NewRegistry(), Tracer: noop.NewTracerProvider().Tracer("test")}
}

func connect(t *testing.T, url string, log *slog.Logger) redis.UniversalClient {
	t.Helper()
	rdb, err := redisdb.Connect(redisdb.Config{URL: secret.New(url), Telemetry: quiet(), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// buffer is a log that a test may read while it is written.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestConnectWorks(t *testing.T) {
	t.Parallel()
	rdb, key := storetest.Redis(t), storetest.Prefix()+"k"
	if err := rdb.Set(t.Context(), key, "v", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := rdb.Get(t.Context(), key).Result(); err != nil || got != "v" {
		t.Errorf("%q, %v", got, err)
	}
	if err := rdb.Get(t.Context(), key+"x").Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("an absent key: %v", err)
	}
	script := redis.NewScript(`return redis.call("INCR", KEYS[1])`)
	for want := range 3 {
		got, err := script.Run(t.Context(), rdb, []string{key + "n"}).Int()
		if err != nil || got != want+1 {
			t.Errorf("the script gave %d, %v", got, err)
		}
	}
}

func TestConnectDoesNotWait(t *testing.T) {
	t.Parallel()
	log := &buffer{}
	rdb := connect(t, "redis://127.0.0.1:1", slog.New(slog.NewJSONHandler(log, nil)))
	for range 2 {
		if err := rdb.Get(t.Context(), "k").Err(); err == nil {
			t.Fatal("nobody answered")
		}
	}
	if n := strings.Count(log.String(), "redis is not reachable"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log)
	}
}

func TestConnectRefusesCertificates(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]redisdb.Config{
		"absent":  {URL: secret.New("rediss://localhost"), CAFile: filepath.Join(t.TempDir(), "absent.pem")},
		"no PEM":  {URL: secret.New("rediss://localhost"), CAFile: "redisdb_test.go"},
		"without": {URL: secret.New("redis://localhost"), CAFile: "redisdb_test.go"},
	} {
		cfg.Telemetry, cfg.Logger = quiet(), slog.New(slog.DiscardHandler)
		if _, err := redisdb.Connect(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// fakeServer speaks enough of the protocol to answer each command with what answer says; "" cuts the connection instead.
func fakeServer(t *testing.T, answer func(command string) string) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go converse(conn, answer)
		}
	}()
	return ln.Addr().String()
}

func converse(conn net.Conn, answer func(command string) string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		words, err := readCommand(in)
		if err != nil {
			return
		}
		reply := "-ERR unknown command\r\n" // HELLO and what else a client says first
		if command := strings.ToLower(words[0]); command != "hello" && command != "client" {
			reply = answer(strings.ToLower(strings.Join(words, " ")))
		}
		if reply == "" {
			return
		}
		if _, err := io.WriteString(conn, reply); err != nil {
			return
		}
	}
}

func readCommand(in *bufio.Reader) ([]string, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	n := int(line[1] - '0') // the commands of these tests have fewer than ten words
	words := make([]string, n)
	for i := range words {
		if _, err := in.ReadString('\n'); err != nil {
			return nil, err
		}
		word, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		words[i] = strings.TrimSpace(word)
	}
	return words, nil
}

func TestOnlyReadsAreRepeatedWhenAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]int32{"get": 2, "exists": 2, "incr": 1, "evalsha": 1, "eval": 1, "del": 1, "set": 1} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			addr := fakeServer(t, func(string) string {
				if tries.Add(1) == 1 {
					return "" // done, and the answer lost
				}
				return ":1\r\n"
			})
			rdb := connect(t, "redis://"+addr, slog.New(slog.DiscardHandler))
			err := rdb.Do(t.Context(), command, "a", "0").Err()
			if got := tries.Load(); got != want {
				t.Errorf("%d tries, want %d", got, want)
			}
			if (err == nil) != (want == 2) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestWhatTheServerDidNotRunIsRepeated(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"LOADING loading", "MASTERDOWN down", "CLUSTERDOWN down", "TRYAGAIN again", "READONLY replica"} {
		t.Run(refusal, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			addr := fakeServer(t, func(string) string {
				if tries.Add(1) < 3 {
					return "-" + refusal + "\r\n"
				}
				return ":1\r\n"
			})
			rdb := connect(t, "redis://"+addr, slog.New(slog.DiscardHandler))
			if err := rdb.Do(t.Context(), "evalsha", "a", "0").Err(); err != nil || tries.Load() != 3 {
				t.Errorf("%v after %d tries", err, tries.Load())
			}
		})
	}
}

func TestSilenceIsNotRepeated(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	over := make(chan struct{})
	defer close(over)
	addr := fakeServer(t, func(string) string { tries.Add(1); <-over; return "" })
	rdb := connect(t, "redis://"+addr, slog.New(slog.DiscardHandler))
	if err := rdb.Get(t.Context(), "k").Err(); err == nil || tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}

func TestRefusalsAreNotRepeated(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	addr := fakeServer(t, func(string) string { tries.Add(1); return "-WRONGTYPE no\r\n" })
	rdb := connect(t, "redis://"+addr, slog.New(slog.DiscardHandler))
	var answered redis.Error
	if err := rdb.Get(t.Context(), "k").Err(); !errors.As(err, &answered) || tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}

// A cluster client repeats of its own accord; a script whose answer was lost must not be.
func TestClusterRepeatsNoScript(t *testing.T) {
	t.Parallel()
	for command, wantOnce := range map[string]bool{"evalsha": true, "incr": true, "get": false} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			var addr string
			var tries atomic.Int32
			addr = fakeServer(t, func(text string) string {
				switch {
				case strings.HasPrefix(text, "cluster slots"):
					host, port, _ := net.SplitHostPort(addr)
					return "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$" + strconv.Itoa(len(host)) + "\r\n" + host + "\r\n:" + port + "\r\n"
				case strings.HasPrefix(text, "command"), strings.HasPrefix(text, "readonly"):
					return "-ERR unknown command\r\n"
				}
				tries.Add(1)
				return ""
			})
			rdb := connect(t, "redis+cluster://"+addr, slog.New(slog.DiscardHandler))
			if err := rdb.Do(t.Context(), command, "a", "0").Err(); err == nil {
				t.Error("the lost answer came")
			}
			if got := tries.Load(); got == 0 || (got == 1) != wantOnce {
				t.Errorf("%d tries", got)
			}
		})
	}
}
