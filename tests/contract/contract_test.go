// Package contract holds a test for each rule of the wire contract. It speaks HTTP to a suite that runs; the client checks
// every answer against the API documents besides. README.md says which test shows what the dialects' own documents list.
package contract

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// object is a body in JSON.
type object = map[string]any

// members are the names in an answer's data, sorted.
func members(t *testing.T, a *kit.Answer) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(kit.Data[map[string]json.RawMessage](a)))
}

// check asks whether the client's session lives, and what it knows.
func check(t *testing.T, c *kit.Client) (body struct {
	Authenticated bool
	User          struct {
		ID            string
		Email         *string
		EmailVerified bool
		Role          string
	}
},
) {
	t.Helper()
	if err := json.Unmarshal(c.Get("/sign/check").Want(http.StatusOK).Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// statuses counts how often each status came.
func statuses(answers []*kit.Answer) map[int]int {
	count := map[int]int{}
	for _, a := range answers {
		count[a.Status]++
	}
	return count
}
