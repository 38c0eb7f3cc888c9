package kit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// startLimit covers the start of a suite on a busy machine; the build is not in it.
const startLimit = 60 * time.Second

// Options of a suite.
type Options struct {
	Data string            // its data folder; a new one by default
	Env  map[string]string // settings over the kit's own; "" takes one away
}

// Bindings are a service's base URLs.
type Bindings struct {
	Public   string `json:"public"`
	Internal string `json:"internal"`
}

// Suite is one that runs.
type Suite struct {
	Gateway  string              // "" where the services are spoken to themselves
	Inbox    string              // Mailpit's JSON
	Services map[string]Bindings // by name
	Stores   struct{ MongoDB, Redis string }
	Data     string
	Process  *Process
	Env      map[string]string // what it was started with

	http     *http.Client
	docs     *Documents
	canaries *canaries
	database string // on a server of others, to be dropped
}

// AdminName is the admin's that every suite of the kit begins with, and Suite.AdminPassword its password.
const AdminName = "root-admin"

// AdminPassword is the configured admin's.
func (s *Suite) AdminPassword() string { return s.Env["WATCHWORD_ADMIN_PASSWORD"] }

// start runs deploy/local and waits until it has told where it listens.
func start(o Options) (*Suite, error) {
	binary, err := Binary("deploy/local")
	if err != nil {
		return nil, err
	}
	s := &Suite{Data: o.Data, Env: settings(o), http: NewHTTP(), canaries: newCanaries()}
	s.database = s.Env["WATCHWORD_MONGODB_DATABASE"]
	return s, s.run(binary)
}

// settings are those that every suite of the kit has, and o's over them.
func settings(o Options) map[string]string {
	env := map[string]string{
		"WATCHWORD_DATA":           o.Data,
		"WATCHWORD_LISTEN":         "127.0.0.1:0",
		"WATCHWORD_INBOX_LISTEN":   "127.0.0.1:0",
		"WATCHWORD_LIMIT_SCALE":    "1000",
		"WATCHWORD_LOG_LEVEL":      "debug",
		"WATCHWORD_ADMIN_USERNAME": AdminName,
		"WATCHWORD_ADMIN_PASSWORD": Password(),
	}
	if uri := os.Getenv("WATCHWORD_TEST_MONGODB_URI"); uri != "" {
		env["WATCHWORD_MONGODB_URI"] = uri
		env["WATCHWORD_MONGODB_DATABASE"] = "test_" + strings.ToLower(rand.Text())
	}
	if url := os.Getenv("WATCHWORD_TEST_REDIS_URL"); url != "" {
		env["WATCHWORD_REDIS_URL"] = url
	}
	maps.Copy(env, o.Env)
	maps.DeleteFunc(env, func(_, value string) bool { return value == "" })
	return env
}

func (s *Suite) run(binary string) error {
	var err error
	if s.Process, err = Launch(binary, s.Env); err != nil {
		return err
	}
	if err := s.awaitInfo(); err != nil {
		return errors.Join(err, s.Process.Kill())
	}
	if s.docs == nil {
		s.docs, err = FetchDocuments(s.http, s.Gateway, s.Host(), s.Env)
	}
	return err
}

// Host is what clients call the suite where that is not its address.
func (s *Suite) Host() string {
	u, err := url.Parse(s.Env["WATCHWORD_PUBLIC_URL"])
	if err != nil {
		return ""
	}
	return u.Host
}

// info is what run.json tells.
type info struct {
	Gateway  string
	Inbox    string
	Services map[string]Bindings
	Stores   struct{ MongoDB, Redis string }
	PID      int
}

// readInfo reads run.json in a data folder.
func readInfo(data string) (info, error) {
	var i info
	text, err := os.ReadFile(filepath.Join(data, "run.json"))
	if err != nil {
		return i, err
	}
	return i, json.Unmarshal(text, &i)
}

// awaitInfo reads run.json once this very process has written it.
func (s *Suite) awaitInfo() error {
	deadline := time.After(startLimit)
	for {
		if i, err := readInfo(s.Data); err == nil && i.PID == s.Process.PID() {
			s.Gateway, s.Inbox, s.Services, s.Stores = i.Gateway, i.Inbox, i.Services, i.Stores
			return nil
		}
		select {
		case <-s.Process.Done():
			return fmt.Errorf("it ended at once:\n%s%s", s.Process.Output(), s.Process.Log())
		case <-deadline:
			return fmt.Errorf("no run.json within %s:\n%s", startLimit, s.Process.Log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Restart runs the same suite on the same data again, after its process has ended: behind the same address, as that is
// what its tokens name.
func (s *Suite) Restart() error {
	select {
	case <-s.Process.Done():
	default:
		return errors.New("it still runs")
	}
	if err := s.canaries.sweep(s.Process.Log()); err != nil {
		return err
	}
	binary, err := Binary("deploy/local")
	if err != nil {
		return err
	}
	s.Env["WATCHWORD_LISTEN"] = strings.TrimPrefix(s.Gateway, "http://")
	return s.run(binary)
}

// close ends the suite, looks for secrets in its log and takes its data away.
func (s *Suite) close() error {
	_, err := s.Process.Stop()
	err = errors.Join(err, s.canaries.sweep(s.Process.Log()), s.drop(), os.RemoveAll(s.Data))
	s.http.CloseIdleConnections()
	return err
}

// drop removes the database that the suite had on a server of others.
func (s *Suite) drop() error {
	if s.database == "" || s.Env["WATCHWORD_MONGODB_URI"] == "" {
		return nil
	}
	client, err := mongo.Connect(options.Client().ApplyURI(s.Env["WATCHWORD_MONGODB_URI"]))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return errors.Join(client.Database(s.database).Drop(ctx), client.Disconnect(ctx))
}

// NewHTTP makes a client that follows nothing and waits for nobody for long.
func NewHTTP() *http.Client {
	return &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
