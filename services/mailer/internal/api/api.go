// Package api serves mailer's internal API, as mailapi has it, from core. It holds no rule but who may call what: services
// send, operators look and requeue.
package api

import (
	"context"
	"net/http"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/services/mailer/internal/core"
)

// Callers of the operations. Operator is no service: it is the name in the token that the mailer command makes.
const (
	Auth     = "auth"
	Users    = "users"
	Operator = "operator"
)

// Senders and Operators are who may call which half of the API.
func Senders() []string   { return []string{Auth, Users} }
func Operators() []string { return []string{Operator} }

// Mux is what operations are added to (admin.Server, http.ServeMux).
type Mux interface {
	Handle(pattern string, h http.Handler)
}

// Register adds the operations: sending for senders, the rest for operators. Nothing is accepted before ready says nil: the
// queue's unique index, which keeps a mail from being taken twice, may not be there.
func Register(mux Mux, c *core.Core, ready func() error, senders, operators *rpc.Server) {
	mux.Handle(mailapi.PathSend, rpc.Handle(senders, http.StatusAccepted,
		func(ctx context.Context, in mailapi.Message) (mailapi.Accepted, error) {
			if err := ready(); err != nil {
				return mailapi.Accepted{}, fault.Outage(err)
			}
			return c.Accept(ctx, in)
		}))
	mux.Handle(mailapi.PathList, rpc.Handle(operators, http.StatusOK, c.List))
	mux.Handle(mailapi.PathRequeue, rpc.Handle(operators, http.StatusOK,
		func(ctx context.Context, in mailapi.Requeue) (struct{}, error) { return struct{}{}, c.Requeue(ctx, in) }))
}
