package abuse

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	_ "image/jpeg" // what is opaque is shown as JPEG
	"image/png"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

const script = "<script>alert(1)</script>"

// What comes as a picture is decoded and drawn anew, or refused; in neither case is anything left of the file.
func TestUP01(t *testing.T) {
	t.Parallel()
	c := signedInBy(t, kit.Shared(t), "ild")
	whole := pngOf(t, 3, 2)
	for name, file := range map[string][]byte{
		"SVG":                  []byte(`<svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`),
		"page":                 []byte("<!doctype html>" + script),
		"script named a GIF":   []byte("GIF89a=1;" + script),
		"BMP":                  []byte("BM\x00\x00\x00\x00" + script),
		"TIFF":                 []byte("II*\x00\x08\x00\x00\x00" + script),
		"PNG cut short":        whole[:len(whole)/2],
		"PNG of 2.5 gigapixel": bomb(whole, 50_000, 50_000),
		"empty file":           nil,
	} {
		if a := upload(c, "me.png", "image/png", file).RefusedBy("ild", http.StatusBadRequest); bytes.Contains(a.Body, []byte("script")) {
			t.Errorf("%s: it is told back: %s", name, a.Body)
		}
	}
	upload(c, "me.png", "image/png", append(whole, make([]byte, 5<<20)...)).RefusedBy("ild", http.StatusRequestEntityTooLarge)
	if got := picture(c); got != "" {
		t.Fatalf("a refused file became the picture %s", got)
	}
	for kind, file := range map[string][]byte{"image/png": whole, "image/gif": gifOf(t, 3, 2)} {
		upload(c, "me", kind, append(file, script...)).Want(http.StatusOK)
		shown := c.Get(picture(c)).Want(http.StatusOK).Body
		if m, _, err := image.Decode(bytes.NewReader(shown)); err != nil || m.Bounds().Size() != image.Pt(3, 2) {
			t.Errorf("%s is not shown as a picture of its size: %v", kind, err)
		}
		if bytes.Contains(shown, []byte(script)) {
			t.Errorf("%s: what was behind it is still there", kind)
		}
	}
}

// A picture has a name and a type of our choosing, and a browser takes it for nothing else.
func TestUP02(t *testing.T) {
	t.Parallel()
	s := kit.Shared(t)
	c := signedInBy(t, s, "ild")
	upload(c, "../../evil.html", "image/png", pngOf(t, 3, 2)).RefusedBy("ild", http.StatusBadRequest)
	upload(c, "../../evil.png", "image/png", pngOf(t, 3, 2)).Want(http.StatusOK)
	path := picture(c)
	if key, ok := strings.CutPrefix(path, "/user/profile/stream/"); !ok || len(key) != 26 || strings.Contains(key, "evil") {
		t.Errorf("the picture is at %s", path)
	}
	for _, accept := range []string{"", "text/html", "image/svg+xml,text/html"} {
		c.Header["Accept"] = accept
		a := c.Get(path + "?type=text/html&name=evil.html")
		for header, want := range map[string]string{
			"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			"Cache-Control": "private", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.Want(http.StatusOK).Header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
	}
	s.Client(t).Get(path).RefusedBy("ild", http.StatusUnauthorized)
	delete(c.Header, "Accept")
	for _, other := range []string{"x", nothing, "..%2f..%2fprofile", path[len(path)-26:] + ".html"} {
		if a := c.Get("/user/profile/stream/" + other); a.Status != http.StatusNotFound && a.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d", other, a.Status)
		}
	}
}

// signedInBy is a new account's owner with the session that a dialect gives.
func signedInBy(t *testing.T, s *kit.Suite, dialect string) *kit.Client {
	t.Helper()
	c := s.Client(t)
	c.SignInBy(dialect, s.RegisterBy(t, dialect), "").Want(http.StatusOK)
	return c
}

// upload sends a file as the profile's picture.
func upload(c *kit.Client, name, kind string, file []byte) *kit.Answer {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="profileImage"; filename="` + name + `"`}, "Content-Type": {kind},
	})
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || form.Close() != nil {
		panic("a buffer refuses bytes")
	}
	return c.Do(kit.Request{
		Method: http.MethodPut, Path: "/user/profile", Body: body.Bytes(), Header: map[string]string{"Content-Type": form.FormDataContentType()},
	})
}

// picture is the path of the client's picture, "" where there is none.
func picture(c *kit.Client) string {
	return kit.Object[struct{ ProfileImage string }](c.Get("/user/profile").Want(http.StatusOK)).ProfileImage
}

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gifOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	drawn := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
	if err := gif.Encode(&out, drawn, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is a PNG whose head says that it has these sides.
func bomb(whole []byte, width, height uint32) []byte {
	file := bytes.Clone(whole)
	head := file[12:33] // IHDR: four bytes of name, 13 of content, four of checksum
	binary.BigEndian.PutUint32(head[4:], width)
	binary.BigEndian.PutUint32(head[8:], height)
	binary.BigEndian.PutUint32(head[17:], crc32.ChecksumIEEE(head[:17]))
	return file
}
