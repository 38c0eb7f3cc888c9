package mongodb_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/pkg/telemetry"
)

const canary = "correct-horse"

func config(uri string) mongodb.Config {
	return mongodb.Config{
		URI: secret.New(uri), StableAPI: true, AppName: "test/0",
		Telemetry: &telemetry.Telemetry{Registry: prometheus.NewRegistry(), Tracer: noop.NewTracerProvider().Tracer("test")},
		Logger:    slog.New(slog.DiscardHandler),
	}
}

func connect(t *testing.T, cfg mongodb.Config) *mongo.Client {
	t.Helper()
	client, err := mongodb.Connect(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client
}

func TestConnectRefusesURIsWithoutRepeatingThem(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{
		"", "localhost:27017", "http://u:" + canary + "@localhost", "mongodb://", "mongodb://u:" + canary + "@",
		"mongodb://u:" + canary + "%zz@localhost", "mongodb://u:" + canary + "@localhost:port", "mongodb://u:" + canary + "@localhost/?w=-2",
		"mongodb://u:" + canary + "@localhost/?maxPoolSize=" + canary, "mongodb+srv://u:" + canary + "@absent.invalid",
		"mongodb://u:" + canary + "@a,b/?directConnection=true",
	} {
		_, err := mongodb.Connect(config(uri))
		if err == nil {
			t.Errorf("%q was taken", uri)
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("the URI is repeated: %v", err)
		}
	}
}

func TestConnectRefusesCertificates(t *testing.T) {
	t.Parallel()
	for _, file := range []string{filepath.Join(t.TempDir(), "absent.pem"), "mongodb_test.go"} {
		cfg := config("mongodb://localhost/?tls=true")
		cfg.CAFile = file
		if _, err := mongodb.Connect(cfg); err == nil {
			t.Errorf("%s was taken", file)
		}
	}
}

func TestOnlyTheStableAPIIsSpoken(t *testing.T) {
	t.Parallel()
	db := storetest.Database(t)
	if err := db.RunCommand(t.Context(), bson.D{{Key: "ping", Value: 1}}).Err(); err != nil {
		t.Errorf("ping: %v", err)
	}
	// serverStatus is outside version 1.
	if err := db.RunCommand(t.Context(), bson.D{{Key: "serverStatus", Value: 1}}).Err(); err == nil {
		t.Error("a command outside the Stable API was answered")
	}
}

func TestCommandsAreObservedWithoutWhatTheyCarry(t *testing.T) {
	t.Parallel()
	uri, name := storetest.Mongo(t)
	recorder := tracetest.NewSpanRecorder()
	cfg := config(uri)
	cfg.Telemetry.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test")
	accounts := connect(t, cfg).Database(name).Collection("accounts")

	ctx, root := cfg.Telemetry.Tracer.Start(t.Context(), "request")
	for range 2 { // the second is a duplicate
		_, _ = accounts.InsertOne(ctx, bson.D{{Key: "_id", Value: canary}})
	}
	if err := accounts.FindOne(ctx, bson.D{{Key: "_id", Value: canary}}).Err(); err != nil {
		t.Fatal(err)
	}
	_ = accounts.Database().RunCommand(ctx, bson.D{{Key: canary, Value: 1}}).Err()
	root.End()
	if _, err := accounts.CountDocuments(t.Context(), bson.D{}); err != nil { // without a request, without a span
		t.Fatal(err)
	}

	var spans []string
	for _, span := range recorder.Ended() {
		text := span.Name()
		for _, attr := range span.Attributes() {
			if attr.Key == "db.collection.name" {
				text += " " + attr.Value.AsString()
			}
		}
		spans = append(spans, text)
	}
	want := []string{"mongodb insert accounts", "mongodb insert accounts", "mongodb find accounts", "mongodb " + canary, "request"}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	for _, span := range recorder.Ended()[:3] {
		for _, attr := range span.Attributes() {
			if strings.Contains(attr.Value.String(), canary) {
				t.Errorf("span %s holds %v", span.Name(), attr)
			}
		}
	}

	families, err := cfg.Telemetry.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var series []string
	for _, metric := range families[0].GetMetric() {
		series = append(series, metric.GetLabel()[0].GetValue()+" "+metric.GetLabel()[1].GetValue())
	}
	if want := []string{"aggregate ok", canary + " failed", "find ok", "insert ok"}; !slices.Equal(series, want) ||
		families[0].GetName() != "watchword_mongodb_duration_seconds" {
		t.Errorf("%s has %q, want %q", families[0].GetName(), series, want)
	}
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

func TestAServerThatDoesNotAnswerIsLoggedOnce(t *testing.T) {
	t.Parallel()
	log := &buffer{}
	cfg := config("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")
	cfg.Logger = slog.New(slog.NewJSONHandler(log, nil))
	client := connect(t, cfg)
	for range 2 {
		if err := client.Ping(t.Context(), nil); err == nil {
			t.Fatal("nobody answered")
		}
	}
	if n := strings.Count(log.String(), "mongodb is not reachable"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log)
	}
}

func TestEnsureIndexes(t *testing.T) {
	t.Parallel()
	c := storetest.Database(t).Collection("accounts")
	indexes := []mongodb.Index{
		{Name: "username", Keys: bson.D{{Key: "usernameKey", Value: 1}}, Unique: true},
		{Name: "outbox", Keys: bson.D{{Key: "outbox.at", Value: 1}}},
		{Name: "lapse", Keys: bson.D{{Key: "expiresAt", Value: 1}}, Expires: true},
	}
	for range 2 {
		if err := mongodb.EnsureIndexes(t.Context(), c, slog.New(slog.DiscardHandler), indexes...); err != nil {
			t.Fatal(err)
		}
	}
	specs, err := c.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range specs {
		var kinds []string
		if s.Unique != nil && *s.Unique {
			kinds = append(kinds, "unique")
		}
		if s.ExpireAfterSeconds != nil && *s.ExpireAfterSeconds == 0 {
			kinds = append(kinds, "expires")
		}
		got[s.Name] = strings.Join(kinds, " ")
	}
	delete(got, "_id_")
	if diff := cmp.Diff(map[string]string{"username": "unique", "outbox": "", "lapse": "expires"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnsureIndexesNamesTheOneInItsPlace(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]mongodb.Index{
		"other keys":    {Name: "username", Keys: bson.D{{Key: "name", Value: 1}}},
		"other options": {Name: "username", Keys: bson.D{{Key: "usernameKey", Value: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := storetest.Database(t).Collection("accounts")
			log := slog.New(slog.DiscardHandler)
			if err := mongodb.EnsureIndexes(t.Context(), c, log, other); err != nil {
				t.Fatal(err)
			}
			err := mongodb.EnsureIndexes(t.Context(), c, log,
				mongodb.Index{Name: "username", Keys: bson.D{{Key: "usernameKey", Value: 1}}, Unique: true})
			if err == nil || !strings.Contains(err.Error(), "username") || !strings.Contains(err.Error(), "in its place") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestEnsureIndexesDoesNotRepeatWhatDocumentsHold(t *testing.T) {
	t.Parallel()
	c := storetest.Database(t).Collection("accounts")
	for range 2 {
		if _, err := c.InsertOne(t.Context(), bson.D{{Key: "emailKey", Value: canary}}); err != nil {
			t.Fatal(err)
		}
	}
	err := mongodb.EnsureIndexes(t.Context(), c, slog.New(slog.DiscardHandler),
		mongodb.Index{Name: "email", Keys: bson.D{{Key: "emailKey", Value: 1}}, Unique: true})
	if err == nil || strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "email") {
		t.Errorf("%v", err)
	}
}

func TestEnsureIndexesWaitsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	log := &buffer{}
	client := connect(t, config("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := mongodb.EnsureIndexes(ctx, client.Database("d").Collection("c"), slog.New(slog.NewJSONHandler(log, nil)),
		mongodb.Index{Name: "email", Keys: bson.D{{Key: "emailKey", Value: 1}}})
	if err == nil || ctx.Err() == nil {
		t.Errorf("it gave up before its time: %v", err)
	}
	if n := strings.Count(log.String(), "waiting for mongodb"); n < 2 {
		t.Errorf("it tried %d times:\n%s", n, log)
	}
}
