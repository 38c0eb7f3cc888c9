package ild

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/usersapi"
)

func TestEveryReasonHasItsRefusal(t *testing.T) {
	t.Parallel()
	for _, r := range fault.Reasons() {
		if row := refusals[r]; row.status < 400 || row.message == "" {
			t.Errorf("%s has no complete row", r)
		}
	}
	if len(refusals) != len(fault.Reasons()) {
		t.Errorf("%d rows for %d reasons", len(refusals), len(fault.Reasons()))
	}
}

func rendered(t *testing.T, f *fault.Fault) (status int, body string) {
	t.Helper()
	app := fiber.New()
	c := app.AcquireCtx(&fasthttp.RequestCtx{})
	defer app.ReleaseCtx(c)
	if err := Render(c, f); err != nil {
		t.Fatal(err)
	}
	return c.Response().StatusCode(), string(c.Response().Body())
}

// The samples are the document's own.
func TestTheDocumentsErrors(t *testing.T) {
	t.Parallel()
	for reason, sample := range map[fault.Reason]string{
		fault.Malformed: "400", fault.Unauthenticated: "401", fault.Forbidden: "403", fault.AccountUnknown: "404",
		fault.CommunityUnknown: "404", fault.ImageUnknown: "404", fault.RouteUnknown: "404", fault.Internal: "500",
	} {
		golden, err := os.ReadFile(filepath.Join("testdata", "error-"+sample+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]string
		status, body := rendered(t, fault.New(reason))
		if err := json.Unmarshal(golden, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if sample == "400" { // whose sample names the types alone
			want["error"], want["message"] = http.StatusText(http.StatusBadRequest), refusals[reason].message
		}
		if diff := cmp.Diff(want, got); diff != "" || sample != strconv.Itoa(status) {
			t.Errorf("%s: status %d, want %s; body (-sample +got):\n%s", reason, status, sample, diff)
		}
	}
}

func TestFieldsAreNamed(t *testing.T) {
	t.Parallel()
	_, got := rendered(t, &fault.Fault{Reason: fault.Malformed, Fields: map[string]string{"newPassword": "missing", "currentPassword": "wrong_type"}})
	const want = `{"error":"Bad Request","message":"The request is not in the expected format: currentPassword (wrong_type), newPassword (missing)."}`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestUser(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	whole := usersapi.Profile{
		Account: usersapi.Account{
			ID: "01JD0000000000000000000000", Username: "ada", Name: "Ada L.", Email: "ada@example.com", EmailVerified: true,
			MailAddress: "old@example.com", Role: usersapi.RoleAdmin, Epoch: 3, Locale: "de", CreatedAt: at,
		},
		FirstName: "Ada", LastName: "Lovelace", Bio: "Wrote a program.", Image: "01JD0000000000000000000001", TutorialFinished: true,
		Communities: []string{"01JD0000000000000000000002"}, Categories: []string{"music"},
		Subscription:  usersapi.Subscription{Plan: "pro", Status: usersapi.StatusActive, StartsAt: &at, ExpiresAt: &at},
		Authenticator: true, UpdatedAt: at,
	}
	bare := usersapi.Profile{
		Account:     usersapi.Account{ID: "01JD0000000000000000000000", Username: "bob", Name: "Bob", Role: usersapi.RoleStandard, CreatedAt: at},
		Communities: []string{}, Categories: []string{}, Subscription: usersapi.Subscription{Status: usersapi.StatusNone}, UpdatedAt: at,
	}
	for name, p := range map[string]usersapi.Profile{"user-whole": whole, "user-bare": bare} {
		golden, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(NewUser(p))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimSpace(string(golden)), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
}
