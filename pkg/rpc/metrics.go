package rpc

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/watchword/watchword/pkg/fault"
)

// Outcomes of a call: failed is what a person should look at.
const (
	outcomeOK      = "ok"
	outcomeRefused = "refused"
	outcomeFailed  = "failed"
)

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return outcomeOK
	case fault.Has(err, fault.Unavailable), fault.Has(err, fault.Internal):
		return outcomeFailed
	default:
		return outcomeRefused
	}
}

// newDurations gives the histogram that all clients of a registry share.
func newDurations(registry *prometheus.Registry) (*prometheus.HistogramVec, error) {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "watchword_rpc_duration_seconds",
		Help:    "Calls to other services, with their repetitions.",
		Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"callee", "path", "outcome"})
	err := registry.Register(durations)
	var already prometheus.AlreadyRegisteredError
	if errors.As(err, &already) {
		if shared, ok := already.ExistingCollector.(*prometheus.HistogramVec); ok {
			return shared, nil
		}
	}
	return durations, err
}
