// Package journey is the one journey that shows a suite works: sign up, read the mail, verify, sign in, refresh. The
// banner, the README and the chart's test use it.
package journey

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// Options say where the suite is: the gateway's and the inbox's base URLs (the inbox speaks Mailpit's JSON).
type Options struct {
	Gateway, Inbox string
	Out            io.Writer
}

// mailLimit is how long the mail may take.
const mailLimit = 30 * time.Second

// Run makes the journey with an account of its own; the error says which step failed.
func Run(ctx context.Context, o Options) error {
	name := "hello-" + rand.Text()[:10]
	t := traveller{
		client:   client{base: o.Gateway, http: &http.Client{Timeout: 15 * time.Second}},
		inbox:    o.Inbox,
		name:     name,
		email:    name + "@example.com",
		password: rand.Text(),
	}
	steps := []struct {
		title string
		do    func(context.Context) error
	}{
		{"fetch a CSRF token", t.fetchCSRF},
		{"sign up as " + name, t.signUp},
		{"read the mail", t.readMail},
		{"verify the address", t.verify},
		{"sign in", t.signIn},
		{"refresh", t.refresh},
	}
	for _, s := range steps {
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
		fmt.Fprintf(o.Out, "ok  %s\n", s.title)
	}
	return nil
}

type traveller struct {
	client                client
	inbox                 string
	name, email, password string
	mailed, access        string
}

func (t *traveller) fetchCSRF(ctx context.Context) error {
	var data struct {
		CSRFToken string `json:"csrfToken"`
	}
	_, err := t.client.call(ctx, http.MethodGet, "/csrf-token", "", nil, &data)
	t.client.csrf = data.CSRFToken
	return err
}

func (t *traveller) signUp(ctx context.Context) error {
	_, err := t.client.call(ctx, http.MethodPost, "/users", "", map[string]any{
		"name": "Hello World", "username": t.name, "email": t.email, "password": t.password, "isTotpEnable": false,
	}, nil)
	return err
}

var mailedToken = regexp.MustCompile(`[?&]token=([A-Za-z0-9_-]+)`)

// readMail waits for the mail and takes the token from its link.
func (t *traveller) readMail(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, mailLimit)
	defer cancel()
	for {
		text, err := t.findMail(ctx)
		if err != nil {
			return err
		}
		if m := mailedToken.FindStringSubmatch(text); m != nil {
			t.mailed = m[1]
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no mail with a link came within %s", mailLimit)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// findMail gives the text of the newest mail to the traveller, "" where there is none yet.
func (t *traveller) findMail(ctx context.Context) (string, error) {
	var found struct {
		Messages []struct{ ID string } `json:"messages"`
	}
	if err := t.fromInbox(ctx, "/api/v1/search?query="+url.QueryEscape("to:"+t.email), &found); err != nil {
		return "", err
	}
	if len(found.Messages) == 0 {
		return "", nil
	}
	var mail struct{ Text string }
	err := t.fromInbox(ctx, "/api/v1/message/"+url.PathEscape(found.Messages[0].ID), &mail)
	return mail.Text, err
}

func (t *traveller) fromInbox(ctx context.Context, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.inbox+path, nil)
	if err != nil {
		return err
	}
	res, err := t.client.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the inbox answered %s", res.Status)
	}
	return json.NewDecoder(res.Body).Decode(out)
}

func (t *traveller) verify(ctx context.Context) error {
	_, err := t.client.call(ctx, http.MethodPost, "/users/auth/email/verify", "", map[string]any{"token": t.mailed}, nil)
	return err
}

type tokens struct {
	Token struct {
		AccessToken string `json:"accessToken"`
	} `json:"token"`
}

func (t *traveller) signIn(ctx context.Context) error {
	var data tokens
	set, err := t.client.call(ctx, http.MethodPost, "/users/login", "", map[string]any{"username": t.name, "password": t.password}, &data)
	if err != nil {
		return err
	}
	t.access = data.Token.AccessToken
	return t.keepCookie(set)
}

func (t *traveller) refresh(ctx context.Context) error {
	var data tokens
	set, err := t.client.call(ctx, http.MethodPost, "/users/auth/refresh", t.access, nil, &data)
	if err != nil {
		return err
	}
	return t.keepCookie(set)
}

func (t *traveller) keepCookie(set []*http.Cookie) error {
	for _, c := range set {
		if c.Name == "refreshToken" {
			t.client.cookie = "; " + c.Name + "=" + c.Value
			return nil
		}
	}
	return fmt.Errorf("the answer sets no refresh cookie")
}
