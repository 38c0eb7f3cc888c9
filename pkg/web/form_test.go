package web_test

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/web"
)

type form struct {
	Token    string        `form:"token" required:"true"`
	Password secret.String `form:"password"`
	Other    string        // no tag: not a field
}

func TestDecodeForm(t *testing.T) {
	t.Parallel()
	r := route(http.MethodPost, "/x", func(c *fiber.Ctx) error {
		f, err := web.DecodeForm[form](c)
		if err != nil {
			return err
		}
		return c.SendString(f.Token + "|" + f.Password.Reveal() + "|" + f.Other)
	})
	r.Body = web.Form
	s := start(t, nil, dialect("d", nil, r))
	for body, want := range map[string]string{
		"token=a":                         "a||",
		"token=":                          "||",
		"token=a&password=b":              "a|b|",
		"token=a+b%26%C3%A9&password=%2B": "a b&é|+|",
		"token=a&Other=x&role=admin":      "a||",
		"token=a&TOKEN=b":                 "a||",
	} {
		if got := s.send(t, "POST", "/x", body, "Content-Type: application/x-www-form-urlencoded"); got.body != want {
			t.Errorf("%s: %s, want %s", body, got.body, want)
		}
	}
	for body, want := range map[string]map[string]string{
		"":                             {"token": "missing"},
		"password=x":                   {"token": "missing"},
		"Token=x":                      {"token": "missing"},
		"token=a&token=b":              {"token": "duplicate"},
		"token=a&token=a":              {"token": "duplicate"},
		"token=a&tok%65n=b":            {"token": "duplicate"},
		"token=a&other=1&other=2":      {"other": "duplicate"},
		"token=%00":                    {"token": "wrong_format"},
		"token=%ff":                    {"token": "wrong_format"},
		"token=%zz":                    {"body": "wrong_format"},
		"token=a;password=b":           {"body": "wrong_format"},
		"token[$ne]=":                  {"token": "wrong_type"},
		"token=a&password[$ne]=":       {"password": "wrong_type"},
		"token=a&password[999999999]=": {"password": "wrong_type"},
	} {
		got := s.send(t, "POST", "/x", body, "Content-Type: application/x-www-form-urlencoded")
		if diff := cmp.Diff(want, got.fault(t).Fields); diff != "" || got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, got.status, diff)
		}
	}
}

func TestDecodeFormFold(t *testing.T) {
	t.Parallel()
	r := route(http.MethodPost, "/x", func(c *fiber.Ctx) error {
		f, err := web.DecodeFormFold[form](c)
		if err != nil {
			return err
		}
		return c.SendString(f.Token + "|" + f.Password.Reveal())
	})
	r.Body = web.Form
	s := start(t, nil, dialect("d", nil, r))
	for body, want := range map[string]string{
		"token=a&password=b": "a|b", "Token=A&PASSWORD=B": "A|B", "tOkEn=a&other=x": "a|",
	} {
		if got := s.send(t, "POST", "/x", body, formType); got.body != want {
			t.Errorf("%s: %s, want %s", body, got.body, want)
		}
	}
	for body, want := range map[string]map[string]string{
		"Token=a&token=a": {"token": "duplicate"}, "tok=a": {"token": "missing"}, "TOKEN[$ne]=": {"token": "wrong_type"},
		"Token=%ff": {"token": "wrong_format"}, "Other=1&oTher=2": {"other": "duplicate"},
	} {
		if diff := cmp.Diff(want, s.send(t, "POST", "/x", body, formType).fault(t).Fields); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/x", func(c *fiber.Ctx) error {
		q, err := web.Query(c, "page")
		if err != nil {
			return err
		}
		return c.SendString("value " + q)
	})))
	for query, want := range map[string]string{
		"": "value ", "?page=": "value ", "?page": "value ", "?page=2": "value 2", "?page=a%20b+c": "value a b c",
		"?Page=3": "value ", "?other=1&other=2": "value ", "?page=%E2%82%AC": "value €",
	} {
		if got := s.send(t, "GET", "/x"+query, "").body; got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for query, want := range map[string]string{
		"?page=1&page=2": "duplicate", "?page=1&p%61ge=1": "duplicate", "?page[$gt]=": "wrong_type", "?page[]=1": "wrong_type",
		"?page%5B%24gt%5D=1": "wrong_type", "?page=%ff": "wrong_format", "?page=%00": "wrong_format", "?page=%": "wrong_format",
		"?page=1;page=2": "wrong_format",
	} {
		if got := s.send(t, "GET", "/x"+query, ""); got.status != http.StatusBadRequest || got.fault(t).Fields["page"] != want {
			t.Errorf("%s: %d %s, want %s", query, got.status, got.body, want)
		}
	}
}
