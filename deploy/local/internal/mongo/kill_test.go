//go:build unix

package mongo_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/deploy/local/internal/mongo"
)

// The environment of a child: the test binary, run again as a store.
const (
	childPath = "MONGO_TEST_CHILD_PATH"
	childDisk = "MONGO_TEST_CHILD_DISK" // the greatest size, in bytes, that its file can reach
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := child(path, os.Getenv(childDisk)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child serves until it is killed, or its disk is full. It tells its address on its first line.
func child(path, disk string) error {
	if disk != "" {
		var limit uint64
		if _, err := fmt.Sscan(disk, &limit); err != nil {
			return err
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s, err := mongo.Open(mongo.Config{Path: path, Listener: listener, OnFatal: func(err error) { fmt.Println("fatal:", err) }})
	if err != nil {
		return err
	}
	fmt.Println(s.URI())
	fmt.Println("end:", s.Run(context.Background()))
	return nil
}

// spawn starts a child and gives a client of it.
func spawn(t *testing.T, path string, env ...string) (*exec.Cmd, *bufio.Scanner, *driver.Client) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childPath+"="+path), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the child says nothing: %v", cmd.Wait())
	}
	client := connectWith(t, options.Client().ApplyURI(lines.Text()).SetRetryWrites(false).SetServerSelectionTimeout(2*time.Second))
	must(t, client.Ping(context.Background(), nil))
	return cmd, lines, client
}

// acknowledged remembers the writes that were answered: the least version that each document must have.
type acknowledged struct {
	mu       sync.Mutex
	versions map[string]int64
}

func (a *acknowledged) note(id string, version int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.versions[id] = version
}

// write inserts documents and changes each twice, from many clients, until the store is gone.
func (a *acknowledged) write(c *driver.Collection, round int, padding []byte) {
	ctx := context.Background()
	var wait sync.WaitGroup
	for w := range 16 {
		wait.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("r%dw%di%d", round, w, i/3)
				var err error
				if i%3 == 0 {
					_, err = c.InsertOne(ctx, d("_id", id, "key", "k:"+id, "v", int64(0), "padding", padding))
				} else {
					err = c.FindOneAndUpdate(ctx, d("_id", id), d("$inc", d("v", int64(1)))).Err()
				}
				if err != nil {
					return
				}
				a.note(id, int64(i%3))
			}
		})
	}
	wait.Wait()
}

// check looks for every acknowledged write, by its unique key.
func (a *acknowledged) check(t *testing.T, c *driver.Collection) {
	t.Helper()
	for id, version := range a.versions {
		var doc struct{ V int64 }
		err := c.FindOne(context.Background(), d("key", "k:"+id)).Decode(&doc)
		if err != nil || doc.V < version {
			t.Fatalf("%s: version %d of %d is there: %v", id, doc.V, version, err)
		}
	}
}

func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mongo.db")
	done := acknowledged{versions: map[string]int64{}}
	for round := range 4 {
		cmd, _, client := spawn(t, path)
		c := client.Database("x").Collection("c")
		index(t, c, d("key", 1), true)
		done.check(t, c)
		time.AfterFunc(time.Duration(100+80*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		done.write(c, round, nil)
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	if len(done.versions) == 0 {
		t.Error("nothing was written")
	}
	s, stop := start(t, mongo.Config{Path: path, NoSync: true})
	t.Cleanup(stop)
	done.check(t, connect(t, s).Database("x").Collection("c"))
}

// TestFullDiskLosesNothing lets the file reach a size and no more: the commit that fails is the last, and is not
// acknowledged.
func TestFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mongo.db")
	done := acknowledged{versions: map[string]int64{}}
	cmd, lines, client := spawn(t, path, childDisk+"=20000000")
	c := client.Database("x").Collection("c")
	index(t, c, d("key", 1), true)
	done.write(c, 0, make([]byte, 100_000))
	want := "embedded mongodb: commit " + path
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "fatal: "+want) {
		t.Errorf("the child says %q", lines.Text())
	}
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "end: "+want) || lines.Scan() {
		t.Errorf("at last the child says %q", lines.Text())
	}
	must(t, cmd.Wait())
	if len(done.versions) < 16 {
		t.Errorf("only %d documents were written", len(done.versions))
	}
	s, stop := start(t, mongo.Config{Path: path, NoSync: true})
	t.Cleanup(stop)
	whole := connect(t, s).Database("x").Collection("c")
	done.check(t, whole)
	if _, err := whole.InsertOne(context.Background(), bson.D{}); err != nil { // there is room again
		t.Error(err)
	}
}
