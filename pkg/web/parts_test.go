package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

const partsLimit = 1 << 20

// takesParts serves a route that answers with what Parts reads.
func takesParts(t *testing.T) server {
	t.Helper()
	r := route(http.MethodPut, "/x", func(c *fiber.Ctx) error {
		set, err := web.Parts(c)
		if err != nil {
			return err
		}
		return c.SendString(fmt.Sprintf("%q %q", set.Texts, set.Files))
	})
	r.Body, r.Limit = web.Multipart, partsLimit
	return start(t, nil, dialect("d", nil, r))
}

// joined are the lines of a body, each with its end.
func joined(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

func textPart(name, value string) string {
	return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value
}

func TestParts(t *testing.T) {
	t.Parallel()
	s := takesParts(t)
	for name, tc := range map[string]struct{ body, want string }{
		"none":         {joined("--b--"), `map[] map[]`},
		"no last line": {"--b--", `map[] map[]`},
		"texts":        {joined(textPart("a", "1"), textPart("b", " ü\r\n"), "--b--"), `map["a":"1" "b":" ü\r\n"] map[]`},
		"empty text":   {joined(textPart("a", ""), "--b--"), `map["a":""] map[]`},
		"not b":        {joined(textPart("a", "--bb\r\n--a--"), "--b--"), `map["a":"--bb\r\n--a--"] map[]`},
		"file": {
			joined("--b", `Content-Disposition: form-data; name="f"; filename="ü/../x.png"`, "Content-Type: image/png", "", "\x89PNG\x00\r\n", "--b--"),
			`map[] map["f":{"ü/../x.png" "image/png" "\x89PNG\x00\r\n"}]`,
		},
		"empty file":     {joined("--b", `Content-Disposition: form-data; name="f"; filename="x"`, "", "", "--b--"), `map[] map["f":{"x" "" ""}]`},
		"unnamed file":   {joined("--b", `Content-Disposition: form-data; name="f"; filename=""`, "", "x", "--b--"), `map[] map["f":{"" "" "x"}]`},
		"no file chosen": {joined("--b", `Content-Disposition: form-data; name="f"; filename=""`, "Content-Type: application/octet-stream", "", "", "--b--"), `map[] map[]`},
		"lower case":     {joined("--b", `content-disposition: form-data; name=a`, "", "1", "--b--"), `map["a":"1"] map[]`},
	} {
		if got := s.send(t, "PUT", "/x", tc.body, multipartType); got.body != tc.want {
			t.Errorf("%s: %d %s, want %s", name, got.status, got.body, tc.want)
		}
	}
}

func TestPartsTakesWhatTheStandardLibraryWrites(t *testing.T) {
	t.Parallel()
	s := takesParts(t)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	file, err := w.CreateFormFile("profileImage", `me "and" you.png`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(bytes.Repeat([]byte{0xff}, 300<<10)); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteField("bio", "ü"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%q %q", map[string]string{"bio": "ü"}, map[string]web.File{
		"profileImage": {Name: `me "and" you.png`, Type: "application/octet-stream", Bytes: bytes.Repeat([]byte{0xff}, 300<<10)},
	})
	if got := s.send(t, "PUT", "/x", b.String(), "Content-Type: "+w.FormDataContentType()); got.body != want {
		t.Errorf("%d, %d bytes", got.status, len(got.body))
	}
}

func TestPartsRefuses(t *testing.T) {
	t.Parallel()
	s := takesParts(t)
	var many []string
	for i := range 33 {
		many = append(many, textPart(fmt.Sprint("n", i), ""))
	}
	whole := func(word string) map[string]string { return map[string]string{"body": word} }
	for name, tc := range map[string]struct {
		body string
		want map[string]string
	}{
		"no body":                 {"", whole("missing")},
		"no part":                 {"x", whole("wrong_format")},
		"another boundary":        {joined("--c--"), whole("wrong_format")},
		"truncated in a part":     {joined(textPart("a", "1")), whole("wrong_format")},
		"truncated in a header":   {joined("--b", "Content-Dispo"), whole("wrong_format")},
		"truncated at the end":    {joined(textPart("a", "1"), "--b-"), whole("wrong_format")},
		"before the parts":        {joined("x", textPart("a", "1"), "--b--"), whole("wrong_format")},
		"behind the parts":        {joined(textPart("a", "1"), "--b--", "x"), whole("wrong_format")},
		"parts behind the parts":  {joined(textPart("a", "1"), "--b--", textPart("b", "2"), "--b--"), whole("wrong_format")},
		"no name":                 {joined("--b", "Content-Disposition: form-data", "", "1", "--b--"), whole("wrong_format")},
		"empty name":              {joined(textPart("", "1"), "--b--"), whole("wrong_format")},
		"no disposition":          {joined("--b", "", "1", "--b--"), whole("wrong_format")},
		"other disposition":       {joined("--b", `Content-Disposition: attachment; name="a"`, "", "1", "--b--"), whole("wrong_format")},
		"two dispositions":        {joined("--b", `Content-Disposition: form-data; name="a"`, `Content-Disposition: form-data; name="b"`, "", "1", "--b--"), whole("wrong_format")},
		"two names":               {joined("--b", `Content-Disposition: form-data; name="a"; name="b"`, "", "1", "--b--"), whole("wrong_format")},
		"encoded":                 {joined("--b", `Content-Disposition: form-data; name="a"`, "Content-Transfer-Encoding: base64", "", "MQ==", "--b--"), whole("wrong_format")},
		"name that is no UTF-8":   {joined(textPart("\xff", "1"), "--b--"), whole("wrong_format")},
		"name of two lines":       {joined("--b", "Content-Disposition: form-data; name*=utf-8''a%0Ab", "", "1", "--b--"), whole("wrong_format")},
		"text that is no UTF-8":   {joined(textPart("a", "\xff"), "--b--"), map[string]string{"a": "wrong_format"}},
		"text with NUL":           {joined(textPart("a", "1\x00"), "--b--"), map[string]string{"a": "wrong_format"}},
		"text twice":              {joined(textPart("a", "1"), textPart("a", "1"), "--b--"), map[string]string{"a": "duplicate"}},
		"text and file":           {joined(textPart("a", "1"), "--b", `Content-Disposition: form-data; name="a"; filename="x"`, "", "1", "--b--"), map[string]string{"a": "duplicate"}},
		"file twice, none chosen": {joined("--b", `Content-Disposition: form-data; name="f"; filename=""`, "", "", "--b", `Content-Disposition: form-data; name="f"; filename="x"`, "", "1", "--b--"), map[string]string{"f": "duplicate"}},
		"too many":                {joined(append(many, "--b--")...), whole("wrong_length")},
		"long name, twice":        {joined(textPart(strings.Repeat("a", 1000), ""), textPart(strings.Repeat("a", 1000), ""), "--b--"), whole("duplicate")},
	} {
		got := s.send(t, "PUT", "/x", tc.body, multipartType)
		f := got.fault(t)
		if diff := cmp.Diff(tc.want, f.Fields); diff != "" || got.status != http.StatusBadRequest || f.Reason != fault.Malformed {
			t.Errorf("%s: %d %s %s", name, got.status, f.Reason, diff)
		}
	}
	if got := s.send(t, "PUT", "/x", joined(append(many[:32], "--b--")...), multipartType); got.status != http.StatusOK {
		t.Errorf("32 parts: %d %s", got.status, got.body)
	}
}

func TestPartsAreBounded(t *testing.T) {
	t.Parallel()
	s := takesParts(t)
	half := strings.Repeat("a", 32<<10)
	file := func(size int) string {
		whole := joined("--b", `Content-Disposition: form-data; name="f"; filename="x"`, "", "", "--b--")
		return strings.Replace(whole, "\r\n\r\n\r\n", "\r\n\r\n"+strings.Repeat("x", size-len(whole))+"\r\n", 1)
	}
	for name, tc := range map[string]struct {
		body   string
		status int
	}{
		"texts of 64 KiB":             {joined(textPart("a", half), textPart("b", half), "--b--"), 200},
		"texts of 64 KiB and a byte":  {joined(textPart("a", half), textPart("b", half), textPart("c", "a"), "--b--"), 413},
		"body at the limit":           {file(partsLimit), 200},
		"body a byte above the limit": {file(partsLimit + 1), 413},
	} {
		got := s.send(t, "PUT", "/x", tc.body, multipartType)
		if got.status != tc.status || tc.status == 413 && got.fault(t).Reason != fault.TooLarge {
			t.Errorf("%s: %d", name, got.status)
		}
	}
}

func TestPartsMediaType(t *testing.T) {
	t.Parallel()
	s := takesParts(t)
	good := joined(textPart("a", "1"), "--b--")
	for header, want := range map[string]int{
		multipartType:                                     200,
		multipartType + "; charset=utf-8":                 200,
		`Content-Type: multipart/form-data; boundary="b"`: 200,
		multipartType + "; charset=latin1":                415,
		multipartType + "; other=x":                       415,
		"Content-Type: multipart/form-data":               400,
		"Content-Type: multipart/mixed; boundary=b":       415,
		jsonType: 415,
		formType: 415,
		"X: y":   415,
	} {
		if got := s.send(t, "PUT", "/x", good, header); got.status != want {
			t.Errorf("%s: %d %s", header, got.status, got.body)
		}
	}
}
