package page

import (
	"net/http"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
)

var titles = map[code.Purpose]string{
	code.Verify: "Confirm your address",
	code.Undo:   "Undo the change of your address",
	code.Reset:  "Set a new password",
}

// refusal is how a page words a reason; those that no page can meet share the last row.
type refusal struct {
	status  int
	message string
}

var refusals = map[fault.Reason]refusal{
	fault.LinkInvalid:      {http.StatusUnprocessableEntity, "This link is unknown, was used already, or has lapsed. Ask for a new one."},
	fault.Malformed:        {http.StatusBadRequest, "The request is incomplete. Open the link from the mail again."},
	fault.EmailTaken:       {http.StatusConflict, "Another account has this address by now, so the change can't be undone."},
	fault.Throttled:        {http.StatusTooManyRequests, "Too many requests. Wait a little and try again."},
	fault.OriginRefused:    {http.StatusForbidden, "Requests from another site are not allowed here."},
	fault.MediaUnsupported: {http.StatusUnsupportedMediaType, "The form was sent in a format that is not understood."},
	fault.NotAcceptable:    {http.StatusNotAcceptable, "Only a page can be answered here."},
	fault.TooLarge:         {http.StatusRequestEntityTooLarge, "The request is too large."},
	fault.RouteUnknown:     {http.StatusNotFound, "There is nothing at this address."},
	fault.MethodRefused:    {http.StatusMethodNotAllowed, "This address can't be used like that."},
	fault.Misdirected:      {http.StatusMisdirectedRequest, "This host is not served here."},
	fault.Overloaded:       {http.StatusServiceUnavailable, "The service is busy. Try again soon."},
	fault.Unavailable:      {http.StatusServiceUnavailable, "The service is not available. Try again soon."},
	fault.Internal:         {http.StatusInternalServerError, "Something went wrong on our side."},
}
