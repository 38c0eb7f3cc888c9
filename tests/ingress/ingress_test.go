// Package ingress shows that the README's recipe for nginx keeps strangers out of an application that knows nothing of
// Watchword, and tells it who comes in.
package ingress

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

var block = regexp.MustCompile("(?s)```nginx\n(.*?)```")

// recipe is the README's, for an application at an address.
func recipe(t *testing.T, application string) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := block.FindStringSubmatch(string(text))
	if found == nil {
		t.Fatal("the README has no recipe for nginx")
	}
	for _, name := range []string{"http://auth/sign/check", "http://application"} {
		if !strings.Contains(found[1], name) {
			t.Fatalf("the recipe lacks %s:\n%s", name, found[1])
		}
	}
	return "upstream application { server " + application + "; }\nserver {\n listen {listen};\n" + found[1] + "}\n"
}

// told is what the application reads of who asks.
type told struct{ ID, Role, Email, Verified string }

func application(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		_ = json.NewEncoder(w).Encode(told{
			h.Get("X-Auth-User-Id"), h.Get("X-Auth-User-Role"), h.Get("X-Auth-User-Email"), h.Get("X-Auth-Email-Verified"),
		})
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func get(t *testing.T, url string, header map[string]string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestNginxAsksWatchwordWhoComes(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	front := s.Nginx(t, recipe(t, application(t)))
	if front == "" {
		t.Skip("NOT RUN: Debian's nginx is not installed, so nothing is shown of the README's recipe")
	}
	acc := s.RegisterVerified(t)
	c := s.SignIn(t, acc)
	lies := map[string]string{"X-Auth-User-Id": "somebody", "X-Auth-User-Role": "admin", "X-Auth-User-Email": "x@example.com", "X-Auth-Email-Verified": "true"}

	if status, body := get(t, front+"/app/", lies); status != http.StatusUnauthorized {
		t.Errorf("a stranger: status %d, %s", status, body)
	}
	lies["Authorization"] = "Bearer " + c.Bearer
	status, body := get(t, front+"/app/page?x=1", lies)
	var got told
	if err := json.Unmarshal([]byte(body), &got); status != http.StatusOK || err != nil {
		t.Fatalf("status %d, %s", status, body)
	}
	if diff := cmp.Diff(told{acc.ID, "standard", acc.Email, "true"}, got); diff != "" {
		t.Errorf("the application is told (-want +got):\n%s", diff)
	}

	lynx, ild := s.Client(t), s.Client(t)
	lynx.SignInBy("lynx", acc, "").Want(http.StatusOK)
	ild.SignInBy("ild", acc, "").Want(http.StatusOK)
	for name, cookie := range map[string]string{"lynx's": "token=" + lynx.Cookies["token"], "ild's": "refreshToken=" + ild.Cookies["refreshToken"]} {
		if status, body := get(t, front+"/app/", map[string]string{"Cookie": cookie}); status != http.StatusOK || !strings.Contains(body, acc.ID) {
			t.Errorf("%s cookie: status %d, %s", name, status, body)
		}
	}

	c.Post("/users/auth/logout", nil).Want(http.StatusOK)
	if status, _ := get(t, front+"/app/", lies); status != http.StatusUnauthorized {
		t.Errorf("after the logout: status %d", status)
	}
}
