package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"

	"github.com/wneessen/go-mail"

	"github.com/watchword/watchword/services/mailer/internal/core"
)

// steps are the words for the step of a conversation at which it ended.
var steps = map[mail.SendErrReason]string{
	mail.ErrSMTPMailFrom:  "sender refused",
	mail.ErrSMTPRcptTo:    "recipient refused",
	mail.ErrSMTPData:      "message refused",
	mail.ErrWriteContent:  "message not taken over",
	mail.ErrSMTPDataClose: "message refused",
	mail.ErrConnCheck:     "connection lost",
}

// explain puts err into words of our own: what servers write may hold addresses.
func explain(ctx context.Context, err error) error {
	var sendErr *mail.SendError
	if errors.As(err, &sendErr) {
		return judge(sendErr)
	}
	var reply *textproto.Error
	var cert *tls.CertificateVerificationError
	var hostname x509.HostnameError
	var authority x509.UnknownAuthorityError
	var dial *net.OpError
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		return &core.SendError{Text: "time is over"}
	case errors.As(err, &reply):
		return &core.SendError{Code: reply.Code, Text: "server not willing"}
	case errors.As(err, &cert), errors.As(err, &hostname), errors.As(err, &authority):
		return &core.SendError{Text: "server's certificate not trusted"}
	case errors.As(err, &dns):
		return &core.SendError{Text: "server's name not known"}
	case errors.As(err, &dial) && dial.Op == "dial":
		return &core.SendError{Text: "server not reachable"}
	}
	return &core.SendError{Text: "no agreement with the server on encryption or sign-in"}
}

// judge tells what one letter failed of. Only what the server says of the recipient or the message is about this letter,
// and final where it is permanent (5yz); the sender's refusal or an unanswered step concerns every letter and may be
// mended.
func judge(err *mail.SendError) *core.SendError {
	text, ok := steps[err.Reason]
	if !ok {
		text = "not sent"
	}
	code := err.ErrorCode()
	if code == 0 {
		return &core.SendError{Text: "connection lost"}
	}
	final := false
	switch err.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
		final = !err.IsTemp() && code >= 500 && code < 600
	}
	return &core.SendError{Code: code, Text: text, Final: final}
}
