package password

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func pepper(id string, first byte) Pepper {
	b := make([]byte, 32)
	for i := range b {
		b[i] = first + byte(i)
	}
	return Pepper{ID: id, Bytes: b}
}

func cheap(t testing.TB, peppers ...Pepper) *Hasher {
	t.Helper()
	h, err := NewHasherForTests(rand.Reader, peppers...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hashOf(t testing.TB, h *Hasher, password string) string {
	t.Helper()
	hash, err := h.Hash(password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func wantVerify(t testing.TB, h *Hasher, hash, password string, want bool) {
	t.Helper()
	ok, err := h.Verify(hash, password)
	if err != nil || ok != want {
		t.Errorf("Verify(%q, %q) = %v, %v; want %v", hash, password, ok, err, want)
	}
}

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

func TestWhatIsSignificant(t *testing.T) {
	t.Parallel()
	h := cheap(t, pepper("k1", 1))
	same72 := strings.Repeat("0123456789ab", 6)
	for _, c := range []struct {
		name, set, given string
		want             bool
	}{
		{"composed and decomposed", "caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me", true},
		{"decomposed and composed", "cafe\u0301 cre\u0300me", "caf\u00e9 cr\u00e8me", true},
		{"compatibility forms differ", "\ufb01nancial", "financial", false},
		{"case", "Correct Horse", "correct horse", false},
		{"space before", " correct horse", "correct horse", false},
		{"space after", "correct horse", "correct horse ", false},
		{"a letter after 72 bytes", same72 + "x", same72 + "y", false},
		{"nothing after 72 bytes", same72, same72 + "x", false},
		{"256 emoji", strings.Repeat("🦊", 256), strings.Repeat("🦊", 256), true},
		{"255 of them", strings.Repeat("🦊", 256), strings.Repeat("🦊", 255), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantVerify(t, h, hashOf(t, h, c.set), c.given, c.want)
		})
	}
}

// Whatever the rule lets through can be set and is recognised; what is added to it is not.
func TestAnyPassword(t *testing.T) {
	t.Parallel()
	h := cheap(t, pepper("k1", 1))
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringN(0, 300, -1).Draw(t, "password")
		if (Rule{}).Check(password) != "" {
			t.Skip("refused")
		}
		hash, err := h.Hash(password)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := h.Verify(hash, password); err != nil || !ok {
			t.Errorf("Verify = %v, %v", ok, err)
		}
		if ok, err := h.Verify(hash, password+"x"); err != nil || ok {
			t.Errorf("Verify of a longer one = %v, %v", ok, err)
		}
	})
}

func TestNoHash(t *testing.T) {
	t.Parallel()
	h := cheap(t, pepper("k1", 1))
	wantVerify(t, h, "", "", false)
	wantVerify(t, h, "", "correct horse", false)
}

func TestSaltsDiffer(t *testing.T) {
	t.Parallel()
	h := cheap(t, pepper("k1", 1))
	if a, b := hashOf(t, h, "correct horse"), hashOf(t, h, "correct horse"); a == b {
		t.Errorf("both are %s", a)
	}
	h, err := NewHasherForTests(bytes.NewReader(make([]byte, 15)), pepper("k1", 1))
	if err != nil {
		t.Fatal(err)
	}
	if hash, err := h.Hash("correct horse"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("with too little randomness: %q, %v", hash, err)
	}
}

func TestPepperRotation(t *testing.T) {
	t.Parallel()
	older, newer := pepper("k1", 1), pepper("k2", 2)
	before, after := cheap(t, older), cheap(t, newer, older)
	hash := hashOf(t, before, "correct horse")
	wantVerify(t, after, hash, "correct horse", true)
	wantVerify(t, after, hash, "wrong horse", false)
	if before.NeedsRehash(hash) || !after.NeedsRehash(hash) {
		t.Error("only the hash of an older pepper is to be made anew")
	}
	fresh := hashOf(t, after, "correct horse")
	wantVerify(t, cheap(t, newer), fresh, "correct horse", true)
	if after.NeedsRehash(fresh) {
		t.Error("a new hash is to be made anew")
	}
}

func TestPepperIsNeeded(t *testing.T) {
	t.Parallel()
	hash := hashOf(t, cheap(t, pepper("k1", 1)), "correct horse")
	wantVerify(t, cheap(t, pepper("k1", 2)), hash, "correct horse", false)
	if ok, err := cheap(t, pepper("k2", 1)).Verify(hash, "correct horse"); ok || !errors.Is(err, ErrPepper) {
		t.Errorf("Verify = %v, %v", ok, err)
	}
	// Nor does it help to call the hash an imported one.
	wantVerify(t, cheap(t, pepper("k1", 1)), strings.Replace(hash, ",keyid=k1", "", 1), "correct horse", false)
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

func TestNewHasher(t *testing.T) {
	t.Parallel()
	good := HasherDeps{Params: DefaultParams(), Peppers: []Pepper{pepper("k1", 1)}, Rand: rand.Reader}
	for _, p := range []Params{{47104, 1, 1}, {19456, 2, 1}, {12288, 3, 1}, {9216, 4, 1}, {7168, 5, 1}, {7168, 10, 4}} {
		d := good
		d.Params = p
		if _, err := NewHasher(d); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
		d.Params.Memory--
		if _, err := NewHasher(d); err == nil {
			t.Errorf("%+v is taken", d.Params)
		}
	}
	for name, spoil := range map[string]func(*HasherDeps){
		"no costs":             func(d *HasherDeps) { d.Params = Params{} },
		"costs of tests":       func(d *HasherDeps) { d.Params = Params{8, 1, 1} },
		"no pass":              func(d *HasherDeps) { d.Params = Params{65536, 0, 1} },
		"too much memory":      func(d *HasherDeps) { d.Params = Params{262145, 2, 1} },
		"too many passes":      func(d *HasherDeps) { d.Params = Params{19456, 11, 1} },
		"too many lanes":       func(d *HasherDeps) { d.Params = Params{19456, 2, 5} },
		"no lane":              func(d *HasherDeps) { d.Params = Params{19456, 2, 0} },
		"no randomness":        func(d *HasherDeps) { d.Rand = nil },
		"no pepper":            func(d *HasherDeps) { d.Peppers = nil },
		"a short pepper":       func(d *HasherDeps) { d.Peppers = []Pepper{{"k1", make([]byte, 31)}} },
		"a pepper without id":  func(d *HasherDeps) { d.Peppers = []Pepper{pepper("", 1)} },
		"an id with a dollar":  func(d *HasherDeps) { d.Peppers = []Pepper{pepper("k$1", 1)} },
		"an id of 33 letters":  func(d *HasherDeps) { d.Peppers = []Pepper{pepper(strings.Repeat("k", 33), 1)} },
		"two peppers named k1": func(d *HasherDeps) { d.Peppers = []Pepper{pepper("k1", 1), pepper("k1", 2)} },
	} {
		d := good
		spoil(&d)
		if _, err := NewHasher(d); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestPepperIsHidden(t *testing.T) {
	t.Parallel()
	p := Pepper{ID: "k1", Bytes: []byte("a pepper that nobody should see!")}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, p)
		fmt.Fprintf(&out, verb, []Pepper{p})
		fmt.Fprintf(&out, verb, cheap(t, p))
	}
	if err := json.NewEncoder(&out).Encode(p); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"nobody", "6e6f626f6479", "110 111 98", "bm9ib2R5", "0x6e, 0x6f"} {
		if strings.Contains(out.String(), shown) {
			t.Errorf("shown as %s in %s", shown, out.String())
		}
	}
}
