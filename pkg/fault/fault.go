// Package fault is what goes wrong in a use case, in words every service and every dialect understands.
//
// Core returns faults with a reason from the closed list; a dialect's table turns the reason into a status and a body;
// rpc carries a fault over a hop whole. An error that is not a fault is a defect or an outage nobody classified: it is
// logged where it is handled and answered as Internal, without its text.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Fault is one refusal. The zero value is not meaningful; use New, Field, Throttle or Outage.
type Fault struct {
	Reason Reason
	// Message is a sentence for a person, without anything secret or internal. Empty: the dialect's own text for Reason.
	Message string
	// Fields names the request's members at fault; each value is a short machine-readable word (see the Field constants).
	Fields map[string]string
	// RetryAfter is how long to wait before asking again; 0: not said.
	RetryAfter time.Duration
	// Challenge accompanies CodeRequired at a sign-in: what proves the first factor when the code is sent.
	Challenge *Challenge

	cause error
}

// Challenge stands for a first factor that was proved, until the second is.
type Challenge struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// New makes a fault for reason.
func New(reason Reason) *Fault { return &Fault{Reason: reason} }

// Field makes a fault for one member of the request.
func Field(reason Reason, name, word string) *Fault {
	return &Fault{Reason: reason, Fields: map[string]string{name: word}}
}

// Throttle makes a Throttled fault that may be repeated after wait.
func Throttle(wait time.Duration) *Fault { return &Fault{Reason: Throttled, RetryAfter: wait} }

// Outage says that a dependency failed. The cause is for the log only.
func Outage(cause error) *Fault {
	return &Fault{Reason: Unavailable, RetryAfter: time.Second, cause: cause}
}

// Because returns a copy of f that remembers cause for the log.
func (f *Fault) Because(cause error) *Fault {
	g := *f
	g.cause = cause
	return &g
}

// Error says reason and cause; it is for logs and never answered to a client.
func (f *Fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %v", f.Reason, f.cause)
	}
	return string(f.Reason)
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes errors.Is(err, fault.New(r)) compare reasons alone.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Reason == f.Reason
}

// Of finds the fault in err; any other error is Internal with err as its cause. Of(nil) is nil.
func Of(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return New(Internal).Because(err)
}

// Has tells whether err is a fault with that reason.
func Has(err error, reason Reason) bool {
	var f *Fault
	return errors.As(err, &f) && f.Reason == reason
}
