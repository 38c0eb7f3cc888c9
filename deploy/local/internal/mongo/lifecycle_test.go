package mongo_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/watchword/watchword/deploy/local/internal/mongo"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	_, stop := start(t, cfg)
	t.Cleanup(stop)
	everywhere, err := net.Listen("tcp", "0.0.0.0:0")
	must(t, err)
	t.Cleanup(func() { must(t, everywhere.Close()) })
	socket, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	must(t, err)
	t.Cleanup(func() { must(t, socket.Close()) })
	free := listen(t)
	t.Cleanup(func() { must(t, free.Close()) })
	other := filepath.Join(t.TempDir(), "other.db")
	for name, test := range map[string]struct {
		cfg  mongo.Config
		want string
	}{
		"a file in use":         {mongo.Config{Path: cfg.Path, Listener: free}, cfg.Path + " is in use by another process"},
		"every address":         {mongo.Config{Path: other, Listener: everywhere}, "not a loopback address"},
		"a socket":              {mongo.Config{Path: other, Listener: socket}, "not a loopback address"},
		"no path":               {mongo.Config{Listener: free}, "required"},
		"no listener":           {mongo.Config{Path: other}, "required"},
		"a folder that is gone": {mongo.Config{Path: filepath.Join(t.TempDir(), "gone", "mongo.db"), Listener: free}, "gone"},
	} {
		if _, err := mongo.Open(test.cfg); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRunLeavesNothingBehind does not run beside other tests, whose goroutines it would see.
func TestRunLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx := context.Background()
	cfg := config(t)
	for round := range 3 {
		s, stop := start(t, cfg)
		client := connectWith(t, options.Client().ApplyURI(s.URI()))
		c := client.Database("x").Collection("c")
		_, err := c.InsertOne(ctx, d("_id", round))
		must(t, err)
		if n, err := c.CountDocuments(ctx, d()); err != nil || n != int64(round)+1 {
			t.Errorf("round %d: %d documents, %v", round, n, err)
		}
		_, err = c.Find(ctx, d(), options.Find().SetBatchSize(1)) // a cursor that nobody closes
		must(t, err)
		stop()
		// Not by a dial: somebody else may listen on the port by now.
		if answers(client) {
			t.Error("it answers still")
		}
		must(t, client.Disconnect(ctx))
	}
}

// answers tells whether a server does, soon.
func answers(client *driver.Client) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	return client.Ping(ctx, nil) == nil
}

func TestStopLetsCommandsFinish(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cfg := config(t)
	s, stop := start(t, cfg)
	c := connectWith(t, options.Client().ApplyURI(s.URI()).SetRetryWrites(false).SetServerSelectionTimeout(100*time.Millisecond)).Database("x").Collection("c")
	acked := make(chan int, 1)
	begun := make(chan struct{})
	go func() {
		n := 0
		for ; ; n++ {
			if _, err := c.InsertOne(ctx, d("_id", n)); err != nil {
				break
			}
			if n == 20 {
				close(begun)
			}
		}
		acked <- n
	}()
	<-begun
	stop()
	n := <-acked
	again, stopAgain := start(t, cfg)
	defer stopAgain()
	got, err := connect(t, again).Database("x").Collection("c").CountDocuments(ctx, d())
	must(t, err)
	if got < int64(n) || got > int64(n)+1 {
		t.Errorf("%d were acknowledged, %d are there", n, got)
	}
}

func TestMalformedFramesEndTheirConnectionOnly(t *testing.T) {
	t.Parallel()
	s, stop := start(t, config(t))
	t.Cleanup(stop)
	c := connect(t, s).Database("x").Collection("c")
	addr := strings.TrimSuffix(strings.TrimPrefix(s.URI(), "mongodb://"), "/?directConnection=true")
	ping, err := bson.Marshal(d("ping", 1, "$db", "x"))
	must(t, err)
	message := func(op uint32, body ...byte) []byte {
		out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
		out = append(out, 1, 0, 0, 0, 0, 0, 0, 0)
		return append(binary.LittleEndian.AppendUint32(out, op), body...)
	}
	good := message(2013, append([]byte{0, 0, 0, 0, 0}, ping...)...)
	for name, frame := range map[string][]byte{
		"text":                    []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"a length of nothing":     make([]byte, 16),
		"an unknown operation":    message(2004+100, 1, 2, 3),
		"no body":                 message(2013, 0, 0, 0, 0),
		"a body that is too long": message(2013, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0),
		"zeros":                   message(2013, make([]byte, 100)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", addr)
			must(t, err)
			defer func() { must(t, conn.Close()) }()
			_, err = conn.Write(append(good, frame...))
			must(t, err)
			must(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
			reply, err := io.ReadAll(conn)
			if err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the connection did not end: %v", err)
			}
			if len(reply) > 0 && int(binary.LittleEndian.Uint32(reply)) != len(reply) {
				t.Errorf("a reply of %d bytes", len(reply))
			}
			_, err = c.InsertOne(context.Background(), d("_id", name))
			must(t, err)
		})
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, stop := start(t, config(t))
	t.Cleanup(stop)
	c := connect(t, s).Database("x").Collection("c")
	_, err := c.InsertMany(ctx, []any{d("_id", 1), d("_id", 2)})
	must(t, err)
	path := filepath.Join(t.TempDir(), "backup.db")
	must(t, s.Backup(ctx, path))
	_, err = c.InsertOne(ctx, d("_id", 3))
	must(t, err)
	copied, stopCopy := start(t, mongo.Config{Path: path, NoSync: true})
	t.Cleanup(stopCopy)
	cur, err := connect(t, copied).Database("x").Collection("c").Find(ctx, d(), options.Find().SetSort(d("_id", 1)))
	if got := fmt.Sprint(ids(t, cur, err)); got != "[1 2]" {
		t.Errorf("the backup holds %s", got)
	}
}
