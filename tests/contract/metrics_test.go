package contract

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

// metric is a line of testdata/metrics.txt.
type metric struct{ labels, services []string }

func listedMetrics(t *testing.T) map[string]metric {
	t.Helper()
	text, err := os.ReadFile("testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]metric{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		m := metric{services: strings.Split(fields[2], ",")}
		if fields[1] != "-" {
			m.labels = strings.Split(fields[1], ",")
		}
		out[fields[0]] = m
	}
	return out
}

var label = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

// sample cuts a sample's name, as it is exposed, into the metric's and its labels.
func sample(text string) (name string, labels map[string]string) {
	name, rest, _ := strings.Cut(text, "{")
	labels = map[string]string{}
	for _, m := range label.FindAllStringSubmatch(rest, -1) {
		labels[m[1]] = m[2]
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && strings.HasSuffix(base, "_seconds") {
			name = base
			delete(labels, "le")
		}
	}
	return name, labels
}

func TestMetricsAreThoseThatAreListed(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	app := c.Enrol(acc.ID, true)
	c.Took(c.Refresh().Want(http.StatusOK))
	for range 6 {
		c.Delete("/users/"+acc.ID+"/otp", object{"token": app.Wrong()})
	}
	c.Post("/users/auth/logout", nil).Want(http.StatusOK)

	listed, seen := listedMetrics(t), map[string]bool{}
	for _, service := range []string{"auth", "users", "mailer"} {
		for text := range s.Metrics(t, service) {
			name, labels := sample(text)
			if strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
				continue
			}
			m, ok := listed[name]
			if !ok || !slices.Contains(m.services, service) {
				t.Errorf("%s of %s is not listed", name, service)
				continue
			}
			seen[name+" "+service] = true
			var names []string
			for name, value := range labels {
				names = append(names, name)
				if strings.Contains(value, acc.ID) || strings.Contains(value, "@") || len(value) > 60 {
					t.Errorf("%s has the label %s=%q", text, name, value)
				}
			}
			slices.Sort(names)
			if diff := cmp.Diff(m.labels, names); diff != "" {
				t.Errorf("labels of %s (-listed +got):\n%s", name, diff)
			}
		}
	}
	rare := []string{"watchword_hash_upgrades_total", "watchword_hash_rejected_total"} // of an older hash, and of a flood
	for name, m := range listed {
		for _, service := range m.services {
			if !seen[name+" "+service] && !slices.Contains(rare, name) && name+service != "watchword_throttled_total"+"auth" {
				t.Errorf("%s of %s is listed and not there", name, service)
			}
		}
	}
}

func TestMetricsCountWhatHappened(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	acc := s.Register(t)
	count := func(service, name string, act func()) {
		t.Helper()
		before := s.Metric(t, service, name)
		act()
		if got := s.Metric(t, service, name) - before; got != 1 {
			t.Errorf("%s went up by %v", name, got)
		}
	}
	c := s.Client(t)
	count("auth", `watchword_signins_total{method="password",outcome="signed_in"}`, func() {
		c.Took(c.Login(acc.Username, acc.Password).Want(http.StatusOK))
	})
	count("auth", `watchword_signins_total{method="password",outcome="refused"}`, func() { s.Client(t).Login(acc.Username, kit.Password()) })
	stolen := c.Clone()
	count("auth", `watchword_refreshes_total{outcome="rotated"}`, func() { c.Took(c.Refresh().Want(http.StatusOK)) })
	count("auth", `watchword_refreshes_total{outcome="replayed"}`, func() { stolen.Clone().Refresh().Want(http.StatusOK) })
	c.Took(c.Refresh().Want(http.StatusOK))
	count("auth", `watchword_refreshes_total{outcome="reuse"}`, func() { stolen.Refresh().Want(http.StatusUnauthorized) })
	count("auth", `watchword_refreshes_total{outcome="revoked"}`, func() { c.Refresh().Want(http.StatusUnauthorized) })
	d := s.SignIn(t, acc)
	count("auth", `watchword_sessions_ended_total{reason="logout"}`, func() { d.Post("/users/auth/logout", nil).Want(http.StatusOK) })
	count("mailer", `watchword_mail_deliveries_total{outcome="sent",template="verification"}`, func() {
		s.Token(t, s.RegisterEmail(t).Email, kit.Verify)
		kit.Eventually(t, "an empty queue", func() bool { return s.Metric(t, "mailer", `watchword_mail_queue{state="sending"}`) == 0 })
	})
}

func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	series := func(service string) int {
		n := 0
		for text := range s.Metrics(t, service) {
			if strings.HasPrefix(text, "http_server") {
				n++
			}
		}
		return n
	}
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			c := s.From(t, fmt.Sprintf("198.51.100.%d", i%250))
			c.Header["User-Agent"] = kit.Name()
			for _, r := range []kit.Request{
				{Method: "GET", Path: "/users/" + kit.Name()},
				{Method: "GET", Path: "/nothing/" + kit.Name()},
				{Method: "GET", Path: "/users?" + kit.Name() + "=1"},
				{Method: strings.ToUpper(kit.Name()[1:8]), Path: "/users"},
				{Method: "GET", Path: "/openapi/" + kit.Name()},
				{Method: "GET", Path: "/users", Host: kit.Name() + ".example"},
			} {
				c.Do(r)
			}
		}
	}
	flood(0, 5)
	before := map[string]int{"auth": series("auth"), "users": series("users")}
	flood(5, 60)
	for service, n := range before {
		if got := series(service); got != n {
			t.Errorf("%s has %d series after the flood, %d before", service, got, n)
		}
	}
}
