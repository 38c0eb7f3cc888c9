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
