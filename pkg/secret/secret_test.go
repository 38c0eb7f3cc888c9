package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/secret"
)

const canary = "correct-horse-battery-staple-0123"

// verbs are fmt's, with flags that choose other ways to print.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%+q", "%x", "%X", "% x", "%d", "%c", "%U", "%b", "%o", "%e", "%t", "%p", "%T", "%10.3s", "%z"}

func TestSecretsHideUnderEveryVerb(t *testing.T) {
	t.Parallel()
	key := secret.Key{ID: "k1", Bytes: []byte(canary)}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	text, wire := secret.New(canary), secret.NewWire(canary)
	values := map[string]any{
		"string": text, "pointer": &text, "wire": wire, "wire pointer": &wire, "key": key, "key pointer": &key,
		"keyring": ring, "keyring pointer": &ring,
		"exported field":   struct{ S secret.String }{text},
		"unexported field": struct{ s secret.String }{text},
		"unexported wire":  struct{ w secret.Wire }{wire},
		"unexported ring":  &struct{ r secret.Keyring }{ring},
		"slice":            []secret.String{text},
		"keys":             []secret.Key{key},
		"map":              map[string]secret.String{"k": text},
		"error":            fmt.Errorf("with %v and %w", text, errors.New(key.String())),
	}
	for name, value := range values {
		for _, verb := range verbs {
			if verb == "%p" && name == "key" {
				continue // fmt asks no method of what is no pointer under %p, and vet refuses it
			}
			hides(t, name+" under "+verb, fmt.Sprintf(verb, value))
		}
		hides(t, name+" by Sprint", fmt.Sprint(value))
	}
}

func TestSecretsHideInLogs(t *testing.T) {
	t.Parallel()
	key := secret.Key{ID: "k1", Bytes: []byte(canary)}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	nested := struct {
		S secret.String
		K secret.Key
		R secret.Keyring
	}{secret.New(canary), key, ring}
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(handler).Info("line", "string", secret.New(canary), "wire", secret.NewWire(canary), "key", key, "ring", ring,
			"nested", nested, "pointer", &nested.S)
	}
	hides(t, "a log", out.String())
	if !strings.Contains(out.String(), "[redacted]") {
		t.Errorf("nothing tells that something is hidden: %s", out.String())
	}
}

func TestSecretsHideInDocuments(t *testing.T) {
	t.Parallel()
	key := secret.Key{ID: "k1", Bytes: []byte(canary)}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	type document struct {
		S secret.String
		K secret.Key
		R secret.Keyring
	}
	value := document{secret.New(canary), key, ring}
	asJSON, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	hides(t, "JSON", string(asJSON))
	asXML, err := xml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	hides(t, "XML", string(asXML))
}

func TestOnlyWireCrosses(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(struct{ P secret.Wire }{secret.NewWire(canary)})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"P":"` + canary + `"}`; string(text) != want {
		t.Fatalf("wrote %s, want %s", text, want)
	}
	var back struct{ P secret.Wire }
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.P.Reveal() != canary {
		t.Errorf("read %q", back.P.Reveal())
	}
	if err := json.Unmarshal([]byte(`{"P":7}`), &back); err == nil {
		t.Error("a number was taken for a secret")
	}
}

func TestStringIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	var zero, read secret.String
	if !zero.Empty() || zero.Reveal() != "" || !zero.Equal(secret.New("")) {
		t.Error("the zero secret is not the empty one")
	}
	if err := read.UnmarshalText([]byte(" a\n")); err != nil || read.Reveal() != " a\n" {
		t.Errorf("read %q, %v", read.Reveal(), err)
	}
	if !read.Equal(secret.New(" a\n")) || read.Equal(secret.New(" a")) || read.Equal(zero) {
		t.Error("Equal does not compare the texts")
	}
	if reflect.TypeOf(zero).Comparable() {
		t.Error("== compares secrets in a time that depends on their texts")
	}
}

// hides demands that no writing of the canary is in out.
func hides(t *testing.T, what, out string) {
	t.Helper()
	decimals := strings.Trim(fmt.Sprint([]byte(canary[:6])), "[]")
	for form, text := range map[string]string{
		"text":       canary[:6],
		"hex":        fmt.Sprintf("%x", canary[:6]),
		"HEX":        fmt.Sprintf("%X", canary[:6]),
		"spaced hex": fmt.Sprintf("% x", canary[:6]),
		"decimals":   decimals,
		"commas":     fmt.Sprintf("%#v", []byte(canary[:6]))[len("[]byte{"):20],
		"base64":     "Y29ycmVj",
	} {
		if strings.Contains(out, text) {
			t.Errorf("%s shows the secret as %s: %s", what, form, out)
		}
	}
}
