package chart

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryValueFile holds every example to what must be so whatever the values.
func TestEveryValueFile(t *testing.T) {
	t.Parallel()
	files := valueFiles(t)
	if len(files) < 25 {
		t.Errorf("only %d files of values", len(files))
	}
	for name, path := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := render(t, "-f", path)
			seen := map[string]bool{}
			for _, o := range r {
				id := o.kind() + " " + o.name()
				if o.kind() == "" || o.name() == "" || text(o["apiVersion"]) == "" || len(o.name()) > 63 || seen[id] {
					t.Errorf("%q is there twice, or its kind, version or name is wrong", id)
				}
				seen[id] = true
				if hook := text(at(o, "metadata", "annotations", "helm.sh/hook")); hook != "" && hook != "test" {
					t.Errorf("%s is a hook (%s)", id, hook)
				}
				if k := o.kind(); k == "Role" || k == "RoleBinding" || k == "ClusterRole" || k == "ClusterRoleBinding" || k == "CronJob" {
					t.Errorf("%s has no place in the chart", id)
				}
			}
			for _, p := range r.pods() {
				checkRestricted(t, p)
				checkProbes(t, p)
			}
			checkSelectors(t, r)
			checkReferences(t, r)
			if !strings.Contains(path, "no-policies") && !strings.Contains(path, "pod-monitor") {
				checkIsolated(t, r)
			}
		})
	}
}

// checkRestricted demands what Pod Security calls restricted, and a root file system that can't be written.
func checkRestricted(t *testing.T, p pod) {
	t.Helper()
	c := p.container()
	want := map[string]any{
		"token": false, "nonRoot": true, "seccomp": "RuntimeDefault", "escalation": false, "readOnly": true, "drop": []any{"ALL"}, "add": nil, "privileged": nil,
		"hostNetwork": nil, "hostPID": nil, "hostIPC": nil, "init": nil, "containers": 1,
	}
	got := map[string]any{
		"token":       p.spec["automountServiceAccountToken"],
		"nonRoot":     at(p.spec, "securityContext", "runAsNonRoot"),
		"seccomp":     at(p.spec, "securityContext", "seccompProfile", "type"),
		"escalation":  at(c, "securityContext", "allowPrivilegeEscalation"),
		"readOnly":    at(c, "securityContext", "readOnlyRootFilesystem"),
		"drop":        at(c, "securityContext", "capabilities", "drop"),
		"add":         at(c, "securityContext", "capabilities", "add"),
		"privileged":  at(c, "securityContext", "privileged"),
		"hostNetwork": p.spec["hostNetwork"], "hostPID": p.spec["hostPID"], "hostIPC": p.spec["hostIPC"],
		"init": p.spec["initContainers"], "containers": len(list(p.spec["containers"])),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", p.component(), diff)
	}
	if number(at(p.spec, "securityContext", "runAsUser")) < 1 {
		t.Errorf("%s runs as root", p.component())
	}
	if text(at(c, "resources", "limits", "memory")) == "" || text(at(c, "resources", "requests", "cpu")) == "" {
		t.Errorf("%s: no limit of memory or no request of CPU", p.component())
	}
	for _, v := range list(p.spec["volumes"]) {
		for kind := range fields(v) {
			if !regexp.MustCompile(`^(name|projected|secret|configMap|emptyDir)$`).MatchString(kind) {
				t.Errorf("%s mounts a %s", p.component(), kind)
			}
		}
	}
}

// services are the parts that have two listeners, or the internal one alone.
var services = []string{"auth", "users", "mailer"}

// checkProbes: every port that a probe or Service names is the container's, and a service has time to drain.
func checkProbes(t *testing.T, p pod) {
	t.Helper()
	c := p.container()
	ports := map[string]int{}
	for _, port := range list(c["ports"]) {
		ports[text(at(port, "name"))] = number(at(port, "containerPort"))
	}
	for _, name := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		for _, how := range []string{"httpGet", "tcpSocket"} {
			port := at(c, name, how, "port")
			declared := ports[text(port)] != 0
			for _, n := range ports {
				declared = declared || n == number(port)
			}
			if port != nil && !declared {
				t.Errorf("%s: %s asks port %v, which there is not", p.component(), name, port)
			}
		}
	}
	if ports["internal"] == 0 {
		return
	}
	for name, path := range map[string]string{"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"} {
		if got := at(c, name, "httpGet"); !cmp.Equal(got, any(map[string]any{"path": path, "port": "internal"})) {
			t.Errorf("%s: %s is %v", p.component(), name, got)
		}
	}
	want := map[string]int{"internal": 9090, "public": 8080}
	if p.component() == "mailer" {
		delete(want, "public")
	}
	if diff := cmp.Diff(want, ports); diff != "" {
		t.Errorf("%s: %s", p.component(), diff)
	}
	asked, grace := number(at(c, "lifecycle", "preStop", "sleep", "seconds")), number(p.spec["terminationGracePeriodSeconds"])
	if asked < 1 || grace < asked+2+20 {
		t.Errorf("%s: %d s to stop, of which %d pass before it is asked to", p.component(), grace, asked)
	}
	strategy := at(p.owner, "spec", "strategy", "rollingUpdate")
	if at(strategy, "maxUnavailable") != 0 || number(at(p.owner, "spec", "minReadySeconds")) < 1 {
		t.Errorf("%s: a rollout takes pods away before others are there", p.component())
	}
}

func TestLintFindsNothing(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-f", filepath.Join(chartDir(t), "values-production.yaml")}} {
		out, said, err := helm(t, append([]string{"lint", "--strict", "--quiet", "--kube-version", kubeVersion, chartDir(t)}, args...)...)
		if err != nil || strings.Contains(out, "WARNING") {
			t.Errorf("%v\n%s%s", err, out, said)
		}
	}
}
