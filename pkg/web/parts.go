package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

// maxParts is how many parts of a multipart body are read.
const maxParts = 32

// PartSet holds the parts of a multipart body by their names.
type PartSet struct {
	Texts map[string]string
	Files map[string]File // parts with a file's name
}

// File is a part with a file's name. What its name and type say is the client's word alone.
type File struct {
	Name  string
	Type  string // media type; empty: not said
	Bytes []byte
}

// Parts reads a body of multipart/form-data strictly (RFC 7578): nothing around the parts, of which there are 32 at most,
// none twice and none encoded; names and texts are valid UTF-8, without NUL and names without any control. A file's part without name and content, as
// browsers send it where none was chosen, counts as absent. fault Malformed names the part at fault ("body" for the
// whole); TooLarge where the texts come to more than 64 KiB.
func Parts(c *fiber.Ctx) (PartSet, error) {
	body := c.Request().Body()
	if len(body) == 0 {
		return PartSet{}, malformed("", fault.FieldMissing)
	}
	_, params := contentType(c)
	return readParts(body, params["boundary"])
}

func readParts(body []byte, boundary string) (PartSet, error) {
	set := PartSet{Texts: map[string]string{}, Files: map[string]File{}}
	if !enclosed(body, boundary) {
		return PartSet{}, malformed("", fault.FieldFormat)
	}
	reader, texts, seen := multipart.NewReader(bytes.NewReader(body), boundary), 0, map[string]bool{}
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return set, nil
		}
		if err != nil {
			return PartSet{}, malformed("", fault.FieldFormat)
		}
		name, file, ok := partName(part)
		if !ok {
			return PartSet{}, malformed("", fault.FieldFormat)
		}
		if seen[name] {
			return PartSet{}, malformed(name, fault.FieldDuplicate)
		}
		if seen[name] = true; len(seen) > maxParts {
			return PartSet{}, malformed("", fault.FieldLength)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return PartSet{}, malformed(name, fault.FieldFormat)
		}
		switch {
		case file == nil:
			if texts += len(content); texts > bodyLimit {
				return PartSet{}, fault.New(fault.TooLarge)
			}
			if !plainText(string(content)) {
				return PartSet{}, malformed(name, fault.FieldFormat)
			}
			set.Texts[name] = string(content)
		case *file != "" || len(content) > 0:
			set.Files[name] = File{Name: *file, Type: part.Header.Get("Content-Type"), Bytes: content}
		}
	}
}

// enclosed tells whether the body is parts from its first line to its last: the standard library would skip what stands
// before and behind them, where another reader may see more parts.
func enclosed(body []byte, boundary string) bool {
	if boundary == "" {
		return false
	}
	line, start, end := []byte("\r\n"), []byte("--"+boundary), []byte("--"+boundary+"--")
	return bytes.HasPrefix(bytes.TrimPrefix(body, line), start) &&
		bytes.HasSuffix(bytes.TrimSuffix(body, line), end) && bytes.Count(body, end) == 1
}

// partName is what a part is for; file is nil for a text. ok false where its header does not say so plainly.
func partName(part *multipart.Part) (name string, file *string, ok bool) {
	lines := part.Header["Content-Disposition"]
	if len(lines) != 1 || part.Header["Content-Transfer-Encoding"] != nil {
		return "", nil, false
	}
	kind, params, err := mime.ParseMediaType(lines[0])
	name = params["name"]
	if err != nil || kind != "form-data" || name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", nil, false
	}
	if given, isFile := params["filename"]; isFile {
		file = &given
	}
	return name, file, true
}

// plainText tells whether s is valid UTF-8 without NUL.
func plainText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
