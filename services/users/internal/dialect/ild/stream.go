package ild

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
)

// pagePatience is how long a page of a list may take: for the store to give it, and again for the client to take it.
const pagePatience = 15 * time.Second

// stream answers a list as a JSON array of which never more than a page is in memory. What fails before the first page is
// refused as ever; after that the connection is broken off, so that the array has no end and can't be taken for whole.
func stream[T, W any](c *fiber.Ctx, log *slog.Logger, roll *core.Roll[T], wire func(T) W) error {
	first, err := roll.Next(web.Context(c))
	if err != nil {
		return err
	}
	// The request's context ends with the handler, and c may not be touched after it.
	a := &array[T, W]{ctx: context.WithoutCancel(web.Context(c)), log: log, conn: c.Context().Conn(), roll: roll, wire: wire, before: "["}
	if err := a.encode(first); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	if c.Method() == http.MethodHead { // fasthttp would write the end of the chunks all the same
		c.Response().Header.SetContentLength(-1)
		return nil
	}
	c.Context().SetBodyStream(a, -1)
	return nil
}

// array is read while it is made. Whoever reads it is the connection: where the client is gone nobody reads on.
type array[T, W any] struct {
	ctx  context.Context
	log  *slog.Logger
	conn net.Conn
	roll *core.Roll[T]
	wire func(T) W

	page   bytes.Buffer
	before string // what stands before the next item: the array's beginning, or a comma
	ended  bool
}

// Read gives what is made of the list by now, or makes another page of it.
func (a *array[T, W]) Read(p []byte) (int, error) {
	for a.page.Len() == 0 {
		if a.ended {
			return 0, io.EOF
		}
		if err := a.more(); err != nil {
			a.log.WarnContext(a.ctx, "list broken off", "error", err)
			return 0, io.ErrUnexpectedEOF
		}
	}
	return a.page.Read(p)
}

// more makes the next page, and gives the client new time to take it.
func (a *array[T, W]) more() error {
	ctx, cancel := context.WithTimeout(a.ctx, pagePatience)
	defer cancel()
	items, err := a.roll.Next(ctx)
	if err != nil {
		return err
	}
	if err := a.encode(items); err != nil {
		return err
	}
	return a.conn.SetWriteDeadline(time.Now().Add(pagePatience))
}

// encode adds items; none end the array.
func (a *array[T, W]) encode(items []T) error {
	for _, item := range items {
		text, err := json.Marshal(a.wire(item))
		if err != nil {
			return err
		}
		a.page.WriteString(a.before)
		a.page.Write(text)
		a.before = ","
	}
	if len(items) == 0 {
		a.ended = true
		a.page.WriteString(strings.TrimPrefix(a.before, ",") + "]")
	}
	return nil
}
