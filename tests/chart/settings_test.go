package chart

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// forOperators are settings that only the commands of an operator read.
var forOperators = []string{"WATCHWORD_TRANSFER_KEY"}

var settingRow = regexp.MustCompile("(?m)^\\| `([A-Z_]+)`( or `…_FILE`)? \\|.*?\\| ([a-z, ]+) \\|")

// documentedSettings are the variables of each service, secret or not, as the README's table has them, which is made
// from the services' Config structs and held to them by a test beside the command that makes it.
func documentedSettings(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(repository(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string][]string{}
	for _, m := range settingRow.FindAllStringSubmatch(string(page), -1) {
		name := m[1]
		if m[2] != "" {
			name += "_FILE"
		}
		for _, service := range strings.Split(m[3], ", ") {
			if !slices.Contains(forOperators, m[1]) {
				settings[service] = append(settings[service], name)
			}
		}
	}
	for _, service := range services {
		if len(settings[service]) < 10 {
			t.Fatalf("only %d settings of %s were read of the README", len(settings[service]), service)
		}
		slices.Sort(settings[service])
	}
	return settings
}

// environment is what a service's container is given, by name: its ConfigMap's and its own.
func environment(t *testing.T, r rendered, service string) map[string]any {
	t.Helper()
	env := map[string]any{}
	for name, value := range fields(at(r.get(t, "ConfigMap", fullname+"-"+service), "data")) {
		env[name] = value
	}
	for _, p := range r.pods() {
		if p.component() != service {
			continue
		}
		for _, v := range list(p.container()["env"]) {
			env[text(at(v, "name"))] = at(v, "value")
		}
	}
	return env
}

// TestEverySettingIsReachable renders with all values set: each service gets every setting that it knows, and no other.
func TestEverySettingIsReachable(t *testing.T) {
	t.Parallel()
	r := renderFile(t, "settings")
	for service, want := range documentedSettings(t) {
		if service == "local" {
			continue
		}
		var got []string
		for name := range environment(t, r, service) {
			got = append(got, name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", service, diff)
		}
	}
}

func TestEnvironmentReachesWhatValuesDoNot(t *testing.T) {
	t.Parallel()
	r := renderFile(t, "environment")
	env := environment(t, r, "users")
	if env["GOMAXPROCS"] != "4" || env["GOMEMLIMIT"] != "400MiB" {
		t.Errorf("%v", env)
	}
	if _, there := env["WATCHWORD_TRANSFER_KEY"]; !there {
		t.Error("a variable from a Secret is missing")
	}
}

// TestPeersAreCalledWhereTheyListen: the URLs between services name Services that there are, at their internal port.
func TestPeersAreCalledWhereTheyListen(t *testing.T) {
	t.Parallel()
	r := renderFile(t, "evaluation")
	for _, service := range services {
		for name, value := range environment(t, r, service) {
			peer := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "WATCHWORD_"), "_URL"))
			if slices.Contains(services, peer) && value != "http://"+fullname+"-"+peer+":9090" {
				t.Errorf("%s calls %s at %v", service, peer, value)
			}
		}
	}
}

// TestFilesAreWhereTheSettingsSay: what a variable names below /run is mounted there, read-only, from its own source.
func TestFilesAreWhereTheSettingsSay(t *testing.T) {
	t.Parallel()
	r := renderFile(t, "settings")
	for _, p := range r.pods() {
		if !slices.Contains(services, p.component()) {
			continue
		}
		mounted := map[string]bool{}
		for _, v := range list(p.spec["volumes"]) {
			if text(at(v, "name")) == "secrets" && number(at(v, "projected", "defaultMode")) != 0o440 {
				t.Errorf("%s: the secrets' mode is %v", p.component(), at(v, "projected", "defaultMode"))
			}
			for _, source := range list(at(v, "projected", "sources")) {
				for _, from := range fields(source) {
					for _, item := range list(at(from, "items")) {
						mounted["/run/watchword/"+text(at(item, "path"))] = true
					}
				}
			}
		}
		for name, value := range environment(t, r, p.component()) {
			if path := text(value); strings.HasPrefix(path, "/run/watchword/") && !mounted[path] {
				t.Errorf("%s: %s is %s, which is not mounted", p.component(), name, path)
			}
			delete(mounted, text(value))
		}
		if len(mounted) > 0 {
			t.Errorf("%s mounts %v, which no setting names", p.component(), mounted)
		}
	}
}
