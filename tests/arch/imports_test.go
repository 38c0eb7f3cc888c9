package arch

import (
	"slices"
	"strings"
	"testing"
)

func TestServicesNeverImportEachOther(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imported := range p.everyImport() {
			other, ok := strings.CutPrefix(imported, prefix+"services/")
			if !ok || p.within("deploy/local") {
				continue
			}
			other, _, _ = strings.Cut(other, "/")
			if !p.within("services/" + other) {
				t.Errorf("%s imports %s", p.path(), imported)
			}
		}
	}
}

func TestPkgImportsNoServiceAndNothingThatIsDeployed(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if !p.within("pkg") {
			continue
		}
		for _, imported := range p.everyImport() {
			if local, ok := strings.CutPrefix(imported, prefix); ok && !within(local, "pkg") {
				t.Errorf("%s imports %s", p.path(), imported)
			}
		}
	}
}

func TestBlackBoxTestsImportNoCodeOfTheirSubject(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imported := range p.everyImport() {
			local, ok := strings.CutPrefix(imported, prefix)
			if ok && p.within("tests") && !within(local, "tests") {
				t.Errorf("%s imports %s", p.path(), imported)
			}
			if ok && !p.within("tests") && within(local, "tests") {
				t.Errorf("%s imports %s", p.path(), imported)
			}
		}
	}
}

// layers are a service's, and what each may import of the same service: dialect and api → core ← store.
var layers = map[string][]string{
	"internal/core":    nil,
	"internal/dialect": {"internal/core"},
	"internal/api":     {"internal/core"},
	"internal/page":    {"internal/core"},
	"internal/store":   {"internal/core"},
	"internal/render":  {"internal/core"},
	"internal/send":    {"internal/core"},
}

// helpers are packages of a service that any of its layers may use, as they know none of them.
var helpers = []string{"internal/password", "internal/totp", "internal/mac", "internal/picture", "internal/device", "internal/smtptest"}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, p := range packages(t) {
		for _, service := range services(t) {
			home := "services/" + service + "/"
			for layer, allowed := range layers {
				if !p.within(home + layer) {
					continue
				}
				seen++
				for _, imported := range p.imports() {
					inside, ok := strings.CutPrefix(imported, prefix+home)
					if !ok || within(inside, layer) || slices.ContainsFunc(append(allowed, helpers...), func(a string) bool { return within(inside, a) }) {
						continue
					}
					t.Errorf("%s imports %s", p.path(), imported)
				}
			}
			for _, helper := range helpers {
				if p.within(home + helper) {
					for _, imported := range p.imports() {
						if inside, ok := strings.CutPrefix(imported, prefix+home); ok && !within(inside, helper) {
							t.Errorf("%s, a helper, imports %s", p.path(), imported)
						}
					}
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d packages in layers: this shows nothing", seen)
	}
}

// foreign are frameworks, drivers and transports.
var foreign = []string{
	"github.com/gofiber/fiber", "github.com/valyala/fasthttp", "github.com/redis/go-redis", "go.mongodb.org/mongo-driver",
	"github.com/wneessen/go-mail", "net/http", "net/smtp", "database/sql",
}

func TestCoreKnowsNoFrameworkDriverOrTransport(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, service := range services(t) {
			if !p.within("services/" + service + "/internal/core") {
				continue
			}
			for _, imported := range p.imports() {
				if slices.ContainsFunc(foreign, func(f string) bool { return within(imported, f) || strings.HasPrefix(imported, f) }) {
					t.Errorf("%s imports %s", p.path(), imported)
				}
				if local, ok := strings.CutPrefix(imported, prefix+"pkg/"); ok && isAdapter(local) {
					t.Errorf("%s imports %s", p.path(), imported)
				}
			}
		}
	}
}

// isAdapter tells whether a package of pkg is for the edges alone.
func isAdapter(name string) bool {
	switch first, _, _ := strings.Cut(name, "/"); first {
	case "web", "admin", "dialect", "rpc", "mongodb", "redisdb", "serve", "env", "telemetry", "storetest":
		return true
	}
	return false
}

// harmless are packages that may draw from a generator that can be foretold, and what for.
var harmless = map[string]string{
	"services/mailer":                     "spreads retries",
	"deploy/local/internal/mongo/command": "numbers cursors",
}

func TestChanceIsCryptographic(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imported := range p.imports() {
			if (imported == "math/rand" || imported == "math/rand/v2") && harmless[p.path()] == "" && !p.forTests() {
				t.Errorf("%s imports %s", p.path(), imported)
			}
		}
	}
}
