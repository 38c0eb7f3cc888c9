package web

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
)

type fuzzed struct {
	A string            `json:"a"`
	B *int              `json:"b"`
	C []string          `json:"c"`
	D struct{ E *bool } `json:"d"`
	F map[string]string `json:"f"`
}

// FuzzDecode compares with encoding/json: what is decoded strictly is what it would have decoded, and what is refused is
// refused with a fault that names something.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":"x","b":1,"c":["y"],"d":{"E":true},"f":{"g":"h"}}`, `{"A":"x"}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`,
		`{"a":"\u0000"}`, `{"a":1,"a":2}`, `[[[[[[[[[]]]]]]]]]`, `{"c":[null]}`, `{"d":{"E":null}}`, `{"a":null}`, `{"a":"\\ud800"}`,
		`{"b":1e2}`, `{"b":-0}`, "{\"a\":\"\xff\"}", `{"":{"":0}}`, `{"f":null}`, `{} {}`, ` {"a":"\"\u005c"} `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got fuzzed
		err := decodeInto(body, reflect.ValueOf(&got).Elem())
		if err != nil {
			var refused *fault.Fault
			if !errors.As(err, &refused) || refused.Reason != fault.Malformed || len(refused.Fields) == 0 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatalf("%q is taken: %v", body, err)
		}
		if strings.ContainsRune(got.A, 0) || !utf8.ValidString(got.A) {
			t.Fatalf("%q gave %q", body, got.A)
		}
		// encoding/json matches members of another case too: it is asked without them.
		for name := range members {
			switch name {
			case "a", "b", "c", "d", "f":
			default:
				delete(members, name)
			}
		}
		if strings.Contains(string(members["d"]), `"e"`) {
			return
		}
		exact, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		var want fuzzed
		if err := json.Unmarshal(exact, &want); err != nil {
			t.Fatalf("%q is taken, by encoding/json it is not: %v", body, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", body, diff)
		}
	})
}
