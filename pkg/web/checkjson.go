package web

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/watchword/watchword/pkg/fault"
)

const (
	wholeBody = "body" // what Fields calls a fault that is in no member
	maxDepth  = 8
	maxPath   = 100 // bytes of a path that Fields repeats

	fieldDepth = "too_deep"
)

// checkJSON refuses what parsers read differently or silently mend: bytes behind the value, invalid UTF-8, lone
// surrogates, NUL, duplicate members and deep nesting. It wants an object.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) || !json.Valid(body) {
		return fault.Field(fault.Malformed, wholeBody, fault.FieldFormat)
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); trimmed[0] != '{' {
		return fault.Field(fault.Malformed, wholeBody, fault.FieldType)
	}
	c := checker{body: body, dec: json.NewDecoder(bytes.NewReader(body))}
	c.dec.UseNumber()
	return c.value("", 1)
}

type checker struct {
	body []byte
	dec  *json.Decoder
}

// next gives a token and how it is written.
func (c checker) next() (json.Token, []byte, error) {
	from := c.dec.InputOffset()
	token, err := c.dec.Token()
	if err != nil {
		return nil, nil, fault.Field(fault.Malformed, wholeBody, fault.FieldFormat).Because(err)
	}
	return token, c.body[from:c.dec.InputOffset()], nil
}

func (c checker) value(path string, depth int) error {
	token, raw, err := c.next()
	if err != nil {
		return err
	}
	delim, nested := token.(json.Delim)
	switch {
	case !nested:
		return text(raw, path)
	case depth > maxDepth:
		return malformed(path, fieldDepth)
	case delim == '{':
		err = c.members(path, depth)
	default:
		err = c.items(path, depth)
	}
	if err != nil {
		return err
	}
	_, _, err = c.next() // the closing delimiter
	return err
}

func (c checker) members(path string, depth int) error {
	seen := map[string]bool{}
	for c.dec.More() {
		token, raw, err := c.next()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		member := join(path, name)
		if err := text(raw, member); err != nil {
			return err
		}
		if seen[name] {
			return malformed(member, fault.FieldDuplicate)
		}
		seen[name] = true
		if err := c.value(member, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) items(path string, depth int) error {
	for i := 0; c.dec.More(); i++ {
		if err := c.value(join(path, strconv.Itoa(i)), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// text refuses escapes of NUL and of half a surrogate pair, which encoding/json turns into U+FFFD.
func text(raw []byte, path string) error {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return nil
		}
		raw = raw[i:]
		if raw[1] != 'u' {
			raw = raw[2:]
			continue
		}
		unit := escape(raw)
		raw = raw[6:]
		if utf16.IsSurrogate(unit) {
			if utf16.DecodeRune(unit, escape(raw)) == utf8.RuneError {
				return malformed(path, fault.FieldFormat)
			}
			raw = raw[6:]
		}
		if unit == 0 {
			return malformed(path, fault.FieldFormat)
		}
	}
}

// escape is the UTF-16 unit of the \u escape that raw begins with, 0 where it does not.
func escape(raw []byte) rune {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0
	}
	unit, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(unit)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// malformed names a member, or the whole body where the client's name for it is too long to be repeated.
func malformed(path, word string) error {
	if path == "" || len(path) > maxPath {
		path = wholeBody
	}
	return fault.Field(fault.Malformed, path, word)
}
