package password

import (
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
)

const (
	salt16 = "ZGVmZ2hpamtsbW5vcHFycw"
	tag32  = "VpvQjRC9fcIatGo34VqI2ANvlnJ9JaFVbu+kG1qrR9I"
)

// unreadable are hashes that are refused as they are read.
func unreadable() map[string]string {
	const tail = "$" + salt16 + "$" + tag32
	return map[string]string{
		"plain text":          "correct horse battery staple",
		"one sign":            "$",
		"four TiB":            "$argon2id$v=19$m=4294967296,t=2,p=1" + tail,
		"just below that":     "$argon2id$v=19$m=4294967295,t=2,p=1" + tail,
		"256 MiB and more":    "$argon2id$v=19$m=262145,t=2,p=1" + tail,
		"less than a block":   "$argon2id$v=19$m=7,t=2,p=1" + tail,
		"less for two lanes":  "$argon2id$v=19$m=15,t=2,p=2" + tail,
		"no memory":           "$argon2id$v=19$m=0,t=2,p=1" + tail,
		"no pass":             "$argon2id$v=19$m=64,t=0,p=1" + tail,
		"eleven passes":       "$argon2id$v=19$m=64,t=11,p=1" + tail,
		"no lane":             "$argon2id$v=19$m=64,t=2,p=0" + tail,
		"five lanes":          "$argon2id$v=19$m=64,t=2,p=5" + tail,
		"257 lanes":           "$argon2id$v=19$m=64,t=2,p=257" + tail,
		"a sign":              "$argon2id$v=19$m=+64,t=2,p=1" + tail,
		"a negative":          "$argon2id$v=19$m=-64,t=2,p=1" + tail,
		"a leading zero":      "$argon2id$v=19$m=064,t=2,p=1" + tail,
		"a space":             "$argon2id$v=19$m= 64,t=2,p=1" + tail,
		"another order":       "$argon2id$v=19$t=2,m=64,p=1" + tail,
		"more costs":          "$argon2id$v=19$m=64,t=2,p=1,x=1" + tail,
		"empty key id":        "$argon2id$v=19$m=64,t=2,p=1,keyid=" + tail,
		"two key ids":         "$argon2id$v=19$m=64,t=2,p=1,keyid=a,keyid=b,data=AA$" + tail,
		"argon2i":             "$argon2i$v=19$m=64,t=2,p=1" + tail,
		"argon2d":             "$argon2d$v=19$m=64,t=2,p=1" + tail,
		"the older version":   "$argon2id$v=16$m=64,t=2,p=1" + tail,
		"no version":          "$argon2id$m=64,t=2,p=1" + tail,
		"something in front":  "x$argon2id$v=19$m=64,t=2,p=1" + tail,
		"a part too many":     "$argon2id$v=19$m=64,t=2,p=1" + tail + "$",
		"short salt":          "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbA$" + tag32,
		"long salt":           "$argon2id$v=19$m=64,t=2,p=1$" + strings.Repeat("AAAA", 22) + "$" + tag32,
		"no salt":             "$argon2id$v=19$m=64,t=2,p=1$$" + tag32,
		"short tag":           "$argon2id$v=19$m=64,t=2,p=1$" + salt16 + "$AAAAAAAAAAAAAAAAAAAA",
		"no tag":              "$argon2id$v=19$m=64,t=2,p=1$" + salt16 + "$",
		"long tag":            "$argon2id$v=19$m=64,t=2,p=1$" + salt16 + "$" + strings.Repeat("AAAA", 22),
		"padded tag":          "$argon2id$v=19$m=64,t=2,p=1$" + salt16 + "$" + tag32 + "=",
		"newline in the tag":  "$argon2id$v=19$m=64,t=2,p=1$" + salt16 + "$" + tag32 + "\n",
		"bits left over":      "$argon2id$v=19$m=64,t=2,p=1$" + salt16 + "$" + strings.TrimSuffix(tag32, "I") + "J",
		"a megabyte":          "$argon2id$v=19$m=64,t=2,p=1$" + salt16 + "$" + strings.Repeat("AAAA", 1<<18),
		"bcrypt of cost 16":   "$2b$16$zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoEi",
		"bcrypt of cost 3":    "$2b$03$zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoEi",
		"bcrypt 2x":           "$2x$04$zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoEi",
		"bcrypt cut off":      "$2b$04$zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoE",
		"bcrypt with a tail":  "$2b$04$zmdliAvUsdUdyAhKsj2VX.w0MB5ALdUPCcwxs0drDHsnjzHH0XoEi\n",
		"a digest of MD5":     "5f4dcc3b5aa765d61d8327deb882cf99",
		"scrypt":              "$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ$" + tag32,
		"go-crypt plain text": "$plaintext$password",
	}
}

// TestUnreadable is not parallel, so that nothing else allocates meanwhile.
func TestUnreadable(t *testing.T) {
	h := cheap(t, pepper("k1", 1))
	for name, hash := range unreadable() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ok, err := h.Verify(hash, "password")
		runtime.ReadMemStats(&after)
		if ok || !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: Verify = %v, %v", name, ok, err)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<10 {
			t.Errorf("%s: %d bytes were allocated", name, taken)
		}
		if f := FormatOf(hash); f != "" {
			t.Errorf("%s: FormatOf = %q", name, f)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for _, p := range []Params{{8, 1, 1}, {32, 10, 4}, {256 << 10, 10, 4}} {
		if !p.bounded() {
			t.Errorf("%+v is refused", p)
		}
	}
	if (Params{math.MaxUint32, math.MaxUint32, math.MaxUint8}).bounded() {
		t.Error("the greatest costs are taken")
	}
}

func FuzzParsePHC(f *testing.F) {
	for _, hash := range unreadable() {
		if len(hash) < 1000 {
			f.Add(hash)
		}
	}
	f.Add("$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$" + salt16 + "$" + tag32)
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Errorf("error %v", err)
			}
			return
		}
		if h.String() != s {
			t.Errorf("%q is written again as %q", s, h)
		}
		if !h.params.bounded() || len(h.salt) < 8 || len(h.salt) > 64 || len(h.tag) < 16 || len(h.tag) > 64 {
			t.Errorf("%q is beyond the bounds", s)
		}
	})
}
