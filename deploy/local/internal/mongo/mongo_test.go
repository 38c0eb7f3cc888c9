package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/deploy/local/internal/mongo"
)

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs a server on a file of its own until the test ends, and gives a client of it.
func serve(t testing.TB) *driver.Client {
	t.Helper()
	s, stop := start(t, config(t))
	t.Cleanup(stop)
	return connect(t, s)
}

// start runs a server; stop ends it and demands that it ends well.
func start(t testing.TB, cfg mongo.Config) (s *mongo.Server, stop func()) {
	t.Helper()
	cfg.Listener = listen(t)
	s, err := mongo.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

// connect makes a client as the services do: Stable API 1, strict.
func connect(t testing.TB, s *mongo.Server) *driver.Client {
	t.Helper()
	api := options.ServerAPI(options.ServerAPIVersion1).SetStrict(true).SetDeprecationErrors(true)
	return connectWith(t, options.Client().ApplyURI(s.URI()).SetServerAPIOptions(api))
}

func connectWith(t testing.TB, o *options.ClientOptions) *driver.Client {
	t.Helper()
	c, err := driver.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Disconnect(context.Background()); err != nil && !errors.Is(err, driver.ErrClientDisconnected) {
			t.Error(err)
		}
	})
	return c
}

// d makes a document of names and values.
func d(pairs ...any) bson.D {
	var out bson.D
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, bson.E{Key: pairs[i].(string), Value: pairs[i+1]})
	}
	if out == nil {
		out = bson.D{}
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode demands a server error of a code.
func wantCode(t testing.TB, err error, code int) {
	t.Helper()
	var se driver.ServerError
	if !errors.As(err, &se) || !se.HasErrorCode(code) {
		t.Errorf("got %v, want code %d", err, code)
	}
}

// codeOf is the code of a command's error, 0 for none.
func codeOf(err error) int32 {
	var failed driver.CommandError
	errors.As(err, &failed)
	return failed.Code
}

// ids reads the _id of every document of a cursor.
func ids(t testing.TB, cur *driver.Cursor, err error) []string {
	t.Helper()
	must(t, err)
	var docs []struct {
		ID any `bson:"_id"`
	}
	must(t, cur.All(context.Background(), &docs))
	out := []string{}
	for _, doc := range docs {
		out = append(out, fmt.Sprint(doc.ID))
	}
	return out
}

func index(t testing.TB, c *driver.Collection, key bson.D, unique bool) {
	t.Helper()
	_, err := c.Indexes().CreateOne(context.Background(), driver.IndexModel{Keys: key, Options: options.Index().SetUnique(unique)})
	must(t, err)
}

func config(t testing.TB) mongo.Config {
	return mongo.Config{Path: filepath.Join(t.TempDir(), "mongo.db"), NoSync: true}
}
