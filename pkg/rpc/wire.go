package rpc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/watchword/watchword/pkg/fault"
)

// wireFault is a fault as it crosses: its cause stays behind.
type wireFault struct {
	Reason       fault.Reason      `json:"reason"`
	Message      string            `json:"message,omitempty"`
	Fields       map[string]string `json:"fields,omitempty"`
	RetryAfterMS int64             `json:"retryAfterMs,omitempty"`
	Challenge    *fault.Challenge  `json:"challenge,omitempty"`
}

type envelope struct {
	Fault *wireFault `json:"fault"`
}

// encodeFault gives the answer for f. An internal one crosses as that word alone.
func encodeFault(f *fault.Fault) ([]byte, error) {
	w := wireFault{Reason: fault.Internal}
	if f.Reason != fault.Internal {
		w = wireFault{f.Reason, f.Message, f.Fields, f.RetryAfter.Milliseconds(), f.Challenge}
	}
	return json.Marshal(envelope{&w})
}

// decodeFault reads callee's refusal. What is no fault of the closed list says only that something between here and
// there, or of another version, answered.
func decodeFault(callee string, status int, body []byte) *fault.Fault {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil || e.Fault == nil {
		return fault.Outage(fmt.Errorf("%s answered %d without a fault", callee, status))
	}
	w := e.Fault
	switch {
	case status == http.StatusUnauthorized:
		return fault.Outage(fmt.Errorf("%s refused the service token", callee))
	case w.Reason == fault.Internal:
		return fault.New(fault.Internal).Because(fmt.Errorf("%s failed", callee))
	case !slices.Contains(fault.Reasons(), w.Reason):
		return fault.New(fault.Internal).Because(fmt.Errorf("%s answered %d with an unknown reason", callee, status))
	}
	return &fault.Fault{
		Reason:     w.Reason,
		Message:    w.Message,
		Fields:     w.Fields,
		RetryAfter: time.Duration(w.RetryAfterMS) * time.Millisecond,
		Challenge:  w.Challenge,
	}
}

// status groups reasons for people and proxies; the client goes by the reason alone. 401 is kept for the service token.
func status(r fault.Reason) int {
	switch r {
	case fault.Malformed:
		return http.StatusBadRequest
	case fault.AccountUnknown, fault.SessionUnknown, fault.MessageUnknown, fault.CommunityUnknown, fault.ImageUnknown:
		return http.StatusNotFound
	case fault.MethodRefused:
		return http.StatusMethodNotAllowed
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.MediaUnsupported:
		return http.StatusUnsupportedMediaType
	case fault.Throttled:
		return http.StatusTooManyRequests
	case fault.Overloaded, fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	default:
		return http.StatusUnprocessableEntity
	}
}
