package chart

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// TestServicesStartWithWhatTheyAreGiven starts each service as its pod would: its settings and its mounted files must
// satisfy it. There are no stores; it comes as far as missing them, and stops cleanly.
func TestServicesStartWithWhatTheyAreGiven(t *testing.T) {
	t.Parallel()
	nowhere := []string{"--set", "mongodb.uri=mongodb://127.0.0.1:1/,redis.url=redis://127.0.0.1:1,smtp.url=smtp://127.0.0.1:1"}
	noFiles := []string{
		"--set", "mongodb.ca.name=,redis.ca.name=,smtp.ca.name=,settings.otlp.endpoint=",
		"--set", "settings.firstAdmin.username=,settings.firstAdmin.email=,settings.firstAdmin.existingSecret=",
	}
	for name, r := range map[string]rendered{
		"minted":        render(t, nowhere...),
		"seeded":        render(t, "--set", "keys.seed="+seed, nowhere[0], nowhere[1]),
		"every setting": renderFile(t, "settings", slices.Concat(nowhere, noFiles)...),
	} {
		for _, service := range services {
			t.Run(name+" "+service, func(t *testing.T) {
				t.Parallel()
				binary, err := kit.Binary("services/" + service + "/cmd/" + service)
				if err != nil {
					t.Fatal(err)
				}
				p, err := kit.Launch(binary, mounted(t, r, service))
				if err != nil {
					t.Fatal(err)
				}
				deadline := time.After(kit.Patience)
				for !strings.Contains(p.Output(), "is not reachable") {
					select {
					case <-p.Done():
						t.Fatalf("it has ended: %s", p.Log())
					case <-deadline:
						_ = p.Kill()
						t.Fatalf("it does not look for its store: %s", p.Output())
					case <-time.After(20 * time.Millisecond):
					}
				}
				if code, err := p.Stop(); code != 0 || err != nil {
					t.Errorf("it ended with %d, %v: %s", code, err, p.Log())
				}
			})
		}
	}
}

// mounted is a service's environment, with its files written into a folder of the test and free ports of loopback.
func mounted(t *testing.T, r rendered, service string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	write := func(path, secret, key string) {
		content, err := base64.StdEncoding.DecodeString(text(at(r.get(t, "Secret", secret), "data", key)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), content, 0o440); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range r.pods() {
		if p.component() != service {
			continue
		}
		for _, v := range list(p.spec["volumes"]) {
			for _, source := range list(at(v, "projected", "sources")) {
				for _, item := range list(at(source, "secret", "items")) {
					write(text(at(item, "path")), text(at(source, "secret", "name")), text(at(item, "key")))
				}
			}
			if name := text(at(v, "secret", "secretName")); name != "" {
				for key := range fields(at(r.get(t, "Secret", name), "data")) {
					write(key, name, key)
				}
			}
		}
	}
	env := map[string]string{}
	for name, value := range environment(t, r, service) {
		value := strings.ReplaceAll(text(value), "/run/watchword-signing", dir)
		env[name] = strings.ReplaceAll(value, "/run/watchword", dir)
	}
	for _, name := range []string{"WATCHWORD_PUBLIC_ADDR", "WATCHWORD_INTERNAL_ADDR"} {
		if env[name] != "" {
			env[name] = "127.0.0.1:0"
		}
	}
	env["WATCHWORD_DRAIN_NOTICE"] = "0s"
	return env
}
