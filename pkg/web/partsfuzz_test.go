package web

import (
	"bytes"
	"errors"
	"mime/multipart"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/fault"
)

// FuzzParts: what is taken is within bounds and, written anew by the standard library, the same; what is refused is refused
// with a fault that says what is wrong.
func FuzzParts(f *testing.F) {
	const disposition = "Content-Disposition: form-data; "
	for _, seed := range []string{
		disposition + "name=a\r\n\r\n1", disposition + "name=\"f\"; filename=\"x\"\r\nContent-Type: image/png\r\n\r\n\x00\xff",
		disposition + "name=a\r\n\r\n1\r\n--b\r\n" + disposition + "name=b\r\n\r\n2", disposition + "name=a\n\n1",
		disposition + "name*=utf-8''%0a\r\n\r\n", disposition + "name=a;\r\n b=c\r\n\r\n", disposition + "name=a\r\n\r\n\r\n--b \t",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, parts []byte) {
		body := []byte("--b\r\n" + string(parts) + "\r\n--b--\r\n")
		got, err := readParts(body, "b")
		if err != nil {
			var refused *fault.Fault
			if !errors.As(err, &refused) || refused.Reason != fault.TooLarge && (refused.Reason != fault.Malformed || len(refused.Fields) == 0) {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if len(got.Texts)+len(got.Files) > maxParts {
			t.Fatalf("%d texts and %d files", len(got.Texts), len(got.Files))
		}
		for name, text := range got.Texts {
			if !plainText(name) || !plainText(text) {
				t.Fatalf("%q gave %q: %q", body, name, text)
			}
		}
		rewritten, boundary := rewrite(t, got)
		again, err := readParts(rewritten, boundary)
		if err != nil {
			t.Fatalf("%q: %v", rewritten, err)
		}
		if diff := cmp.Diff(contents(got), contents(again)); diff != "" {
			t.Fatalf("%q: %s", body, diff)
		}
	})
}

// rewrite is a body with the parts of set.
func rewrite(t *testing.T, set PartSet) (body []byte, boundary string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, text := range contents(set) {
		var err error
		if _, isFile := set.Files[name]; isFile {
			var part interface{ Write([]byte) (int, error) }
			if part, err = w.CreateFormFile(name, "x"); err == nil {
				_, err = part.Write([]byte(text))
			}
		} else {
			err = w.WriteField(name, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.Boundary()
}

// contents are the parts' contents, texts and files alike.
func contents(set PartSet) map[string]string {
	all := map[string]string{}
	for name, text := range set.Texts {
		all[name] = text
	}
	for name, file := range set.Files {
		all[name] = string(file.Bytes)
	}
	return all
}
