// Package rpc carries calls between the services: JSON over HTTP with a service token, a deadline, a breaker, the
// caller's trace and request id, and faults carried whole.
package rpc

import "time"

const (
	requestIDHeader = "X-Request-Id"
	mediaType       = "application/json"

	maxRequest = 256 << 10
	maxAnswer  = 1 << 20

	// callLimit ends a call that its caller has forgotten; callers' own deadlines are shorter.
	callLimit = 10 * time.Second
)
