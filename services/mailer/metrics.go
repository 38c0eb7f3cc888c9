package mailer

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// metrics counts what core tells.
type metrics struct {
	queue      *prometheus.GaugeVec
	deliveries *prometheus.CounterVec
	oldest     atomic.Pointer[time.Time]
}

var _ core.Observer = (*metrics)(nil)

func newMetrics(reg prometheus.Registerer, now func() time.Time) *metrics {
	m := &metrics{
		queue: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "watchword_mail_queue", Help: "Mails in the queue by state, of all processes.",
		}, []string{"state"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "watchword_mail_deliveries_total", Help: "Tries to deliver a mail, by template and outcome.",
		}, []string{"template", "outcome"}),
	}
	// The age grows by itself, so it tells the truth while the store can't be asked.
	oldest := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "watchword_mail_oldest_seconds", Help: "Age of the oldest mail that is neither sent nor given up; 0: there is none.",
	}, func() float64 {
		at := m.oldest.Load()
		if at == nil || at.IsZero() {
			return 0
		}
		return max(0, now().Sub(*at).Seconds())
	})
	reg.MustRegister(m.queue, m.deliveries, oldest)
	return m
}

// Delivered counts a try.
func (m *metrics) Delivered(template mailapi.Template, outcome string) {
	m.deliveries.WithLabelValues(string(template), outcome).Inc()
}

// Backlog takes over a count.
func (m *metrics) Backlog(b core.Backlog) {
	m.queue.WithLabelValues(string(mailapi.Waiting)).Set(float64(b.Waiting))
	m.queue.WithLabelValues(string(mailapi.Sending)).Set(float64(b.Sending))
	m.queue.WithLabelValues(string(mailapi.Dead)).Set(float64(b.Dead))
	m.oldest.Store(&b.Oldest)
}
