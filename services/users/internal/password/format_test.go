package password

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
)

// The hashes were computed with the reference implementation of argon2 and another one of HMAC.
func TestKnownHashes(t *testing.T) {
	t.Parallel()
	salt := []byte("defghijklmnopqrs")
	for password, want := range map[string]string{
		"correct horse battery staple": "$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$" + salt16 + "$" + tag32,
		"pa\u0308sswo\u0308rter sind la\u0308ng": "$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$" + salt16 +
			"$9fxgh4+x5D5H9niQoHC89HPCu46wXMwR2FV2xqRuyoY",
	} {
		h, err := NewHasher(HasherDeps{Params: DefaultParams(), Peppers: []Pepper{pepper("k1", 0)}, Rand: bytes.NewReader(salt)})
		if err != nil {
			t.Fatal(err)
		}
		if got := hashOf(t, h, password); got != want {
			t.Errorf("Hash(%q) = %s, want %s", password, got, want)
		}
		wantVerify(t, h, want, password, true)
		wantVerify(t, h, want, password+" ", false)
	}
}

// The argon2id hashes are the reference implementation's own (its test.c, version 0x13); the bcrypt ones were made with
// another library.
func TestImportedHashes(t *testing.T) {
	t.Parallel()
	const (
		horse  = "zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoEi"
		longer = "$2b$04$zT5I5/XZwvzICToO/1iE1e9uVlu9bEf0NP1QtCUBG0p4WHntZH47G"
		nfd    = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$kNPbLdwAkJSLQHunE9yx33mLGT4ndlnCdx6+NLL2Wdo"
	)
	h := cheap(t, pepper("k1", 1))
	for _, c := range []struct {
		hash, password string
		want           bool
	}{
		{"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", true},
		{"$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg", "password", true},
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password", true},
		{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password", true},
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "Password", false},
		{nfd, "dre\u0301", true}, // imported: the bytes as they came
		{nfd, "dr\u00e9", false},
		{"$2a$04$" + horse, "correct horse", true},
		{"$2b$04$" + horse, "correct horse", true},
		{"$2y$04$" + horse, "correct horse", true},
		{"$2b$04$" + horse, "correct horse ", false},
		{longer, strings.Repeat("x", 72), true},
		{longer, strings.Repeat("x", 73), false}, // bcrypt itself could not tell
		{longer, strings.Repeat("x", 71), false},
	} {
		wantVerify(t, h, c.hash, c.password, c.want)
		if !h.NeedsRehash(c.hash) {
			t.Errorf("%s is kept", c.hash)
		}
	}
	for hash, want := range map[string]string{longer: FormatBcrypt, nfd: FormatArgon2id, hashOf(t, h, "x"): FormatPeppered} {
		if got := FormatOf(hash); got != want {
			t.Errorf("FormatOf(%s) = %q, want %q", hash, got, want)
		}
	}
}

func TestNeedsRehash(t *testing.T) {
	t.Parallel()
	h, err := NewHasher(HasherDeps{Params: DefaultParams(), Peppers: []Pepper{pepper("k1", 0)}, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	for hash, want := range map[string]bool{
		"$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$" + salt16 + "$" + tag32:  false,
		"$argon2id$v=19$m=19455,t=2,p=1,keyid=k1$" + salt16 + "$" + tag32:  true,
		"$argon2id$v=19$m=65536,t=2,p=1,keyid=k1$" + salt16 + "$" + tag32:  true,
		"$argon2id$v=19$m=19456,t=1,p=1,keyid=k1$" + salt16 + "$" + tag32:  true,
		"$argon2id$v=19$m=19456,t=2,p=2,keyid=k1$" + salt16 + "$" + tag32:  true,
		"$argon2id$v=19$m=19456,t=2,p=1,keyid=k0$" + salt16 + "$" + tag32:  true,
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt16 + "$" + tag32:           true,
		"$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$c29tZXNhbHQ$" + tag32:     true,
		"$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$" + salt16 + "$" + salt16: true,
		"$2b$04$zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoEi":     true,
	} {
		if got := h.NeedsRehash(hash); got != want {
			t.Errorf("NeedsRehash(%s) = %v", hash, got)
		}
	}
}
