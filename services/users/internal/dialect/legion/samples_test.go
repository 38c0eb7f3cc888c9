package legion_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/dialect/legion"
)

// The document's samples have a comma too many here and there, leave items of a list out, and show a secret.
var (
	left    = regexp.MustCompile(`(?m)^ *\.\.\.$`)
	strays  = regexp.MustCompile(`,(\s*[}\]])`)
	secrets = regexp.MustCompile(`secret=[A-Z2-7]+`)
)

// object is a JSON object.
type object = map[string]any

// sample reads an answer that the document shows, which testdata/name.txt holds as it is printed there.
func sample(t *testing.T, name string) (whole, data object) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	check(t, err)
	text = strays.ReplaceAll(left.ReplaceAll(text, nil), []byte("$1"))
	check(t, json.Unmarshal(secrets.ReplaceAll(text, []byte("secret=…")), &whole))
	data, _ = whole["data"].(object)
	return whole, data
}

// like demands what a sample shows, but for secrets.
func (a answer) like(t *testing.T, status int, want object) {
	t.Helper()
	var got object
	if err := json.Unmarshal(secrets.ReplaceAll([]byte(a.body), []byte("secret=…")), &got); err != nil {
		t.Fatalf("%d %q: %v", a.status, a.body, err)
	}
	if diff := cmp.Diff(want, got); a.status != status || diff != "" {
		t.Fatalf("status %d, want %d; body (-sample +got):\n%s", a.status, status, diff)
	}
}

// shown makes the account that a sample shows.
func shown(t *testing.T, s *server, user object) id.Account {
	t.Helper()
	text := func(name string) string { return user[name].(string) }
	key, err := core.EmailKey(text("email"))
	check(t, err)
	made, err := time.Parse(time.RFC3339, text("createdAt"))
	check(t, err)
	a := core.Account{
		ID: id.Account(text("id")), Name: text("name"), Username: text("username"), UsernameKey: core.UsernameKey(text("username")),
		Email: text("email"), EmailKey: key, Role: usersapi.RoleStandard, Epoch: 1, Version: 1, CreatedAt: made, UpdatedAt: made,
	}
	if rank, ok := user["rank"].(float64); ok {
		n := int64(rank)
		a.Rank = &n
	}
	check(t, s.Store.Insert(t.Context(), a))
	return a.ID
}

// issuer is the setting of the document's own installation.
func issuer(d *core.Deps) { d.Settings.Issuer = "LegionKimitri" }

// serveAt serves at a time.
func serveAt(t *testing.T, at string) *server {
	t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	check(t, err)
	return serve(t, legion.Open, issuer, func(d *core.Deps) { d.Now = func() time.Time { return now } })
}

func TestCreateSample(t *testing.T) {
	t.Parallel()
	s := serveAt(t, "2025-01-13T03:14:41.000Z")
	got := post(t, s, `{"name":"John Doe","username":"jhondoe123","isTotpEnable":"true","password":"`+coretest.Password+`","email":"john.doe@example.com"}`)
	a, err := s.Store.GetByUsername(t.Context(), "u:jhondoe123")
	check(t, err)
	want, user := sample(t, "create")
	user["id"] = string(a.ID) // drawn
	// The sample's URI names johndoe123, whom nobody here is called; the other one, of the secret, has the username.
	user["otpauth"] = "otpauth://totp/jhondoe123?secret=…&issuer=LegionKimitri&algorithm=SHA256&digits=6&period=30"
	got.like(t, http.StatusCreated, want)
}

func TestOTPSamples(t *testing.T) {
	t.Parallel()
	s := serve(t, legion.Open, issuer)
	_, user := sample(t, "get")
	account := shown(t, s, user)
	path := "/users/" + string(account) + "/otp"
	want, _ := sample(t, "otp-secret")
	s.do(t, http.MethodPost, path+"/secret", string(account), "").like(t, http.StatusOK, want)
	want, _ = sample(t, "otp")
	s.do(t, http.MethodPut, path, "", fmt.Sprintf(`{"token":%q}`, s.Code(t, account))).like(t, http.StatusOK, want)
}

func TestListSample(t *testing.T) {
	t.Parallel()
	s := serveAt(t, "2025-01-21T00:00:00.000Z")
	want, data := sample(t, "list")
	for _, user := range data["users"].([]any) {
		shown(t, s, user.(object))
	}
	// The sample counts three users and leaves the last one out.
	third := object{
		"id": "01JJ0X0VM4F6DFDZWYD6P10E21", "name": "Ada", "username": "ada", "email": "ada@example.com",
		"kats": 0.0, "rank": nil, "isActive": true, "createdAt": "2025-01-20T03:45:06.500Z",
	}
	shown(t, s, third)
	data["users"] = append(data["users"].([]any), third)
	s.do(t, http.MethodGet, "/users?page=1", "", "").like(t, http.StatusOK, want)
}

func TestGetSample(t *testing.T) {
	t.Parallel()
	s := serveAt(t, "2025-01-14T03:14:41.000Z")
	want, user := sample(t, "get")
	s.do(t, http.MethodGet, "/users/"+string(shown(t, s, user)), "", "").like(t, http.StatusOK, want)
}

func TestUpdateSample(t *testing.T) {
	t.Parallel()
	s := serveAt(t, "2025-01-14T03:14:41.000Z")
	want, user := sample(t, "update")
	account := shown(t, s, object{
		"id": user["id"], "createdAt": user["createdAt"], "name": "Another Name", "username": "another", "email": "another@example.com",
	})
	s.do(t, http.MethodPut, "/users/"+string(account), string(account),
		`{"name":"John Doe","username":"jhondoe123","email":"john.doe@example.com"}`).like(t, http.StatusOK, want)
}

func TestDeleteSample(t *testing.T) {
	t.Parallel()
	s := serveAt(t, "2025-01-14T03:14:41.000Z")
	want, user := sample(t, "delete")
	account := shown(t, s, user)
	// The sample's true contradicts the member's own description: whether the user is currently active.
	user["isActive"] = false
	s.do(t, http.MethodDelete, "/users/"+string(account), string(account), "").like(t, http.StatusOK, want)
}
