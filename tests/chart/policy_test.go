package chart

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkIsolated: each pod has one policy, and it is about both directions.
func checkIsolated(t *testing.T, r rendered) {
	t.Helper()
	for _, p := range r.pods() {
		policies := 0
		for _, o := range r {
			if o.kind() == "NetworkPolicy" && within(o.selected(), p.labels) {
				policies++
				if !cmp.Equal(at(o, "spec", "policyTypes"), any([]any{"Ingress", "Egress"})) {
					t.Errorf("%s is open one way", p.component())
				}
			}
		}
		if policies != 1 {
			t.Errorf("%s has %d policies", p.component(), policies)
		}
	}
}

// flows are what the policies let pass, as "from → to port"; what is outside the chart is "*" or its first label.
func flows(r rendered) (into, out []string) {
	for _, p := range r.pods() {
		for _, o := range r {
			if o.kind() != "NetworkPolicy" || !within(o.selected(), p.labels) {
				continue
			}
			for _, rule := range list(at(o, "spec", "ingress")) {
				for _, peer := range peers(r, at(rule, "from")) {
					into = append(into, fmt.Sprintf("%s → %s %s", peer, p.component(), ports(rule)))
				}
			}
			for _, rule := range list(at(o, "spec", "egress")) {
				for _, peer := range peers(r, at(rule, "to")) {
					out = append(out, fmt.Sprintf("%s → %s %s", p.component(), peer, ports(rule)))
				}
			}
		}
	}
	slices.Sort(into)
	slices.Sort(out)
	return into, out
}

func peers(r rendered, from any) []string {
	if len(list(from)) == 0 {
		return []string{"*"}
	}
	var out []string
	for _, peer := range list(from) {
		if space := fields(at(peer, "namespaceSelector", "matchLabels")); space != nil {
			out = append(out, "namespace "+text(space["kubernetes.io/metadata.name"]))
			continue
		}
		found := false
		for _, p := range r.pods() {
			if within(fields(at(peer, "podSelector", "matchLabels")), p.labels) {
				out, found = append(out, p.component()), true
			}
		}
		if !found {
			out = append(out, "nobody")
		}
	}
	return out
}

func ports(rule any) string {
	if len(list(at(rule, "ports"))) == 0 {
		return "any port"
	}
	out := ""
	for _, port := range list(at(rule, "ports")) {
		if at(port, "protocol") == "UDP" {
			out += "udp"
		}
		out += text(at(port, "port")) + " "
	}
	return out[:len(out)-1]
}

// TestPoliciesLetPassWhatIsCalledAndNothingElse has every flow of DEPLOY's decision 5, by name.
func TestPoliciesLetPassWhatIsCalledAndNothingElse(t *testing.T) {
	t.Parallel()
	between := []string{"auth → mailer 9090", "auth → users 9090", "users → auth 9090", "users → mailer 9090"}
	for name, want := range map[string]struct {
		render    rendered
		into, out []string
	}{
		"production": {
			render(t, "-f", valueFiles(t)["production"], "--set", "settings.otlp.endpoint=http://otel:4318",
				"--set-json", `networkPolicy.metricsFrom=[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"monitoring"}}}]`),
			[]string{
				"namespace ingress-nginx → auth 8080", "namespace ingress-nginx → users 8080",
				"namespace monitoring → auth 9090", "namespace monitoring → users 9090", "namespace monitoring → mailer 9090",
			},
			[]string{
				"auth → * 6379", "users → * 6379", "users → * 27017", "mailer → * 27017", "mailer → * 465 587",
				"auth → * 4317 4318", "users → * 4317 4318", "mailer → * 4317 4318",
				"auth → * 53 udp53", "users → * 53 udp53", "mailer → * 53 udp53",
			},
		},
		"evaluation": {
			renderFile(t, "evaluation"),
			[]string{
				"* → gateway 8080", "gateway → auth 8080", "gateway → users 8080", "auth → valkey 6379", "users → valkey 6379",
				"users → mongodb 27017", "mailer → mongodb 27017", "mailer → mailpit 1025", "test → gateway 8080", "test → mailpit 8025",
			},
			[]string{
				"gateway → auth 8080", "gateway → users 8080", "auth → valkey 6379", "users → valkey 6379",
				"users → mongodb 27017", "mailer → mongodb 27017", "mailer → mailpit 1025", "test → gateway 8080", "test → mailpit 8025",
				"auth → * 53 udp53", "users → * 53 udp53", "mailer → * 53 udp53", "gateway → * 53 udp53", "test → * 53 udp53",
			},
		},
	} {
		into, out := flows(want.render)
		if diff := cmp.Diff(sorted(between, want.into), into); diff != "" {
			t.Errorf("%s, into pods: %s", name, diff)
		}
		if diff := cmp.Diff(sorted(between, want.out), out); diff != "" {
			t.Errorf("%s, out of pods: %s", name, diff)
		}
	}
}

func sorted(lists ...[]string) []string {
	out := slices.Concat(lists...)
	slices.Sort(out)
	return out
}

func TestPoliciesNameWhomTheValuesName(t *testing.T) {
	t.Parallel()
	into, out := flows(renderFile(t, "policies"))
	for _, want := range []string{"namespace ingress → gateway 8080", "namespace monitoring → mailer 9090"} {
		if !slices.Contains(into, want) {
			t.Errorf("%s is missing of %q", want, into)
		}
	}
	for _, want := range []string{"auth → namespace kube-system 53 udp53", "users → namespace observability 4318"} {
		if !slices.Contains(out, want) {
			t.Errorf("%s is missing of %q", want, out)
		}
	}
	if r := renderFile(t, "evaluation-no-policies"); slices.ContainsFunc(r, func(o object) bool { return o.kind() == "NetworkPolicy" }) {
		t.Error("there are policies that nobody wants")
	}
}
