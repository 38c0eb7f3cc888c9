package web

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// once are the headers that may stand in a request only once: a second one is a disagreement about where a request ends,
// whose it is or where it comes from.
var once = [...]string{
	"host", "content-length", "transfer-encoding", "authorization", "cookie", "content-type", "origin", "sec-fetch-site",
}

// wellFormed refuses what servers are known to read differently (RFC 9112, sections 3 and 6), by the header as it came
// over the wire: fasthttp has taken some of it for good by now.
func wellFormed(h *fasthttp.RequestHeader) bool {
	if string(h.Protocol()) != "HTTP/1.1" || !plainTarget(h.RequestURI()) {
		return false
	}
	lines, ok := headerLines(h.RawHeaders())
	if !ok {
		return false
	}
	for _, name := range once {
		if len(lines[name]) > 1 {
			return false
		}
	}
	length, chunked := lines["content-length"], lines["transfer-encoding"]
	switch {
	case lines["content-encoding"] != nil, lines["trailer"] != nil:
		return false
	case chunked == nil:
		return true
	case length != nil, chunked[0] != "chunked":
		return false
	}
	return !hasTrailers(h, lines)
}

// plainTarget wants the origin form: an absolute one would override Host, and fasthttp reads "//host/path" as such.
func plainTarget(target []byte) bool {
	return len(target) > 0 && target[0] == '/' && !bytes.HasPrefix(target, []byte("//")) && bytes.IndexByte(target, '#') < 0
}

// headerLines reads a header block strictly: each line ends in CRLF, none is folded, each name is a token directly
// before its colon. The keys are lower case.
func headerLines(raw []byte) (map[string][]string, bool) {
	block, ok := bytes.CutSuffix(raw, []byte("\r\n\r\n"))
	if !ok {
		return nil, false
	}
	lines := map[string][]string{}
	for line := range bytes.SplitSeq(block, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(name) || bytes.ContainsAny(value, "\r\n\x00") {
			return nil, false
		}
		key := string(bytes.ToLower(name))
		lines[key] = append(lines[key], string(bytes.Trim(value, " \t")))
	}
	return lines, true
}

// isToken tells whether b may be a header's name (RFC 9110, section 5.6.2).
func isToken(b []byte) bool {
	for _, ch := range b {
		alnum := '0' <= ch && ch <= '9' || 'a' <= ch && ch <= 'z' || 'A' <= ch && ch <= 'Z'
		if !alnum && bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), ch) < 0 {
			return false
		}
	}
	return len(b) > 0
}

// hasTrailers tells whether a chunked body was followed by fields, which fasthttp has added to the header's. Of a length it
// refuses the trailer itself, and adds one to a body that is empty.
func hasTrailers(h *fasthttp.RequestHeader, lines map[string][]string) bool {
	seen := map[string]int{}
	for name := range h.All() {
		key := string(bytes.ToLower(name))
		if key == "content-length" {
			continue
		}
		seen[key]++
		if seen[key] > len(lines[key]) {
			return true
		}
	}
	return false
}
