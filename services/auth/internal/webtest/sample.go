package webtest

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Documents' samples have a comma too many here and there, and lines that are comments.
var (
	straysBefore = regexp.MustCompile(`,(\s*[}\]])`)
	comments     = regexp.MustCompile(`(?m)^//.*$`)
)

// Like demands what a sample of the dialect's document shows, which testdata/name.txt holds as it is printed there. Members
// named in vary may have any other value of the same kind that is not empty.
func (a Answer) Like(t testing.TB, status int, name string, vary ...string) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	must(t, err)
	text = straysBefore.ReplaceAll(comments.ReplaceAll(text, nil), []byte("$1"))
	var want, got any
	must(t, json.Unmarshal(text, &want))
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
		t.Fatalf("%d %q: %v", a.Status, a.Body, err)
	}
	if diff := cmp.Diff(loosen(want, vary), loosen(got, vary)); a.Status != status || diff != "" {
		t.Fatalf("status %d, want %d; body (-sample +got):\n%s", a.Status, status, diff)
	}
}

// loosen puts what is common to all values of a kind in place of the members that may vary.
func loosen(value any, vary []string) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	for name, member := range object {
		text, isText := member.(string)
		switch {
		case !slices.Contains(vary, name):
			object[name] = loosen(member, vary)
		case isText && text != "":
			object[name] = "some text"
		default:
			if list, isList := member.([]any); isList {
				object[name] = len(list)
			}
		}
	}
	return object
}
