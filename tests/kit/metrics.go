package kit

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Metrics are a service's samples as /metrics on its internal listener shows them: the name with its labels, and the value.
func (s *Suite) Metrics(t testing.TB, service string) map[string]float64 {
	t.Helper()
	res, err := s.http.Get(s.Services[service].Internal + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("metrics of %s: status %d, %v", service, res.StatusCode, err)
	}
	out := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64)
		if err != nil {
			t.Fatalf("metric %q: %v", line, err)
		}
		out[line[:at]] = value
	}
	return out
}

// Metric is one sample, 0 where there is none yet.
func (s *Suite) Metric(t testing.TB, service, name string) float64 {
	t.Helper()
	return s.Metrics(t, service)[name]
}
