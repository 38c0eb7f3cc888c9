package mailer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"text/tabwriter"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/mailapi/mailclient"
	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
	"github.com/watchword/watchword/services/mailer/internal/api"
)

// Operates tells whether args are an operator's command: "queue [STATE]" or "requeue ID…".
func Operates(args []string) bool {
	return len(args) > 0 && (args[0] == "queue" || args[0] == "requeue")
}

// Operate runs an operator's command against the mailer that listens on this machine.
func Operate(ctx context.Context, cfg Config, out io.Writer, args []string) error {
	c, err := cfg.operator(ctx)
	if err != nil {
		return err
	}
	switch {
	case args[0] == "queue" && len(args) == 1:
		return queue(ctx, c, out, "")
	case args[0] == "queue" && len(args) == 2:
		return queue(ctx, c, out, mailapi.State(args[1]))
	case args[0] == "requeue" && len(args) > 1:
		return requeue(ctx, c, out, args[1:])
	}
	return errors.New("write queue [waiting|sending|sent|dead] or requeue ID…")
}

// operator is a client with the operator's token.
func (c Config) operator(ctx context.Context) (*mailclient.Client, error) {
	if c.ServiceKeys.Empty() {
		return nil, errors.New("WATCHWORD_SERVICE_KEYS: is missing; it must be set")
	}
	_, port, err := net.SplitHostPort(c.InternalAddr)
	if err != nil {
		return nil, fmt.Errorf("WATCHWORD_INTERNAL_ADDR: %w", err)
	}
	tel, err := telemetry.New(ctx, telemetry.Config{Service: name, Version: Version})
	if err != nil {
		return nil, err
	}
	client, err := rpc.NewClient(rpc.ClientConfig{
		Caller: api.Operator, Callee: name, BaseURL: "http://" + net.JoinHostPort("127.0.0.1", port),
		Tokens: token.NewServiceCodec(c.ServiceKeys, time.Now), Telemetry: tel,
	})
	return mailclient.New(client), err
}

// queue lists the mails in a state ("": any), newest first.
func queue(ctx context.Context, c *mailclient.Client, out io.Writer, state mailapi.State) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSTATE\tTEMPLATE\tTO\tACCEPTED\tTRIES\tNEXT\tERROR")
	for page, more := (mailapi.Listed{}), true; more; more = page.Next != "" {
		var err error
		if page, err = c.List(ctx, mailapi.List{State: state, After: page.Next, Limit: 100}); err != nil {
			return err
		}
		for _, m := range page.Messages {
			next := "-"
			if !m.NextAt.IsZero() {
				next = m.NextAt.Format(time.RFC3339)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", m.ID, m.State, m.Template, m.To, m.CreatedAt.Format(time.RFC3339), m.Attempts, next, m.LastError)
		}
	}
	return table.Flush()
}

// requeue has dead mails sent again; those that are not dead are named in the error.
func requeue(ctx context.Context, c *mailclient.Client, out io.Writer, ids []string) error {
	var errs []error
	for _, id := range ids {
		err := c.Requeue(ctx, mailapi.Requeue{ID: id})
		switch {
		case fault.Has(err, fault.MessageUnknown):
			errs = append(errs, fmt.Errorf("%s is not among the dead", id))
		case err != nil:
			return errors.Join(append(errs, err)...)
		default:
			fmt.Fprintln(out, id)
		}
	}
	return errors.Join(errs...)
}
