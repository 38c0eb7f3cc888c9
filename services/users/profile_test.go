package users_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users"
)

// ild asks a route of that dialect and wants a status; it gives the answer's body.
func (s *suite) ild(t *testing.T, method, path, bearer, kind string, body io.Reader, want int) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.public+path, body)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+bearer)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	if res.StatusCode != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, res.StatusCode, want, text)
	}
	return text
}

// A profile with its picture over the real stores, and the list that has it.
func TestAProfilesLife(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *users.Config) {
		c.AdminUsername, c.AdminEmail, c.AdminPassword = "root", "root@example.com", secret.New(goodPassword)
	})
	s.do(t, http.MethodPost, "/users", "", `{"name":"Ada","username":"ada","password":"`+goodPassword+`"}`, http.StatusCreated)
	ada, root := s.signIn(t, "ada", goodPassword), s.signIn(t, "root", goodPassword)

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	check(t, w.WriteField("firstName", "Ada"))
	part, err := w.CreateFormFile("profileImage", "me.jpg")
	check(t, err)
	check(t, jpeg.Encode(part, image.NewGray(image.Rect(0, 0, 2000, 1000)), nil))
	check(t, w.Close())
	var profile struct{ FirstName, ProfileImage string }
	check(t, json.Unmarshal(s.ild(t, http.MethodPut, "/user/profile", ada, w.FormDataContentType(), &form, http.StatusOK), &profile))
	m, err := jpeg.DecodeConfig(bytes.NewReader(s.ild(t, http.MethodGet, profile.ProfileImage, root, "", nil, http.StatusOK)))
	check(t, err)
	if m.Width != 512 || m.Height != 256 || profile.FirstName != "Ada" {
		t.Errorf("%+v, a picture of %d×%d", profile, m.Width, m.Height)
	}

	var community struct{ ID string }
	check(t, json.Unmarshal(s.ild(t, http.MethodPost, "/user/community", root, "application/json",
		strings.NewReader(`{"name":"Jazz","categories":["music"]}`), http.StatusCreated), &community))
	s.ild(t, http.MethodPatch, "/user/community/join/"+community.ID, ada, "", nil, http.StatusOK)
	s.ild(t, http.MethodGet, "/user", ada, "", nil, http.StatusForbidden)
	var all []struct {
		Username    string
		Communities []string
	}
	check(t, json.Unmarshal(s.ild(t, http.MethodGet, "/user", root, "", nil, http.StatusOK), &all))
	if len(all) != 2 || all[0].Username != "root" || len(all[1].Communities) != 1 || all[1].Communities[0] != community.ID {
		t.Errorf("the list has %+v", all)
	}
}
