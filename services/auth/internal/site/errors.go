package site

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

type errorBody struct {
	Error string `json:"error"`
}

var statuses = map[fault.Reason]int{
	fault.Malformed:     http.StatusBadRequest,
	fault.RouteUnknown:  http.StatusNotFound,
	fault.MethodRefused: http.StatusMethodNotAllowed,
	fault.NotAcceptable: http.StatusNotAcceptable,
	fault.TooLarge:      http.StatusRequestEntityTooLarge,
	fault.Misdirected:   http.StatusMisdirectedRequest,
	fault.Throttled:     http.StatusTooManyRequests,
	fault.Unavailable:   http.StatusServiceUnavailable,
	fault.OriginRefused: http.StatusForbidden,
}

// render answers the reason's word; what can't happen on these routes is an internal error.
func render(c *fiber.Ctx, f *fault.Fault) error {
	status, ok := statuses[f.Reason]
	if !ok {
		return c.Status(http.StatusInternalServerError).JSON(errorBody{Error: string(fault.Internal)})
	}
	return c.Status(status).JSON(errorBody{Error: string(f.Reason)})
}
