package ild_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/picture"
)

// piece is a part of a form: a file where it has a file's name.
type piece struct{ name, file, kind, content string }

func text(name, content string) piece { return piece{name: name, content: content} }

func file(name, kind string, content []byte) piece {
	return piece{name: "profileImage", file: name, kind: kind, content: string(content)}
}

// put sends a form to the profile.
func (s *server) put(t testing.TB, bearer id.Account, pieces ...piece) answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range pieces {
		header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + p.name + `"`}}
		if p.file != "" || p.kind != "" {
			header["Content-Disposition"][0] += `; filename="` + p.file + `"`
		}
		if p.kind != "" {
			header["Content-Type"] = []string{p.kind}
		}
		part, err := w.CreatePart(header)
		check(t, err)
		_, err = part.Write([]byte(p.content))
		check(t, err)
	}
	check(t, w.Close())
	return s.do(t, http.MethodPut, "/user/profile", bearer, body.String(), "Content-Type: "+w.FormDataContentType())
}

func TestUpdateProfile(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	names := map[string]string{string(ada.ID): "ada"}
	s.put(t, ada.ID, text("firstName", "Ada"), text("lastName", " Lovelace "), text("name", "Ada L."), text("bio", "Wrote a\r\nprogram."), text("role", "admin")).
		like(t, "updated", names)
	s.put(t, ada.ID, text("lastName", "King")).like(t, "updated-one", names)
	s.put(t, ada.ID, text("firstName", ""), text("lastName", ""), text("bio", "")).like(t, "updated-removed", names)
	s.do(t, http.MethodGet, "/user/profile", ada.ID, "").like(t, "updated-removed", names)
}

func TestUpdatePicture(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	var photo, animation bytes.Buffer
	check(t, jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 40, 20)), nil))
	check(t, gif.Encode(&animation, image.NewPaletted(image.Rect(0, 0, 4, 2), color.Palette{color.Black}), nil))
	var paths []string
	for _, upload := range []piece{
		file("me.jpg", "image/jpeg", photo.Bytes()), file("me.png", "image/png", drawing(t, 2, 2)), file("me.gif", "image/gif", animation.Bytes()),
		file("me.webp", "image/webp", []byte(webp)),
	} {
		got := s.put(t, ada.ID, upload)
		_, rest, ok := strings.Cut(got.body, `"profileImage":"`)
		path, _, _ := strings.Cut(rest, `"`)
		if got.status != http.StatusOK || !ok {
			t.Fatalf("%s: %d %s", upload.file, got.status, got.body)
		}
		for _, old := range paths {
			s.do(t, http.MethodGet, old, ada.ID, "").like(t, "not-found", nil)
		}
		if got := s.do(t, http.MethodGet, path, ada.ID, ""); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
		paths = append(paths, path)
	}
	names := map[string]string{string(ada.ID): "ada", paths[3]: "path"}
	// As browsers send a form in which no file was chosen.
	s.put(t, ada.ID, text("firstName", "Ada"), piece{name: "profileImage", kind: "application/octet-stream"}).like(t, "picture-stays", names)
	s.put(t, ada.ID, text("profileImage", "")).like(t, "picture-removed", names)
	if left := s.Store.PictureKeys(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestUpdateProfileRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.whole(t, coretest.Person{Username: "ada"})
	good := drawing(t, 300, 200)
	for _, test := range []struct {
		name   string
		pieces []piece
		status int
		text   string
	}{
		{"bomb", []piece{file("me.png", "image/png", bomb())}, 400, "profileImage (too_many_pixels)"},
		{"cut short", []piece{file("me.png", "image/png", good[:len(good)/2])}, 400, "profileImage (wrong_format)"},
		{"SVG", []piece{file("me.svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))}, 400, "profileImage (wrong_format)"},
		{"wrong extension", []piece{file("me.svg", "image/png", good)}, 400, "profileImage (wrong_type)"},
		{"wrong type", []piece{file("me.png", "image/gif", good)}, 400, "profileImage (wrong_type)"},
		{"empty", []piece{file("me.png", "image/png", nil)}, 400, "profileImage (wrong_format)"},
		{"too large", []piece{file("me.png", "image/png", append(good, make([]byte, picture.MaxBytes)...))}, 413, "profileImage"},
		{"far too large", []piece{file("me.png", "image/png", make([]byte, 8<<20))}, 413, ""},
		{"a text", []piece{text("profileImage", "me.png")}, 400, "profileImage (wrong_type)"},
		{"a file for a text", []piece{{name: "firstName", file: "me.png", content: "Ada"}}, 400, "firstName (wrong_type)"},
		{"twice", []piece{text("firstName", "a"), text("firstName", "b")}, 400, "firstName (duplicate)"},
		{"two pictures", []piece{file("me.png", "image/png", good), file("me.png", "image/png", good)}, 400, "profileImage (duplicate)"},
		{"a NUL", []piece{text("firstName", "a\x00b")}, 400, "firstName (wrong_format)"},
		{"not UTF-8", []piece{text("firstName", "a\xffb")}, 400, "firstName (wrong_format)"},
		{"no name left", []piece{text("name", " ")}, 400, "name (wrong_length)"},
		{"a long name", []piece{text("firstName", strings.Repeat("x", 101))}, 400, "firstName (wrong_length)"},
		{"a long bio", []piece{text("bio", strings.Repeat("x", 1001))}, 400, "bio (wrong_length)"},
		{"good but for one", []piece{text("firstName", "Eve"), file("me.png", "image/png", good), text("bio", "\x07")}, 400, "bio (wrong_format)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s.put(t, ada.ID, test.pieces...).refuses(t, test.status, test.text)
		})
	}
	t.Cleanup(func() {
		if a, err := s.Store.Get(t.Context(), ada.ID); err == nil && !cmp.Equal(a.Profile, ada.Profile) || len(s.Store.PictureKeys()) != 0 {
			t.Errorf("changed to %+v, pictures %v", a.Profile, s.Store.PictureKeys())
		}
	})
}

func TestWhatIsNoForm(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	const path = "/user/profile"
	s.put(t, "", text("firstName", "Ada")).like(t, "unauthorized", nil)
	s.do(t, http.MethodPut, path, ada.ID, `{"firstName":"Ada"}`).refuses(t, http.StatusUnsupportedMediaType)
	s.do(t, http.MethodPut, path, ada.ID, "firstName=Ada", "Content-Type: application/x-www-form-urlencoded").refuses(t, http.StatusUnsupportedMediaType)
	s.do(t, http.MethodPut, path, ada.ID, "").refuses(t, http.StatusBadRequest, "body (missing)")
	s.do(t, http.MethodPut, path, ada.ID, "--x\r\nfirstName", "Content-Type: multipart/form-data; boundary=x").refuses(t, http.StatusBadRequest)
}

func TestUploadsAreLimited(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	s.Limits.Refuse(limit.Rule{Name: "picture"})
	got := s.put(t, ada.ID, file("me.png", "image/png", drawing(t, 2, 2)))
	got.refuses(t, http.StatusTooManyRequests)
	if got.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After: %s", got.header.Get("Retry-After"))
	}
}

func TestUpdateProfileFailsOnOurSide(t *testing.T) {
	t.Parallel()
	defect := serve(t, func(d *core.Deps) { d.Store = struct{ core.Store }{} })
	ada := defect.Add(t, coretest.Person{Username: "ada"})
	defect.put(t, ada.ID, text("firstName", "Ada")).like(t, "internal", nil)
	s := serve(t)
	bob := s.Add(t, coretest.Person{Username: "bob"})
	s.Store.Break(errDown)
	s.put(t, bob.ID, text("firstName", "Bob")).like(t, "unavailable", nil)
}

// webp is the smallest one.
const webp = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"

// bomb is a PNG whose head tells of 50,000 times 50,000 pixels.
func bomb() []byte {
	head := append([]byte("IHDR"), 0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50, 8, 6, 0, 0, 0)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(head)))
}
