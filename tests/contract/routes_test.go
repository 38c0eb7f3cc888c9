package contract

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/tests/kit"
)

// listed are the routes of testdata/routes-….txt: method, path and the service that serves it.
func listed(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range append([]string{"others"}, kit.Dialects...) {
		text, err := os.ReadFile("testdata/routes-" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				out = append(out, strings.Join(strings.Fields(line), " "))
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestDocumentsDescribeTheListedRoutesAndNoOthers(t *testing.T) {
	t.Parallel()
	var described []string
	for _, op := range kit.Shared(t).Operations() {
		described = append(described, op.Method+" "+op.Path+" "+op.Service)
	}
	slices.Sort(described)
	if diff := cmp.Diff(listed(t), described); diff != "" {
		t.Errorf("routes (-listed +described):\n%s", diff)
	}
}

// sweep are methods to ask every path with; TRACE and one that nobody knows among them.
var sweep = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}

func TestEveryDescribedRouteIsServedAndNoOtherMethod(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	example := map[string]kit.Operation{}
	for _, op := range s.Operations() {
		example[op.Path] = op
	}
	for path := range example {
		methods := s.Described(example[path].Example())
		t.Run(strings.TrimPrefix(path, "/"), func(t *testing.T) {
			for _, method := range sweep {
				a := s.Client(t).Do(kit.Request{Method: method, Path: example[path].Example()})
				if served := slices.Contains(methods, method); !served {
					if a.Status != http.StatusMethodNotAllowed {
						t.Errorf("%s: status %d, want 405", method, a.Status)
						continue
					}
					if diff := cmp.Diff(sorted(methods), sorted(strings.Split(a.Header.Get("Allow"), ", "))); diff != "" {
						t.Errorf("%s: Allow (-described +got):\n%s", method, diff)
					}
				} else if a.Status == http.StatusMethodNotAllowed || a.Status == http.StatusNotFound && !strings.Contains(path, "{") {
					t.Errorf("%s: status %d, but it is described", method, a.Status)
				}
			}
		})
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func TestUnknownPathsAre404InTheDialectsEnvelope(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	for _, path := range []string{
		"/users/", "/users/login/x", "/users/auth", "/users/auth/nothing", "/users/01JEVAG858D9NP6A1NMTKXPRRA/nothing", "/csrf-token/x",
		"/users/01JEVAG858D9NP6A1NMTKXPRRA/otp/secret/x", "/users/auth/sessions/", "/users/otp/login/",
	} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			a := s.Client(t).Do(kit.Request{Method: method, Path: path})
			if a.Status != http.StatusNotFound {
				t.Errorf("%s %s: status %d", method, path, a.Status)
			} else if !strings.HasPrefix(path, "/csrf-token/") { // no prefix of the gateway's
				a.Refused(http.StatusNotFound, "not_found")
			}
		}
	}
	for _, path := range []string{"/", "/nothing", "/Users", "/userss", "/admin", "/.env", "/sign/nothing", "/docs/nothing", "/openapi/nothing.yaml"} {
		if a := s.Client(t).Get(path); a.Status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, a.Status)
		}
	}
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	acc := s.Register(t)
	c := s.Client(t)
	for _, path := range []string{"/users", "/users/" + acc.ID, "/users/nonsense", "/csrf-token", "/.well-known/jwks.json", "/docs", "/openapi/legion.yaml"} {
		get, head := c.Get(path), c.Do(kit.Request{Method: "HEAD", Path: path})
		if head.Status != get.Status || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") || len(head.Body) > 0 {
			t.Errorf("%s: HEAD %d %q, GET %d %q", path, head.Status, head.Header.Get("Content-Type"), get.Status, get.Header.Get("Content-Type"))
		}
	}
}
