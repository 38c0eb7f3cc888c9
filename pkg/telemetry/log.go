package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger writes JSON lines with service and version, at level ("debug", "info", "warn", "error"; info for any other
// word). A line logged with a request's context has its request_id and trace_id. Control and bidirectional characters
// are escaped, so one event is one line and reads as it is.
func NewLogger(w io.Writer, service, version, level string) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		least = slog.LevelInfo
	}
	lines := slog.NewJSONHandler(escaper{w}, &slog.HandlerOptions{Level: least})
	return slog.New(requestHandler{lines}).With("service", service, "version", version)
}

// requestHandler adds what the context knows of the request, where the record does not say it itself.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	known := map[string]bool{}
	r.Attrs(func(a slog.Attr) bool {
		known[a.Key] = true
		return true
	})
	if id := RequestID(ctx); id != "" && !known["request_id"] {
		r.AddAttrs(slog.String("request_id", id))
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() && !known["trace_id"] {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

// escaper writes the characters that JSON leaves bare and terminals obey as \u escapes: DEL, C1 controls and
// format characters. In a line of JSON they can only stand in a string.
type escaper struct{ w io.Writer }

func (e escaper) Write(line []byte) (int, error) {
	out := make([]byte, 0, len(line))
	for _, r := range string(line) {
		switch {
		case r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r): // the line's end is the only bare one
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	if _, err := e.w.Write(out); err != nil {
		return 0, err
	}
	return len(line), nil
}
