package token

import (
	"crypto"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"
)

// TestOneEditIsRefused is SE-14.
func TestOneEditIsRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	tokens := map[string]string{"access": s.access(t), "refresh": s.refreshToken(t, 1), "service": s.serviceToken(t)}
	verifiers := s.verifiers(t)
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom([]string{"access", "refresh", "service"}).Draw(rt, "kind")
		text := tokens[kind]
		at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
		with := rapid.SampledFrom([]string{"", "A", "B", "_", "-", "9", ".", "=", "\n", "\x00", "+", "/", " ", "ü", "AA"}).Draw(rt, "with")
		edited := text[:at] + with + text[at+1:]
		if rapid.Bool().Draw(rt, "insert") {
			edited = text[:at] + with + text[at:]
		}
		if edited == text {
			return
		}
		if err := verifiers[kind](edited); !errors.Is(err, ErrInvalid) {
			rt.Fatalf("%s with %q at %d: %v", kind, with, at, err)
		}
	})
}

// TestTheLastCharacterHasOneSpelling: its unused bits are where base64 is malleable.
func TestTheLastCharacterHasOneSpelling(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	tokens := map[string]string{"access": s.access(t), "refresh": s.refreshToken(t, 1), "service": s.serviceToken(t)}
	for kind, verify := range s.verifiers(t) {
		text, ok := tokens[kind]
		if !ok {
			continue
		}
		for _, c := range base64URL {
			edited := text[:len(text)-1] + string(c)
			if err := verify(edited); (err == nil) != (edited == text) {
				t.Errorf("%s ending in %c: %v", kind, c, err)
			}
		}
	}
}

func TestOddTextsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	text := s.access(t)
	parts := strings.Split(text, ".")
	odd := map[string]string{
		"empty":            "",
		"dots":             "..",
		"two segments":     parts[0] + "." + parts[1],
		"four segments":    text + "." + parts[2],
		"no signature":     parts[0] + "." + parts[1] + ".",
		"line end":         text + "\n",
		"leading space":    " " + text,
		"padding":          text + "=",
		"many dots":        strings.Repeat(".", 4000),
		"past 4 KiB":       text + strings.Repeat("A", 4096),
		"JSON form":        `{"payload":"` + parts[1] + `"}`,
		"Bearer in it":     "Bearer " + text,
		"JWE":              strings.Join([]string{parts[0], parts[1], parts[2], parts[1], parts[2]}, "."),
		"not JSON":         b64([]byte("x")) + "." + parts[1] + "." + parts[2],
		"header not obj":   b64([]byte("[]")) + "." + parts[1] + "." + parts[2],
		"header null":      b64([]byte("null")) + "." + parts[1] + "." + parts[2],
		"header two obj":   b64([]byte("{}{}")) + "." + parts[1] + "." + parts[2],
		"header truncated": b64([]byte(`{"alg":`)) + "." + parts[1] + "." + parts[2],
	}
	for name, text := range odd {
		for verifier, verify := range s.verifiers(t) {
			if err := verify(text); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s by %s: %v", name, verifier, err)
			}
		}
	}
}

// TestEveryClaimIsDemanded is JW-04, JW-06 and JW-07: tokens that are signed rightly and say one thing wrong.
func TestEveryClaimIsDemanded(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	now := s.clock.now().Unix()
	negatives := map[string]any{ // claim=value; nil: left out
		"iss": nil, "iss other": "https://evil.example.com", "iss list": []string{issuer},
		"aud": nil, "aud other": "watchword-refresh", "aud list": []string{Audience}, "aud two": []string{"evil", Audience}, "aud none": "",
		"sub": nil, "sub number": 7, "sub name": "ann", "sub empty": "", "sub lower": strings.ToLower(string(accountID)),
		"jti": nil, "jti empty": "", "jti number": 1,
		"sid": nil, "sid other": "x",
		"role": nil, "role empty": "",
		"exp": nil, "exp past": now - 3600, "exp text": "9999999999", "exp zero": 0, "exp float": float64(now) + 60.5, "exp negative": -1, "exp huge": int64(1) << 62, "exp null": json.RawMessage("null"),
		"iat": nil, "iat future": now + 60, "iat text": "1", "iat huge": int64(1) << 62,
		"nbf": nil, "nbf future": now + 60, "nbf text": "1", "nbf huge": int64(1) << 62,
		"amr text": "pwd", "amr past 4 KiB": []string{strings.Repeat("x", 4096)},
	}
	k := s.dir.signer()
	if err := second(s.verifier.Verify(t.Context(), forge(t, k, headerOf(k), s.claims()))); err != nil {
		t.Fatalf("what all differ from in one claim: %v", err)
	}
	for name, value := range negatives {
		claim, _, _ := strings.Cut(name, " ")
		claims := s.claims()
		if claims[claim] = value; value == nil {
			delete(claims, claim)
		}
		text := forge(t, k, headerOf(k), claims)
		if err := second(s.verifier.Verify(t.Context(), text)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err := second(s.verifier.VerifyExpired(t.Context(), text)); !errors.Is(err, ErrInvalid) && name != "exp past" {
			t.Errorf("%s, expired: %v", name, err)
		}
	}
}

func TestDuplicateMembersAreRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	k := s.dir.signer()
	claims, err := json.Marshal(s.claims())
	if err != nil {
		t.Fatal(err)
	}
	rest := string(claims[1:])
	for name, payload := range map[string]string{
		"same name":  `{"sub":"` + string(accountID) + `",` + rest,
		"other case": `{"Sub":"` + string(accountID) + `",` + rest,
		"long s":     `{"ſub":"` + string(accountID) + `",` + rest,
		"escaped":    `{"\u0073ub":"` + string(accountID) + `",` + rest,
	} {
		text := signed(t, k, b64(encode(t, headerOf(k)))+"."+b64([]byte(payload)))
		if err := second(s.verifier.Verify(t.Context(), text)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHeadersAreOurs is JW-01, JW-02, JW-05 and JW-07.
func TestHeadersAreOurs(t *testing.T) {
	t.Parallel()
	s := newSuite(t, ecKey(t))
	k := s.dir.signer()
	evil := ecKey(t)
	for name, change := range map[string]map[string]any{
		"no kid":          {"kid": nil},
		"kid unknown":     {"kid": "other"},
		"kid path":        {"kid": "../../dev/null"},
		"kid SQL":         {"kid": "' or 1=1"},
		"kid NUL":         {"kid": "a\x00b"},
		"kid long":        {"kid": strings.Repeat("k", 33)},
		"kid number":      {"kid": 1},
		"typ missing":     {"typ": nil},
		"typ JWT":         {"typ": "JWT"},
		"typ case":        {"typ": "AT+JWT"},
		"typ long":        {"typ": "application/at+jwt"},
		"typ refresh":     {"typ": refreshType},
		"alg missing":     {"alg": nil},
		"alg none":        {"alg": "none"},
		"alg None":        {"alg": "None"},
		"alg nOnE":        {"alg": "nOnE"},
		"alg case":        {"alg": "es256"},
		"alg ES384":       {"alg": "ES384"},
		"alg EdDSA":       {"alg": "EdDSA"},
		"crit":            {"crit": []string{"exp"}},
		"crit empty":      {"crit": []string{}},
		"b64":             {"b64": false},
		"jwk":             {"jwk": map[string]any{"kty": "EC"}},
		"jku":             {"jku": "https://evil.example.com/keys"},
		"x5u":             {"x5u": "https://evil.example.com/cert"},
		"x5c":             {"x5c": []string{"AA"}},
		"cty":             {"cty": "JWT"},
		"alg second case": {"ALG": "ES256"},
	} {
		h := headerOf(k)
		maps.Copy(h, change)
		maps.DeleteFunc(h, func(_ string, v any) bool { return v == nil })
		if err := second(s.verifier.Verify(t.Context(), forge(t, k, h, s.claims()))); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := k
	other.private = evil
	if err := second(s.verifier.Verify(t.Context(), forge(t, other, headerOf(k), s.claims()))); !errors.Is(err, ErrInvalid) {
		t.Errorf("another's signature under our kid: %v", err)
	}
}

// TestAlgorithmConfusion signs with HS256 under all an attacker may take for the secret: the public key's forms.
func TestAlgorithmConfusion(t *testing.T) {
	t.Parallel()
	for alg, key := range map[string]crypto.Signer{"ES256": ecKey(t), "RS256": rsaKey(t, 2048), "EdDSA": edKey(t)} {
		s := newSuite(t, key)
		k := s.dir.signer()
		jwk := encode(t, k.jwk)
		for name, material := range map[string][]byte{"JWK": jwk, "PKIX": publicDER(t, key), "PEM": publicPEM(t, key), "empty": {}} {
			for _, hs := range []string{"HS256", "HS384", "HS512"} {
				h := headerOf(k)
				h["alg"] = hs
				input := b64(encode(t, h)) + "." + b64(encode(t, s.claims()))
				sig, err := jwt.GetSigningMethod(hs).Sign(input, material)
				if err != nil {
					t.Fatal(err)
				}
				if err := second(s.verifier.Verify(t.Context(), input+"."+b64(sig))); !errors.Is(err, ErrInvalid) {
					t.Errorf("%s under the %s key's %s: %v", hs, alg, name, err)
				}
			}
		}
		h := headerOf(k)
		h["alg"] = "none"
		for _, sig := range []string{"", "AA"} {
			text := b64(encode(t, h)) + "." + b64(encode(t, s.claims())) + "." + sig
			if err := second(s.verifier.Verify(t.Context(), text)); !errors.Is(err, ErrInvalid) {
				t.Errorf("none: %v", err)
			}
		}
	}
}

// TestAKeyHasOneAlgorithm: what an RSA key could do as well is refused.
func TestAKeyHasOneAlgorithm(t *testing.T) {
	t.Parallel()
	s := newSuite(t, rsaKey(t, 2048))
	k := s.dir.signer()
	for _, alg := range []string{"RS384", "RS512", "PS256", "PS384", "PS512"} {
		h := headerOf(k)
		h["alg"] = alg
		input := b64(encode(t, h)) + "." + b64(encode(t, s.claims()))
		sig, err := jwt.GetSigningMethod(alg).Sign(input, k.private)
		if err != nil {
			t.Fatal(err)
		}
		if err := second(s.verifier.Verify(t.Context(), input+"."+b64(sig))); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// FuzzReadForm: whatever passes has the form of RFC 8725bis §3.14, and no input is too odd to be refused.
func FuzzReadForm(f *testing.F) {
	form := regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)
	h := b64([]byte(`{"alg":"ES256","kid":"k","typ":"at+jwt"}`))
	for _, seed := range []string{"", "..", h + ".e30.AA", h + ".e30.AA\n", h + "..AA", h + ".e30=.AA", h + ".W10.AA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := readForm(text); err == nil && (!form.MatchString(text) || len(text) > 4096) {
			t.Errorf("%q passes", text)
		}
	})
}
