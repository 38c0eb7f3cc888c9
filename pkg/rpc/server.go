package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
)

// Server answers calls.
type Server struct {
	callee  string
	callers []string
	tokens  *token.ServiceCodec
	tel     *telemetry.Telemetry
	log     *slog.Logger
}

// NewServer accepts tokens made for callee by one of callers.
func NewServer(callee string, callers []string, tokens *token.ServiceCodec, tel *telemetry.Telemetry, log *slog.Logger) *Server {
	return &Server{callee, slices.Clone(callers), tokens, tel, log}
}

// Handle makes an operation of fn: POST, JSON, at most 256 KiB, strict; anything without a good service token is 401.
// status is what success answers (200, or 202).
func Handle[In, Out any](s *Server, status int, fn func(ctx context.Context, in In) (Out, error)) http.Handler {
	return s.handler(status, func(ctx context.Context, body []byte) (any, error) {
		var in In
		if err := decode(body, &in); err != nil {
			return nil, err
		}
		return fn(ctx, in)
	})
}

type operation func(ctx context.Context, body []byte) (any, error)

func (s *Server) handler(success int, op operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := s.caller(r)
		if !ok {
			s.log.WarnContext(r.Context(), "service token refused", "path", r.URL.Path)
			w.Header().Set("WWW-Authenticate", "Bearer")
			respond(w, http.StatusUnauthorized, fault.New(fault.Unauthenticated))
			return
		}
		ctx, cancel := context.WithTimeout(s.context(r), callLimit)
		defer cancel()
		ctx, span := s.tel.Tracer.Start(ctx, "POST "+r.URL.Path,
			trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("peer.service", caller)))
		defer span.End()

		body, err := run(ctx, w, r, op)
		if err == nil {
			write(w, success, body)
			return
		}
		f := fault.Of(err)
		if f.Reason == fault.Internal && ctx.Err() != nil {
			f = fault.Outage(err) // its caller is gone, or it took too long: no defect
		}
		if code := status(f.Reason); code >= 500 {
			span.SetStatus(codes.Error, string(f.Reason))
		}
		s.note(ctx, r.URL.Path, caller, f)
		respond(w, status(f.Reason), f)
	})
}

// caller is the service that a good token names.
func (s *Server) caller(r *http.Request) (string, bool) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", false
	}
	caller, err := s.tokens.Verify(text, s.callee)
	return caller, err == nil && slices.Contains(s.callers, caller)
}

// context takes over the caller's trace and request id.
func (s *Server) context(r *http.Request) context.Context {
	ctx := s.tel.Propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	if id := r.Header.Get(requestIDHeader); id != "" && len(id) <= 128 {
		ctx = telemetry.WithRequestID(ctx, id)
	}
	return ctx
}

// run reads the request, runs op and gives the answer's body. A panic in op is an error with the stack in its cause.
func run(ctx context.Context, w http.ResponseWriter, r *http.Request, op operation) (body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, fault.New(fault.MethodRefused)
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != mediaType {
		return nil, fault.New(fault.MediaUnsupported)
	}
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fault.New(fault.TooLarge)
	case err != nil:
		return nil, fault.New(fault.Malformed).Because(err)
	}
	out, err := op(ctx, request)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// decode reads one JSON object and nothing behind it; unknown members are ignored. The cause names a member and never its
// value.
func decode(body []byte, in any) error {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return fault.New(fault.Malformed).Because(errors.New("the body is not an object"))
	}
	err := json.Unmarshal(body, in)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return fault.Field(fault.Malformed, wrongType.Field, fault.FieldType)
	default:
		return fault.New(fault.Malformed).Because(errors.New("the body is not one JSON object of the right form"))
	}
}

// note writes one line for a call that failed. Refusals are everyday and are told where they are answered to a client.
func (s *Server) note(ctx context.Context, path, caller string, f *fault.Fault) {
	level := slog.LevelDebug
	switch f.Reason {
	case fault.Internal:
		level = slog.LevelError
	case fault.Unavailable, fault.Overloaded, fault.Malformed, fault.MethodRefused, fault.MediaUnsupported, fault.TooLarge:
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("path", path),
		slog.String("caller", caller),
		slog.String("reason", string(f.Reason)),
	}
	if cause := f.Unwrap(); cause != nil {
		attrs = append(attrs, slog.String("error", cause.Error()))
	}
	s.log.LogAttrs(ctx, level, "call failed", attrs...)
}

func respond(w http.ResponseWriter, code int, f *fault.Fault) {
	body, err := encodeFault(f)
	if err != nil { // a challenge's time out of JSON's range, and nothing else
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	write(w, code, body)
}

func write(w http.ResponseWriter, code int, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(body) // the caller is gone, and knows
}
