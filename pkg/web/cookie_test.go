package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/web"
)

func TestCookiesHaveAHeaderEach(t *testing.T) {
	t.Parallel()
	s := start(t, nil, dialect("d", nil, route(http.MethodGet, "/x", func(c *fiber.Ctx) error {
		web.SetCookie(c, "__Host-a", "b.c-d_e", "/", time.Hour)
		web.SetCookie(c, "gone", "", "/path", 0)
		return ok(c)
	})))
	want := []string{
		"__Host-a=b.c-d_e; Max-Age=3600; Path=/; HttpOnly; Secure; SameSite=Strict",
		"gone=; Max-Age=0; Path=/path; HttpOnly; Secure; SameSite=Strict",
	}
	if diff := cmp.Diff(want, s.send(t, "GET", "/x", "").header["Set-Cookie"]); diff != "" {
		t.Error(diff)
	}
}
