package users

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/watchword/watchword/services/users/internal/password"
)

// metrics counts what core, the limiter and the hash pool tell.
type metrics struct {
	factor, throttled, upgrades, rejected *prometheus.CounterVec
	slots                                 *prometheus.GaugeVec
	wait                                  prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	}
	m := &metrics{
		factor:    counter("watchword_second_factor_total", "What happened to second factors.", "event"),
		throttled: counter("watchword_throttled_total", "Requests refused by a limit, by rule.", "rule"),
		upgrades:  counter("watchword_hash_upgrades_total", "Password hashes replaced at a sign-in, by their former format.", "from"),
		rejected:  counter("watchword_hash_rejected_total", "Password hashes not computed, by why.", "why"),
		slots:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "watchword_hash_slots", Help: "Slots for password hashes, by state."}, []string{"state"}),
		wait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "watchword_hash_wait_seconds",
			Help:    "How long a password hash waited for its slot.",
			Buckets: []float64{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1},
		}),
	}
	reg.MustRegister(m.factor, m.throttled, m.upgrades, m.rejected, m.slots, m.wait)
	return m
}

// offer tells how many slots there are.
func (m *metrics) offer(slots int) {
	m.slots.WithLabelValues("busy").Set(0)
	m.slots.WithLabelValues("free").Set(float64(slots))
}

// SecondFactor, Throttled and HashUpgraded are core's Observer.
func (m *metrics) SecondFactor(event string) { m.factor.WithLabelValues(event).Inc() }
func (m *metrics) Throttled(rule string)     { m.throttled.WithLabelValues(rule).Inc() }
func (m *metrics) HashUpgraded(from string)  { m.upgrades.WithLabelValues(from).Inc() }

// HashStarted, HashDone and HashRejected are the pool's Observer.
func (m *metrics) HashStarted(_ password.Lane, waited time.Duration) {
	m.wait.Observe(waited.Seconds())
	m.slots.WithLabelValues("busy").Inc()
	m.slots.WithLabelValues("free").Dec()
}

// HashDone is the end of HashStarted.
func (m *metrics) HashDone(password.Lane) {
	m.slots.WithLabelValues("busy").Dec()
	m.slots.WithLabelValues("free").Inc()
}

// HashRejected counts why.
func (m *metrics) HashRejected(_ password.Lane, why string) { m.rejected.WithLabelValues(why).Inc() }
