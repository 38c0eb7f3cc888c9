package redisdb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/secret"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	type read struct {
		Addrs                          []string
		DB                             int
		User, Password, Master, SU, SP string
		TLS, Cluster                   bool
	}
	for text, want := range map[string]read{
		"redis://localhost":                          {Addrs: []string{"localhost:6379"}},
		"redis://10.0.0.1:7000/3":                    {Addrs: []string{"10.0.0.1:7000"}, DB: 3},
		"rediss://u:p%40%2Fss@cache.example.com/":    {Addrs: []string{"cache.example.com:6379"}, User: "u", Password: "p@/ss", TLS: true},
		"redis://:p@[fd00::1]:7000":                  {Addrs: []string{"[fd00::1]:7000"}, Password: "p"},
		"redis+cluster://a:7000,b:7001,[fd00::1]":    {Addrs: []string{"a:7000", "b:7001", "[fd00::1]:6379"}, Cluster: true},
		"rediss+cluster://one.example.com":           {Addrs: []string{"one.example.com:6379"}, Cluster: true, TLS: true},
		"redis+sentinel://u:p@a,b:7/1?master_name=m": {Addrs: []string{"a:26379", "b:7"}, DB: 1, User: "u", Password: "p", Master: "m"},
		"redis+sentinel://a?master_name=m&sentinel_username=su&sentinel_password=sp": {
			Addrs: []string{"a:26379"}, Master: "m", SU: "su", SP: "sp",
		},
	} {
		opts, err := parseURL(secret.New(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := read{
			opts.Addrs, opts.DB, opts.Username, opts.Password, opts.MasterName, opts.SentinelUsername, opts.SentinelPassword,
			opts.TLSConfig != nil, opts.IsClusterMode,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	const password = "canary"
	for name, text := range map[string]string{
		"empty":                  "",
		"no scheme":              "u:canary@localhost:6379",
		"another scheme":         "http://u:canary@localhost",
		"another topology":       "redis+ring://u:canary@localhost",
		"no host":                "redis://u:canary@",
		"no host among several":  "redis+cluster://u:canary@a,,b",
		"a bad port":             "redis://u:canary@localhost:port",
		"an empty port":          "redis://u:canary@localhost:",
		"no brackets":            "redis://u:canary@fd00::1",
		"port 0":                 "redis://u:canary@localhost:0",
		"a bad escape":           "redis://u:canary%zz@localhost",
		"a database by name":     "redis://u:canary@localhost/sessions",
		"a negative database":    "redis://u:canary@localhost/-1",
		"an unknown parameter":   "redis://u:canary@localhost?read_timeout=9s",
		"reads from replicas":    "redis+cluster://u:canary@a?route_randomly=true",
		"several hosts":          "redis://u:canary@a,b",
		"sentinels, no master":   "redis+sentinel://u:canary@a,b",
		"a master, no sentinels": "redis://u:canary@a?master_name=m",
		"a cluster's database":   "redis+cluster://u:canary@a,b/1",
	} {
		_, err := parseURL(secret.New(text))
		if err == nil {
			t.Errorf("%s: %s was taken", name, text)
		} else if strings.Contains(err.Error(), password) {
			t.Errorf("%s: the error repeats the URL: %v", name, err)
		}
	}
}
