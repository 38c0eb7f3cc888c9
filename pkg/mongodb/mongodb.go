// Package mongodb connects a service to MongoDB as the suite uses it: Stable API 1 strict, majority writes, short
// deadlines, a command monitor for metrics and spans that holds no statement text. Only stores import it.
package mongodb

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/telemetry"
)

// Config is filled from WATCHWORD_MONGODB_*. CAFile holds PEM certificates to trust instead of the system's.
type Config struct {
	URI       secret.String
	CAFile    string
	StableAPI bool
	AppName   string // service/version
	Telemetry *telemetry.Telemetry
	Logger    *slog.Logger
}

var errURI = errors.New("the MongoDB URI is malformed; write mongodb://user:password@host:27017/?replicaSet=… or mongodb+srv://…")

// Connect makes a client; it does not wait for the server. A malformed URI is an error without the URI's text. Deadlines
// of operations are their contexts'; the URI may override the time-outs and the pool's size given here.
func Connect(cfg Config) (*mongo.Client, error) {
	if cfg.Telemetry == nil || cfg.Logger == nil {
		return nil, errors.New("mongodb: telemetry and logger are needed")
	}
	commands, err := newObserver(cfg.Telemetry)
	if err != nil {
		return nil, err
	}
	journaled := true
	opts := options.Client().
		SetServerSelectionTimeout(2 * time.Second).
		SetConnectTimeout(2 * time.Second).
		SetMaxPoolSize(100).
		SetMinPoolSize(0).
		SetMaxConnIdleTime(5 * time.Minute).
		ApplyURI(cfg.URI.Reveal()).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journaled}).
		SetReadPreference(readpref.Primary()).
		SetAppName(cfg.AppName).
		SetMonitor(commands.monitor()).
		SetServerMonitor(watch(cfg.Logger))
	if cfg.StableAPI {
		opts.SetServerAPIOptions(options.ServerAPI(options.ServerAPIVersion1).SetStrict(true))
	}
	if err := opts.Validate(); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			return nil, errors.New("the host of the mongodb+srv URI can't be resolved")
		}
		return nil, errURI
	}
	if err := trust(opts, cfg.CAFile); err != nil {
		return nil, err
	}
	return mongo.Connect(opts)
}

// trust makes the connection believe the certificates in caFile alone.
func trust(opts *options.ClientOptions, caFile string) error {
	if caFile == "" {
		return nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return fmt.Errorf("read the CA file for MongoDB: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("the CA file for MongoDB, %s, holds no PEM certificate", caFile)
	}
	if opts.TLSConfig == nil {
		opts.SetTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	opts.TLSConfig.RootCAs = roots
	return nil
}
