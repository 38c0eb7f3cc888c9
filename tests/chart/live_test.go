package chart

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kinds are what the cluster knows, by version, with their plurals.
var kinds = map[string]map[string]string{
	"v1": {
		"Secret": "secrets", "ConfigMap": "configmaps", "Service": "services", "ServiceAccount": "serviceaccounts", "Pod": "pods",
	},
	"apps/v1":              {"Deployment": "deployments", "StatefulSet": "statefulsets"},
	"policy/v1":            {"PodDisruptionBudget": "poddisruptionbudgets"},
	"networking.k8s.io/v1": {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"},
}

// cluster is as much of an API server as helm asks without changing anything, holding Secrets by name; it gives the path of a kubeconfig.
func cluster(t *testing.T, secrets map[string]map[string]string) string {
	t.Helper()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"major": "1", "minor": "34", "gitVersion": "v" + kubeVersion})
	})
	mux.HandleFunc("GET /api", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"kind": "APIVersions", "versions": []string{"v1"}})
	})
	var groups []any
	for version, names := range kinds {
		path := "/api/" + version
		if group, bare, there := strings.Cut(version, "/"); there {
			path = "/apis/" + version
			gv := map[string]string{"groupVersion": version, "version": bare}
			groups = append(groups, map[string]any{"name": group, "versions": []any{gv}, "preferredVersion": gv})
		}
		var resources []any
		for kind, plural := range names {
			resources = append(resources, map[string]any{"name": plural, "kind": kind, "namespaced": true, "verbs": []string{"get"}})
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			answer(w, map[string]any{"kind": "APIResourceList", "groupVersion": version, "resources": resources})
		})
	}
	mux.HandleFunc("GET /apis", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
	})
	mux.HandleFunc("GET /api/v1/namespaces/"+namespace+"/secrets/{name}", func(w http.ResponseWriter, r *http.Request) {
		data, there := secrets[r.PathValue("name")]
		if !there {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`)
			return
		}
		encoded := map[string]string{}
		for item, text := range data {
			encoded[item] = base64.StdEncoding.EncodeToString([]byte(text))
		}
		answer(w, map[string]any{
			"kind": "Secret", "apiVersion": "v1", "data": encoded,
			"metadata": map[string]string{"name": r.PathValue("name"), "namespace": namespace},
		})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	config := filepath.Join(t.TempDir(), "config")
	content := fmt.Sprintf("{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c}}], clusters: [{name: c, cluster: {server: %q}}]}", server.URL)
	if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

// upgrade renders as an upgrade in a cluster that holds the Secrets.
func upgrade(t *testing.T, secrets map[string]map[string]string, args ...string) (out, said string, err error) {
	t.Helper()
	return template(t, append([]string{"--is-upgrade", "--dry-run=server", "--kubeconfig", cluster(t, secrets)}, args...)...)
}

// lived are a release's Secrets, as an operator may have changed them since: rings of two keys, and signing keys rotated.
func lived() map[string]map[string]string {
	rings := map[string]string{}
	for _, name := range ringNames {
		rings[name] = "k2 " + name + "\nk1 older\n"
	}
	return map[string]map[string]string{
		fullname + "-keys":    rings,
		fullname + "-signing": {"0002.pem": "second", "0003.pem": "third"},
	}
}

func TestUpgradesKeepLiveKeys(t *testing.T) {
	t.Parallel()
	secrets := lived()
	out, said, err := upgrade(t, secrets)
	if err != nil {
		t.Fatal(said)
	}
	r := parse(t, out)
	for name, want := range secrets {
		got := data(t, r.get(t, "Secret", name))
		for item := range want {
			if got[item] != want[item] {
				t.Errorf("%s of %s has become %q", item, name, got[item])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s has %d items, had %d", name, len(got), len(want))
		}
	}
}

// TestUpgradesMintNothing: keys that are gone, in part or whole, stop the upgrade with what to set.
func TestUpgradesMintNothing(t *testing.T) {
	t.Parallel()
	gone, signingGone, part := lived(), lived(), lived()
	delete(gone, fullname+"-keys")
	delete(signingGone, fullname+"-signing")
	delete(part[fullname+"-keys"], "pepper.keys")
	for name, c := range map[string]struct {
		secrets map[string]map[string]string
		args    []string
		want    string
	}{
		"the rings are gone":        {gone, nil, "keys.existingSecret: the Secret w-watchword-keys is gone"},
		"the signing keys are gone": {signingGone, nil, "keys.signing.existingSecret: the Secret w-watchword-signing is gone"},
		"one ring is gone":          {part, nil, "the Secret w-watchword-keys lacks pepper.keys"},
		"a seed comes too late":     {lived(), []string{"--set", "keys.seed=" + seed}, "keys.seed: gives another"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, said, err := upgrade(t, c.secrets, c.args...); err == nil || !strings.Contains(said, c.want) {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
}

// TestInstallsTakeKeysThatWereKept: a release that was removed left its keys, and comes back with them.
func TestInstallsTakeKeysThatWereKept(t *testing.T) {
	t.Parallel()
	out, said, err := template(t, "--dry-run=server", "--kubeconfig", cluster(t, lived()))
	if err != nil {
		t.Fatal(said)
	}
	if got := data(t, parse(t, out).get(t, "Secret", fullname+"-keys"))["seal.keys"]; got != "k2 seal.keys\nk1 older\n" {
		t.Errorf("%q", got)
	}
}

// TestNotesNameWhatIsThere: the commands after an install are about objects that it made.
func TestNotesNameWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"evaluation": {"kubectl -n accounts wait deployment", "port-forward service/w-watchword-gateway 8080:8080", "helm -n accounts test w"},
		"production": {"kubectl -n accounts wait deployment", "curl -fsS https://accounts.example.com/.well-known/jwks.json", "kubectl -n accounts logs"},
	} {
		out, said, err := helm(t, "install", release, chartDir(t), "--namespace", namespace, "--dry-run=server", "--disable-openapi-validation",
			"--kubeconfig", cluster(t, nil), "-f", valueFiles(t)[name])
		if err != nil {
			t.Errorf("%s: %s", name, said)
			continue
		}
		_, notes, _ := strings.Cut(out, "NOTES:")
		for _, command := range want {
			if strings.Count(notes, command) != 1 {
				t.Errorf("%s: %q is missing of %s", name, command, notes)
			}
		}
		if evaluates := strings.Contains(notes, "Not fit for more"); evaluates != (name == "evaluation") {
			t.Errorf("%s: %s", name, notes)
		}
	}
}
