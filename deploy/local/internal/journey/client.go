package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// client speaks legion. It carries cookies by hand, as they are Secure and the suite may be on plain HTTP here.
type client struct {
	base         string
	http         *http.Client
	csrf, cookie string // cookie: further ones, each with "; " in front
}

// call sends body as JSON, reads data and gives the cookies that are set; any answer but a success is an error with its
// status and text.
func (c client) call(ctx context.Context, method, path, bearer string, body, data any) ([]*http.Cookie, error) {
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, payload)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	if c.csrf != "" {
		req.Header.Set("X-CSRF-Token", c.csrf)
		req.Header.Set("Cookie", "__Host-csrf="+c.csrf+c.cookie)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s: %s", res.Status, text)
	}
	answer := struct {
		Data any `json:"data"`
	}{data}
	return res.Cookies(), json.Unmarshal(text, &answer)
}
