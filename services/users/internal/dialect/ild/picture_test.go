package ild_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"testing"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/picture"
)

// drawing is a PNG of that size that nothing shows through.
func drawing(t testing.TB, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	check(t, png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))))
	return out.Bytes()
}

// shows gives an account a picture, and its path.
func (s *server) shows(t testing.TB, a core.Account) string {
	t.Helper()
	p, err := s.UpdateProfile(t.Context(), core.UpdateProfile{Actor: coretest.Actor(a), Picture: &picture.File{Bytes: drawing(t, 1024, 512)}})
	check(t, err)
	return "/user/profile/stream/" + p.Image
}

func TestPicture(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	bob := s.Add(t, coretest.Person{Username: "bob"})
	path := s.shows(t, ada)
	got := s.do(t, http.MethodGet, path, bob.ID, "", "Accept: image/avif,image/webp,image/png")
	if got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "Cache-Control": "private", "X-Content-Type-Options": "nosniff",
		"ETag": `"` + path[len("/user/profile/stream/"):] + `"`, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	} {
		if header := got.header.Get(name); header != want {
			t.Errorf("%s: %s, want %s", name, header, want)
		}
	}
	m, err := jpeg.Decode(bytes.NewReader([]byte(got.body)))
	check(t, err)
	if size := m.Bounds().Size(); size != image.Pt(512, 256) {
		t.Errorf("a picture of %v", size)
	}
	head := s.do(t, http.MethodHead, path, bob.ID, "")
	head.is(t, http.StatusOK, "")
	if head.header.Get("Content-Length") != got.header.Get("Content-Length") || head.header.Get("ETag") != got.header.Get("ETag") {
		t.Errorf("HEAD tells %v", head.header)
	}
}

func TestPictureIsSentOnce(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	path := s.shows(t, ada)
	tag := s.do(t, http.MethodGet, path, ada.ID, "").header.Get("ETag")
	for header, status := range map[string]int{
		tag: http.StatusNotModified, "W/" + tag: http.StatusNotModified, `"x", ` + tag: http.StatusNotModified, "*": http.StatusNotModified,
		`"x"`: http.StatusOK, "": http.StatusOK, tag[1 : len(tag)-1]: http.StatusOK,
	} {
		got := s.do(t, http.MethodGet, path, ada.ID, "", "If-None-Match: "+header)
		if got.status != status || status == http.StatusNotModified && got.body != "" || got.header.Get("ETag") != tag || got.header.Get("Cache-Control") != "private" {
			t.Errorf("If-None-Match: %s: %d, %d bytes, %v", header, got.status, len(got.body), got.header)
		}
	}
}

func TestPictureIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.Add(t, coretest.Person{Username: "ada"})
	bob := s.Add(t, coretest.Person{Username: "bob"})
	gone := s.Add(t, coretest.Person{Username: "gone"})
	old, path := s.shows(t, ada), s.shows(t, gone)
	s.shows(t, ada)
	s.remove(t, gone)
	for _, unknown := range []string{old, path, "/user/profile/stream/" + nobody, "/user/profile/stream/x", "/user/profile/stream/..%2fx"} {
		s.do(t, http.MethodGet, unknown, bob.ID, "").like(t, "not-found", nil)
		s.do(t, http.MethodGet, unknown, bob.ID, "", "If-None-Match: *").like(t, "not-found", nil)
	}
	for _, stranger := range []id.Account{"", nobody} {
		s.do(t, http.MethodGet, old, stranger, "").like(t, "unauthorized", nil)
	}
}
