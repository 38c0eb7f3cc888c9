package page

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/auth/internal/core"
)

// answer is how a reason is answered.
type answer struct {
	status int
	again  bool // the same form, or link, may be sent again
	field  bool // what was typed into the password's field is at fault
}

// answers has a row for each reason that a page can meet; the others are answered as Internal.
var answers = map[fault.Reason]answer{
	fault.LinkInvalid:        {status: http.StatusUnprocessableEntity},
	fault.PasswordRefused:    {status: http.StatusUnprocessableEntity, again: true, field: true},
	fault.CredentialsWrong:   {status: http.StatusUnprocessableEntity, again: true, field: true},
	fault.Malformed:          {status: http.StatusBadRequest},
	fault.EmailTaken:         {status: http.StatusConflict},
	fault.RegistrationClosed: {status: http.StatusForbidden},
	fault.DemoMode:           {status: http.StatusForbidden},
	fault.OriginRefused:      {status: http.StatusForbidden},
	fault.MediaUnsupported:   {status: http.StatusUnsupportedMediaType},
	fault.NotAcceptable:      {status: http.StatusNotAcceptable},
	fault.TooLarge:           {status: http.StatusRequestEntityTooLarge},
	fault.RouteUnknown:       {status: http.StatusNotFound},
	fault.MethodRefused:      {status: http.StatusMethodNotAllowed},
	fault.Misdirected:        {status: http.StatusMisdirectedRequest},
	fault.Throttled:          {status: http.StatusTooManyRequests, again: true},
	fault.Overloaded:         {status: http.StatusServiceUnavailable, again: true},
	fault.Unavailable:        {status: http.StatusServiceUnavailable, again: true},
	fault.Internal:           {status: http.StatusInternalServerError},
}

// refuse tells why something did not work: on the form that was sent where it may be sent again, else on a page of its own.
func (h Handler) refuse(c *fiber.Ctx, f *fault.Fault) error {
	reason := f.Reason
	if _, known := answers[reason]; !known {
		reason = fault.Internal
	}
	a, words := answers[reason], speak(c)
	sent, posted := c.Locals(sentKey{}).(form)
	if a.again && posted && pages[code.PurposeOf(sent.Token)] == c.Path() {
		mailed := h.look(c, sent.Token)
		mailed.NeedPassword = mailed.NeedPassword || a.field // even if it can't be told again
		v := h.question(c, sent.Token, mailed)
		v.Problem, v.AtField = words.problem(f, sent, h.passwordMin()), a.field
		return render(c, a.status, "ask.html", v)
	}
	v := view{message: words.Refusals[reason], Words: words, Page: page(c)}
	if reason == fault.LinkInvalid {
		v.Next = words.Lapsed[c.Path()]
	}
	if a.again && c.Method() == http.MethodGet {
		v.Token, _ = web.Query(c, "token") // a link that can't be read is not offered again
	}
	return render(c, a.status, "message.html", v)
}

// look is what a token is about, as far as that can be told now.
func (h Handler) look(c *fiber.Ctx, token secret.String) core.Mailed {
	mailed, err := h.Core.Look(web.Context(c), token)
	if err != nil {
		return core.Mailed{Purpose: code.PurposeOf(token)}
	}
	return mailed
}
