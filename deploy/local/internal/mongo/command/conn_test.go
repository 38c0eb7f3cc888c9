package command_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchword/watchword/deploy/local/internal/mongo/command"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve runs a server for at most so many connections, and gives its address.
func serve(t *testing.T, connections int) string {
	t.Helper()
	s, err := store.Open(store.Config{Path: filepath.Join(t.TempDir(), "mongo.db"), NoSync: true})
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	server := command.New(command.Deps{Store: s, Logger: slog.New(slog.DiscardHandler), Now: time.Now, MaxConnections: connections})
	go func() { served <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-served)
		must(t, s.Close())
	})
	return listener.Addr().String()
}

func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	addr := serve(t, 3)
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", addr)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	ask := func(conn net.Conn) error {
		t.Helper()
		ping, err := bson.Marshal(bson.D{{Key: "ping", Value: 1}, {Key: "$db", Value: "x"}})
		must(t, err)
		frame := append([]byte{byte(21 + len(ping)), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xDD, 0x07, 0, 0, 0, 0, 0, 0, 0}, ping...)
		if _, err := conn.Write(frame); err != nil {
			return err
		}
		must(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
		_, err = io.ReadFull(bufio.NewReader(conn), make([]byte, 21))
		return err
	}
	var open []net.Conn
	for range 3 {
		conn := dial()
		must(t, ask(conn))
		open = append(open, conn)
	}
	if err := ask(dial()); err == nil {
		t.Error("a fourth connection was answered")
	}
	must(t, ask(open[0]))
	must(t, open[1].Close())
	for deadline := time.Now().Add(30 * time.Second); ask(dial()) != nil; { // once the server has seen the end of the other
		if time.Now().After(deadline) {
			t.Fatal("the place of a connection that ended stays taken")
		}
	}
	must(t, ask(open[2]))
}

func TestCursorsAreLimited(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, err := driver.Connect(options.Client().ApplyURI("mongodb://" + serve(t, 0) + "/?directConnection=true"))
	must(t, err)
	t.Cleanup(func() { must(t, client.Disconnect(ctx)) })
	c := client.Database("x").Collection("c")
	_, err = c.InsertMany(ctx, []any{bson.D{}, bson.D{}})
	must(t, err)
	var last *driver.Cursor
	for range 1000 {
		last, err = c.Find(ctx, bson.D{}, options.Find().SetBatchSize(1))
		must(t, err)
	}
	_, err = c.Find(ctx, bson.D{}, options.Find().SetBatchSize(1))
	var refused driver.CommandError
	if !errors.As(err, &refused) || refused.Code != 146 {
		t.Errorf("one cursor more: %v", err)
	}
	must(t, c.FindOne(ctx, bson.D{}).Err())
	must(t, last.Close(ctx))
	_, err = c.Find(ctx, bson.D{}, options.Find().SetBatchSize(1))
	must(t, err)
}
