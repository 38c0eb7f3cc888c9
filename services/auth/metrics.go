package auth

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/watchword/watchword/pkg/token"
)

// metrics counts what core and the limiter tell.
type metrics struct {
	signins, refreshes, ended, throttled *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, keys *token.KeyDir) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	reg.MustRegister(keyAges{keys})
	return &metrics{
		signins:   counter("watchword_signins_total", "Sign-ins by method and outcome.", "method", "outcome"),
		refreshes: counter("watchword_refreshes_total", "Refreshes by outcome.", "outcome"),
		ended:     counter("watchword_sessions_ended_total", "Sessions ended, by reason.", "reason"),
		throttled: counter("watchword_throttled_total", "Requests refused by a limit, by rule.", "rule"),
	}
}

// SignIn, Refresh and SessionEnded are core's Observer.
func (m *metrics) SignIn(method, outcome string) { m.signins.WithLabelValues(method, outcome).Inc() }
func (m *metrics) Refresh(outcome string)        { m.refreshes.WithLabelValues(outcome).Inc() }
func (m *metrics) SessionEnded(reason string)    { m.ended.WithLabelValues(reason).Inc() }

func (m *metrics) refused(rule string) { m.throttled.WithLabelValues(rule).Inc() }

// keyAges tells how old the signing keys are, by whether they sign or only verify.
type keyAges struct{ keys *token.KeyDir }

var keyAgeDesc = prometheus.NewDesc("watchword_jwks_key_age_seconds", "Age of the youngest key in each state.", []string{"state"}, nil)

// Describe and Collect make keyAges a collector.
func (k keyAges) Describe(ch chan<- *prometheus.Desc) { ch <- keyAgeDesc }

func (k keyAges) Collect(ch chan<- prometheus.Metric) {
	for state, age := range k.keys.Ages() {
		ch <- prometheus.MustNewConstMetric(keyAgeDesc, prometheus.GaugeValue, age.Seconds(), state)
	}
}

var _ prometheus.Collector = keyAges{}
