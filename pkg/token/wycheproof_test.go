package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/watchword/watchword/pkg/secret"
)

// The vectors are fetched by the go command, not required by go.mod: their module demands a later Go than we do.
const (
	wycheproof    = "github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a"
	wycheproofSum = "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c="
)

// vectors are a file of them.
type vectors struct {
	NumberOfTests int
	TestGroups    []struct {
		Comment         string
		Public, Private json.RawMessage
		Tests           []vector
	}
}

type vector struct {
	TcID     int
	Comment  string
	JWS, JWE json.RawMessage // a string, but where it is in the JSON serialisation
	Result   string
}

// text is the token as it would come in.
func (v vector) text() string {
	raw := slices.Concat(v.JWS, v.JWE)
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	return text
}

// readVectors gives the files that the names stand for. It skips the test, saying so, where they can't be had.
func readVectors(t *testing.T, names ...string) map[string]vectors {
	t.Helper()
	download := exec.Command("go", "mod", "download", "-json", wycheproof)
	download.Dir = t.TempDir() // outside of any module
	download.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	text, err := download.Output()
	var module struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(text, &module); err != nil || jsonErr != nil {
		t.Skipf("SKIPPED: Wycheproof's vectors can't be fetched: %v, %v %s", err, jsonErr, module.Error)
	}
	if module.Sum != wycheproofSum {
		t.Fatalf("the vectors' hash is %s, want %s", module.Sum, wycheproofSum)
	}
	files := map[string]vectors{}
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(module.Dir, "testvectors_v1", "json_web_"+name+"_test.json"))
		if err != nil {
			t.Fatal(err)
		}
		var file vectors
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return files
}

// keysOf finds keys of a set, or of a single key: public ones as they are read from a JWKS, shared ones as in a keyring,
// but for its demand that they look random, as the vectors' mostly don't.
func keysOf(t *testing.T, set json.RawMessage) func(kid string) (key, error) {
	t.Helper()
	if !strings.Contains(string(set), `"keys"`) {
		set = slices.Concat([]byte(`{"keys":[`), set, []byte(`]}`))
	}
	keys := map[string]key{}
	if public, err := readJWKS(set); err == nil {
		for kid, jwk := range public {
			keys[kid] = key{alg: algorithm(jwk.Key), public: jwk.Key}
		}
	} else {
		var shared struct {
			Keys []struct{ Kty, Kid, Alg, K string }
		}
		if err := json.Unmarshal(set, &shared); err != nil {
			t.Fatal(err)
		}
		for _, k := range shared.Keys {
			material, err := base64.RawURLEncoding.DecodeString(k.K)
			if _, twice := keys[k.Kid]; twice {
				keys = nil // a keyring refuses two keys of one id
				break
			}
			if k.Kty == "oct" && k.Alg == hmacAlgorithm && err == nil && len(material) >= secret.MinKeyBytes {
				keys[k.Kid] = key{alg: hmacAlgorithm, public: material}
			}
		}
	}
	return func(kid string) (key, error) {
		if k, ok := keys[kid]; ok {
			return k, nil
		}
		return key{}, ErrInvalid
	}
}

// checkSignature takes the steps of verify, but for what the vectors have not: they name no typ and their payload is not
// JSON, so verify itself refuses every one before it asks for the signature.
func checkSignature(text string, find func(kid string) (key, error)) error {
	segments := strings.Split(text, ".")
	if len(text) > maxBytes || len(segments) != 3 {
		return ErrInvalid
	}
	for _, s := range segments {
		if s == "" || !only(base64URL, s) {
			return ErrInvalid
		}
	}
	members, err := readObject(segments[0])
	if err != nil || len(members) != 2 {
		return ErrInvalid
	}
	var alg, kid string
	if json.Unmarshal(members["alg"], &alg) != nil || json.Unmarshal(members["kid"], &kid) != nil || !validKeyID(kid) {
		return ErrInvalid
	}
	k, err := find(kid)
	if err != nil || alg != k.alg {
		return ErrInvalid
	}
	strict := base64.RawURLEncoding.Strict()
	if _, err := strict.DecodeString(segments[1]); err != nil {
		return ErrInvalid
	}
	signature, err := strict.DecodeString(segments[2])
	if err != nil {
		return ErrInvalid
	}
	return jwt.GetSigningMethod(k.alg).Verify(segments[0]+"."+segments[1], signature, k.public)
}

// The reasons for which we judge a vector otherwise; none accepts what is altered.
const (
	noEmptySegment = "no token of ours has an empty payload"
	oddKeyID       = "a kid is 1 to 32 letters, digits, - and _"
	oddCharacter   = "only the characters of base64url are read (RFC 8725bis, section 3.14); the vector lets a decoder skip others"
	sameText       = "the text is that of a valid vector, byte for byte"
	roca           = "keys are the operator's own; weakness of a chip's generator is not looked for"
)

// disagreements are those vectors, by file and number.
var disagreements = map[string]map[int]string{
	"signature": {
		259: noEmptySegment,
		345: oddKeyID, 348: oddKeyID, 349: oddKeyID, 352: oddKeyID,
		367: sameText, 370: sameText,
		372: oddCharacter, 373: oddCharacter,
	},
	"key":    {7: roca},
	"crypto": {46: roca},
}

// foreign tells whether the token names an algorithm that the suite does not use; such a vector is refused though it is
// valid.
func foreign(text string) bool {
	head, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	var header struct{ Alg string }
	return err == nil && json.Unmarshal(raw, &header) == nil &&
		!slices.Contains([]string{"ES256", "EdDSA", "RS256", hmacAlgorithm}, header.Alg)
}

func TestWycheproofSignatures(t *testing.T) {
	t.Parallel()
	for name, file := range readVectors(t, "signature", "key", "crypto") {
		seen, accepted := 0, 0
		for _, group := range file.TestGroups {
			set := group.Public
			if set == nil {
				set = group.Private
			}
			find := keysOf(t, set)
			for _, v := range group.Tests {
				seen++
				if v.JWS == nil {
					continue
				}
				got := checkSignature(v.text(), find) == nil
				if got {
					accepted++
				}
				want := v.Result == "valid" && !foreign(v.text())
				if reason, listed := disagreements[name][v.TcID]; listed {
					if got == want {
						t.Errorf("%s %d %s: we agree, though it is listed: %s", name, v.TcID, v.Comment, reason)
					}
				} else if got != want {
					t.Errorf("%s %d %s %s: accepted %t, want %t", name, v.TcID, group.Comment, v.Comment, got, want)
				}
			}
		}
		if seen != file.NumberOfTests || accepted == 0 {
			t.Errorf("%s: %d of %d vectors, %d accepted", name, seen, file.NumberOfTests, accepted)
		}
	}
}

// TestWycheproofTokensAreNotOurs asks the verifier itself: whatever is signed or encrypted there, and however it is
// written, is no token of ours.
func TestWycheproofTokensAreNotOurs(t *testing.T) {
	t.Parallel()
	for name, file := range readVectors(t, "signature", "key", "crypto", "encryption") {
		for _, group := range file.TestGroups {
			set := group.Public
			if set == nil {
				set = group.Private
			}
			find := keysOf(t, set)
			for _, v := range group.Tests {
				for _, typ := range []string{accessType, refreshType, serviceType, ""} {
					if _, err := verify(v.text(), typ, &serviceClaims{}, find); !errors.Is(err, ErrInvalid) {
						t.Errorf("%s %d %s as %q: %v", name, v.TcID, v.Comment, typ, err)
					}
				}
			}
		}
	}
}
