package inbox

import (
	"net/http"
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t)
	if status, _, body := call(t, http.MethodGet, base+"/"); status != http.StatusOK || !strings.Contains(body, "No mail yet") {
		t.Errorf("empty: %d %s", status, body)
	}
	mustSend(t, addr, "From: a@example.com\nTo: <b@example.com>\nSubject: <script>alert(1)</script>\nContent-Type: multipart/alternative; boundary=b\n\n"+
		"--b\n\n<img src=x onerror=alert(1)> https://example.com/verify?token=a&b='\"><b>.\njavascript:alert(1)\n"+
		"--b\nContent-Type: text/html\n\n<p onclick=x>rich</p>\n--b--", "b@example.com")
	mustSend(t, addr, "To: c@example.com\n\nplain", "c@example.com")

	_, header, list := call(t, http.MethodGet, base+"/")
	contains(t, list, `<a href="/message/1">&lt;script&gt;alert(1)&lt;/script&gt;</a>`, `<a href="/message/2">(no subject)</a>`, "b@example.com", "<small>unread</small>", `lang="en"`)
	lacks(t, list, "<script", "style=")
	if got := header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Error(got)
	}
	_, _, page := call(t, http.MethodGet, base+"/message/1")
	contains(t, page, "&lt;img src=x onerror=alert(1)&gt;", `<a href="https://example.com/verify?token=a&amp;b=" target="_blank" rel="noopener noreferrer">`,
		`<iframe src="/message/1/html" sandbox="allow-popups allow-popups-to-escape-sandbox" title=`)
	lacks(t, page, "<script", "<img", `href="javascript`, "onclick")
	_, header, html := call(t, http.MethodGet, base+"/message/1/html")
	contains(t, html, "<p onclick=x>rich</p>")
	if got := header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "sandbox ") || !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "allow-scripts") {
		t.Errorf("the mail's policy: %s", got)
	}
	_, _, plain := call(t, http.MethodGet, base+"/message/2")
	lacks(t, plain, "<iframe")
	if _, _, list := call(t, http.MethodGet, base+"/"); strings.Contains(list, "unread") {
		t.Error("messages that were opened are unread")
	}
	if _, header, _ := call(t, http.MethodGet, base+"/style.css"); !strings.HasPrefix(header.Get("Content-Type"), "text/css") {
		t.Error(header)
	}
	for _, missing := range []string{"/message/9", "/message/2/html", "/message/9/html", "/x", "/templates/list.html"} {
		if status, _, _ := call(t, http.MethodGet, base+missing); status != http.StatusNotFound {
			t.Errorf("%s: %d", missing, status)
		}
	}
	if status, header, _ := call(t, http.MethodPost, base+"/delete"); status != http.StatusSeeOther || header.Get("Location") != "/" {
		t.Errorf("delete: %d %v", status, header)
	}
	if got := getJSON[summariesJSON](t, base+"/api/v1/messages"); got.Total != 0 {
		t.Errorf("%d messages left", got.Total)
	}
}

func contains(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(body, p) {
			t.Errorf("%q is missing in %s", p, body)
		}
	}
}

func lacks(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(body, p) {
			t.Errorf("%q is in %s", p, body)
		}
	}
}

// TestStrangers: no other site reads the mails or deletes them through the browser of who runs this.
func TestStrangers(t *testing.T) {
	t.Parallel()
	addr, base, _ := start(t)
	mustSend(t, addr, "Subject: x\n\nhi", "a@example.com")
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for _, name := range []string{"evil.example", "127.0.0.1.evil.example:8025", "localhost.evil.example", "192.168.0.1:8025"} {
		for _, path := range []string{"/", "/message/1", "/api/v1/messages"} {
			if status, _, _ := call(t, http.MethodGet, base+path, host(name)); status != http.StatusMisdirectedRequest {
				t.Errorf("%s as %s: %d", path, name, status)
			}
		}
	}
	for _, name := range []string{"localhost:8025", "LOCALHOST", "127.0.0.1", "[::1]:8025", "[::1]", "127.0.0.1:1"} {
		if status, _, _ := call(t, http.MethodGet, base+"/", host(name)); status != http.StatusOK {
			t.Errorf("as %s: %d", name, status)
		}
	}
	crossSite := func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
	}
	for method, path := range map[string]string{http.MethodPost: "/delete", http.MethodDelete: "/api/v1/messages"} {
		if status, _, _ := call(t, method, base+path, crossSite); status != http.StatusForbidden {
			t.Errorf("%s %s from another site: %d", method, path, status)
		}
	}
	if got := getJSON[summariesJSON](t, base+"/api/v1/messages"); got.Total != 1 {
		t.Errorf("%d messages left", got.Total)
	}
	for _, path := range []string{"/", "/message/1", "/api/v1/messages", "/x"} {
		_, header, _ := call(t, http.MethodGet, base+path)
		for name, want := range map[string]string{
			"Content-Security-Policy": pagePolicy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}
