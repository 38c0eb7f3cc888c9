package command_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/command"
	"github.com/watchword/watchword/deploy/local/internal/mongo/store"
	"github.com/watchword/watchword/deploy/local/internal/mongo/wire"
)

// BenchmarkFindByID is the processor time of what a service asks most, as its driver asks it: with neither network nor driver
// (Answer), and over a connection that two goroutines share the processor for (Converse).
func BenchmarkFindByID(b *testing.B) {
	s, err := store.Open(store.Config{Path: filepath.Join(b.TempDir(), "mongo.db"), NoSync: true})
	must(b, err)
	accounts := store.Namespace{Database: "users", Collection: "accounts"}
	doc := bson.D{{Key: "_id", Value: "01J0000000000000000000000X"}}
	must(b, s.Write(b.Context(), func(t *store.Tx) error {
		for i := range 8 {
			name := fmt.Sprint("field", i)
			doc = append(doc, bson.E{Key: name, Value: strings.Repeat("x", 80)})
			key, err := bson.Marshal(bson.D{{Key: name, Value: 1}})
			must(b, err)
			must(b, t.CreateIndex(accounts, store.IndexSpec{Name: name, Key: key, Unique: i < 3}))
		}
		raw, err := bson.Marshal(doc)
		must(b, err)
		return t.Insert(accounts, raw)
	}))
	server := command.New(command.Deps{Store: s, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	frame := message(b, bson.D{
		{Key: "find", Value: "accounts"},
		{Key: "filter", Value: bson.D{{Key: "_id", Value: "01J0000000000000000000000X"}}},
		{Key: "limit", Value: int64(1)},
		{Key: "singleBatch", Value: true},
		{Key: "maxTimeMS", Value: int64(1900)},
		{Key: "lsid", Value: bson.D{{Key: "id", Value: bson.Binary{Subtype: 4, Data: make([]byte, 16)}}}},
		{Key: "$db", Value: "users"},
		{Key: "apiVersion", Value: "1"},
		{Key: "apiStrict", Value: true},
	})
	b.Run("Answer", func(b *testing.B) {
		b.ReportAllocs()
		r := bufio.NewReader(nil)
		for b.Loop() {
			r.Reset(strings.NewReader(frame))
			req, err := wire.Read(r)
			must(b, err)
			body, err := server.Answer(b.Context(), req)
			must(b, err)
			if len(body) < 700 {
				b.Fatal(body)
			}
		}
	})
	b.Run("Converse", func(b *testing.B) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(b, err)
		ctx, cancel := context.WithCancel(b.Context())
		served := make(chan error, 1)
		go func() { served <- server.Serve(ctx, listener) }()
		conn, err := net.Dial("tcp", listener.Addr().String())
		must(b, err)
		answer := make([]byte, 4096)
		b.ReportAllocs()
		for b.Loop() {
			_, err := io.WriteString(conn, frame)
			must(b, err)
			n, err := conn.Read(answer)
			must(b, err)
			if n < 700 {
				b.Fatal(n)
			}
		}
		must(b, conn.Close())
		cancel()
		must(b, <-served)
	})
	must(b, s.Close())
}

// message is a command's frame.
func message(t testing.TB, body bson.D) string {
	t.Helper()
	raw, err := bson.Marshal(body)
	must(t, err)
	frame := make([]byte, 21, 21+len(raw)) // header, flags, the kind of the section
	binary.LittleEndian.PutUint32(frame, uint32(cap(frame)))
	binary.LittleEndian.PutUint32(frame[12:], 2013)
	return string(append(frame, raw...))
}
