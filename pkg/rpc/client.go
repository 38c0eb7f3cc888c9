package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/pkg/token"
)

// ClientConfig: Callee is the service's name and BaseURL its internal listener's.
type ClientConfig struct {
	Caller, Callee string
	BaseURL        string
	Tokens         *token.ServiceCodec
	Telemetry      *telemetry.Telemetry
	Timeout        time.Duration // per try; default 2 s, always shorter than the caller's deadline
}

// Client calls one service over kept-alive connections.
type Client struct {
	cfg       ClientConfig
	base      string
	http      *http.Client
	breaker   *gobreaker.CircuitBreaker[answer]
	token     cachedToken
	durations *prometheus.HistogramVec
}

// answer is what the callee said, whether it agreed or refused.
type answer struct {
	status int
	body   []byte
}

// NewClient makes a client; a malformed BaseURL is an error.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.Caller == "" || cfg.Callee == "" || cfg.Tokens == nil || cfg.Telemetry == nil {
		return nil, errors.New("rpc client: caller, callee, tokens and telemetry are needed")
	}
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" ||
		base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("the URL of %s is not of the form http://host:port", cfg.Callee)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 2 * time.Second
	}
	durations, err := newDurations(cfg.Telemetry.Registry)
	if err != nil {
		return nil, err
	}
	return &Client{
		cfg:       cfg,
		base:      strings.TrimSuffix(base.String(), "/"),
		http:      newHTTP(cfg.Timeout),
		breaker:   newBreaker(cfg.Callee),
		durations: durations,
	}, nil
}

// newHTTP goes straight to the callee: no proxy, no redirects. It forgets idle connections before a server closes them.
func newHTTP(timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: min(timeout, time.Second), KeepAlive: 15 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         dialer.DialContext,
			TLSHandshakeTimeout: min(timeout, time.Second),
			MaxIdleConnsPerHost: 64, // more calls at once than a replica serves: none is made to dial anew
			IdleConnTimeout:     30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       timeout,
	}
}

// HTTP is the client's transport, for reading a JWKS.
func (c *Client) HTTP() *http.Client { return c.http }

// Call posts in to path and reads the answer into out (nil: none expected). A refusal comes back as the fault it was; any
// failure of the way is fault.Outage. retry says that the operation may be repeated safely.
func (c *Client) Call(ctx context.Context, path string, retry bool, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode the request to %s: %w", path, err)
	}
	ctx, span := c.cfg.Telemetry.Tracer.Start(ctx, c.cfg.Callee+" "+path,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("peer.service", c.cfg.Callee), attribute.String("url.path", path)))
	defer span.End()

	started := time.Now()
	got, err := c.repeat(ctx, retry, func() (answer, error) {
		return c.breaker.Execute(func() (answer, error) { return c.try(ctx, path, body) })
	})
	if err != nil {
		err = fault.Outage(fmt.Errorf("%s %s: %w", c.cfg.Callee, path, err))
	} else {
		err = c.read(got, out)
	}
	outcome := outcomeOf(err)
	c.durations.WithLabelValues(c.cfg.Callee, path, outcome).Observe(time.Since(started).Seconds())
	if outcome == outcomeFailed {
		span.SetStatus(codes.Error, outcome)
	}
	return err
}

// try posts once. An error says that no answer came.
func (c *Client) try(ctx context.Context, path string, body []byte) (answer, error) {
	limit, cut := c.limit(ctx)
	tryCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	got, err := c.post(tryCtx, path, body)
	if err != nil && (ctx.Err() != nil || cut && errors.Is(err, context.DeadlineExceeded)) {
		return answer{}, abandonedError{err}
	}
	return got, err
}

// limit is the time a try may take; cut says that the caller's deadline shortened it.
func (c *Client) limit(ctx context.Context) (limit time.Duration, cut bool) {
	if deadline, ok := ctx.Deadline(); ok {
		if left := time.Until(deadline) * 9 / 10; left < c.cfg.Timeout {
			return left, true
		}
	}
	return c.cfg.Timeout, false
}

func (c *Client) post(ctx context.Context, path string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	bearer, err := c.token.get(c.cfg.Tokens, c.cfg.Caller, c.cfg.Callee)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("Accept", mediaType)
	if id := telemetry.RequestID(ctx); id != "" {
		req.Header.Set(requestIDHeader, id)
	}
	c.cfg.Telemetry.Propagator.Inject(ctx, propagation.HeaderCarrier(req.Header))

	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	content, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return answer{}, err
	}
	if len(content) > maxAnswer {
		return answer{}, errors.New("the answer is too large")
	}
	return answer{res.StatusCode, content}, nil
}

// read makes out, or the fault, of an answer.
func (c *Client) read(got answer, out any) error {
	if got.status < 200 || got.status > 299 {
		return decodeFault(c.cfg.Callee, got.status, got.body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(got.body, out); err != nil {
		return fault.Outage(fmt.Errorf("%s answered %d with something else than was asked for", c.cfg.Callee, got.status))
	}
	return nil
}
