package redis

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// childPath, set in the environment, makes the test binary a store on that file, to be killed.
const childPath = "WATCHWORD_TEST_REDIS_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		fmt.Fprintln(os.Stderr, child(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func child(path string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s, err := Open(Config{Path: path, Listener: l})
	if err != nil {
		return err
	}
	go func() { // so that it doesn't outlive the test
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	fmt.Println(s.URL())
	return s.Run(context.Background())
}

// TestKill kills the process at random moments: every acknowledged write is there afterwards, a script's writes are
// all there or none.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "redis.db")
	const (
		writers, rounds = 8, 4
		both            = `redis.call('HSET', KEYS[1], 'n', ARGV[1]) redis.call('SET', KEYS[2], ARGV[1]) return 1`
	)
	var acknowledged [writers]int // each writer has its own
	for round := range rounds + 1 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childPath+"="+path)
		cmd.Stderr = os.Stderr
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		url, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		c, ctx := client(t, strings.TrimSpace(url)), context.Background()
		total := 0
		for w := range writers {
			key := fmt.Sprint("k:", w)
			got, _ := c.HGet(ctx, key, "n").Int()
			twin, _ := c.Get(ctx, key+":twin").Int()
			if got < acknowledged[w] {
				t.Errorf("round %d: %s is %d, acknowledged %d", round, key, got, acknowledged[w])
			}
			if got != twin {
				t.Errorf("round %d: half a script: %d and %d", round, got, twin)
			}
			total += acknowledged[w]
		}
		if round > 0 && total == 0 {
			t.Error("nothing was acknowledged: the test tests nothing")
		}
		if round == rounds {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			return
		}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				key := fmt.Sprint("k:", w)
				for n := acknowledged[w] + 1; ; n++ {
					if err := c.Eval(ctx, both, []string{key, key + ":twin"}, n).Err(); err != nil {
						return
					}
					acknowledged[w] = n
				}
			})
		}
		time.Sleep(time.Duration(60+37*round) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		wg.Wait()
		_ = c.Close()
	}
}
