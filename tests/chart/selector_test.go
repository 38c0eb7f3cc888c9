package chart

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkSelectors: what chooses pods chooses those of one part, and those alone.
func checkSelectors(t *testing.T, r rendered) {
	t.Helper()
	for _, o := range r {
		selected := o.selected()
		if selected == nil {
			continue
		}
		var parts []string
		for _, p := range r.pods() {
			if within(selected, p.labels) {
				parts = append(parts, p.component())
			}
		}
		if len(parts) != 1 || !strings.HasSuffix(o.name(), "-"+parts[0]) {
			t.Errorf("%s %s chooses pods of %v", o.kind(), o.name(), parts)
		}
		// A Deployment's selector can't be changed: nothing in it may follow the version or a value.
		for label := range selected {
			if label != "app.kubernetes.io/name" && label != "app.kubernetes.io/instance" && label != "app.kubernetes.io/component" {
				t.Errorf("%s %s chooses by %s", o.kind(), o.name(), label)
			}
		}
		if selected["app.kubernetes.io/name"] != "watchword" || selected["app.kubernetes.io/instance"] != release {
			t.Errorf("%s %s chooses by %v", o.kind(), o.name(), selected)
		}
	}
}

// checkReferences: what an object names within the chart is there, with the keys and ports that are asked of it.
func checkReferences(t *testing.T, r rendered) {
	t.Helper()
	has := func(kind, name string) object {
		o := r.find(kind, name)
		if o == nil && strings.Contains(name, "watchword-") && strings.HasPrefix(name, release+"-") {
			t.Errorf("%s %s is named and not there", kind, name)
		}
		return o
	}
	for _, p := range r.pods() {
		if account := text(p.spec["serviceAccountName"]); account != "" {
			has("ServiceAccount", account)
		}
		for _, from := range list(p.container()["envFrom"]) {
			has("ConfigMap", text(at(from, "configMapRef", "name")))
		}
		for _, v := range list(p.spec["volumes"]) {
			if name := text(at(v, "secret", "secretName")); name != "" {
				has("Secret", name)
			}
			for _, source := range list(at(v, "projected", "sources")) {
				for kind, key := range map[string]string{"Secret": "secret", "ConfigMap": "configMap"} {
					o := has(kind, text(at(source, key, "name")))
					for _, item := range list(at(source, key, "items")) {
						if o != nil && at(o, "data", text(at(item, "key"))) == nil {
							t.Errorf("%s %s has no %s", kind, o.name(), at(item, "key"))
						}
					}
				}
			}
		}
	}
	for _, o := range r {
		switch o.kind() {
		case "HorizontalPodAutoscaler":
			target := r.get(t, "Deployment", text(at(o, "spec", "scaleTargetRef", "name")))
			if at(target, "spec", "replicas") != nil {
				t.Errorf("%s has replicas, which each upgrade would set against its autoscaler", target.name())
			}
		case "Service":
			for _, p := range r.pods() {
				if !within(o.selected(), p.labels) {
					continue
				}
				for _, port := range list(at(o, "spec", "ports")) {
					if !declares(p, text(at(port, "targetPort"))) {
						t.Errorf("Service %s leads to port %v, which %s has not", o.name(), at(port, "targetPort"), p.component())
					}
				}
			}
		}
	}
}

func declares(p pod, name string) bool {
	for _, port := range list(p.container()["ports"]) {
		if text(at(port, "name")) == name {
			return true
		}
	}
	return false
}

// TestUpgradesKeepWhatCannotChange compares two renderings that differ in all that an upgrade may change.
func TestUpgradesKeepWhatCannotChange(t *testing.T) {
	t.Parallel()
	before := renderFile(t, "evaluation")
	after := render(t, "--is-upgrade", "--set", "keys.seed="+seed,
		"--set", "image.tag=9.9.9,commonLabels.team=other,users.replicas=4,bundled.images.mongodb=mongo:9,nameOverride=,auth.podLabels.a=b",
		"--set", "settings.publicURL=https://a.example,drain.grace=60,networkPolicy.enabled=false")
	compared := 0
	for _, o := range before {
		if k := o.kind(); k != "Deployment" && k != "StatefulSet" {
			continue
		}
		compared++
		later := after.get(t, o.kind(), o.name())
		for _, field := range []string{"selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy"} {
			if diff := cmp.Diff(at(o, "spec", field), at(later, "spec", field)); diff != "" {
				t.Errorf("%s %s: %s changes: %s", o.kind(), o.name(), field, diff)
			}
		}
	}
	if compared != 7 {
		t.Errorf("%d objects were compared", compared)
	}
}

func TestBudgetsStandWhereThereAreSeveralPods(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"evaluation": false, "evaluation-two-replicas": true} {
		r := renderFile(t, name)
		for _, s := range services {
			budget := r.find("PodDisruptionBudget", fullname+"-"+s)
			if (budget != nil) != want || want && at(budget, "spec", "unhealthyPodEvictionPolicy") != "AlwaysAllow" {
				t.Errorf("%s: the budget of %s is %v", name, s, budget)
			}
		}
	}
	for _, s := range services {
		r := render(t, "-f", valueFiles(t)["production"])
		if n := at(r.get(t, "Deployment", fullname+"-"+s), "spec", "replicas"); n != 3 {
			t.Errorf("%s has %v pods in production", s, n)
		}
	}
}
