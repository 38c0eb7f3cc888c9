package inbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// Bounds on how a message may be built.
const (
	maxDepth   = 8
	maxParts   = 100
	maxSnippet = 200 // characters
)

// message is a mail as it was understood. Text is never empty if the mail isn't: what can't be parsed is shown raw.
type message struct {
	id          string
	created     time.Time // when it came
	date        time.Time // its Date, or created
	size        int       // bytes on the wire
	read        bool
	messageID   string // without angle brackets
	returnPath  string
	from        mail.Address
	to, cc, bcc []mail.Address
	replyTo     []mail.Address
	subject     string
	text, html  string
	attachments []attachment
}

// attachment is a part that is neither the text nor the HTML; its content is not kept.
type attachment struct {
	name, contentType string
	size              int // bytes
}

// snippet is the beginning of the text, on one line.
func (m *message) snippet() string {
	words := strings.Join(strings.Fields(m.text), " ")
	if runes := []rune(words); len(runes) > maxSnippet {
		return string(runes[:maxSnippet])
	}
	return words
}

// parse understands a mail. Recipients that its header doesn't name are its bcc.
func parse(raw []byte, from string, to []string, now time.Time) *message {
	m := &message{created: now.UTC(), date: now.UTC(), size: len(raw), returnPath: from, from: mail.Address{Address: from}}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.text = strings.ToValidUTF8(string(raw), "\uFFFD")
		m.bcc = addresses(to)
		return m
	}
	m.header(parsed.Header)
	known := map[string]bool{}
	for _, a := range append(append([]mail.Address{}, m.to...), m.cc...) {
		known[strings.ToLower(a.Address)] = true
	}
	for _, a := range to {
		if !known[strings.ToLower(a)] {
			m.bcc = append(m.bcc, mail.Address{Address: a})
		}
	}
	parts := maxParts
	m.part(textproto.MIMEHeader(parsed.Header), parsed.Body, maxDepth, &parts)
	return m
}

func (m *message) header(h mail.Header) {
	if date, err := h.Date(); err == nil {
		m.date = date
	}
	if from := list(h, "From"); len(from) > 0 {
		m.from = from[0]
	}
	m.to, m.cc, m.replyTo = list(h, "To"), list(h, "Cc"), list(h, "Reply-To")
	m.subject = decodeHeader(h.Get("Subject"))
	m.messageID = strings.Trim(h.Get("Message-Id"), "<> ")
}

// part takes one MIME part in, or those below it.
func (m *message) part(h textproto.MIMEHeader, body io.Reader, depth int, parts *int) {
	if depth == 0 || *parts == 0 {
		return
	}
	*parts--
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		for r := multipart.NewReader(body, params["boundary"]); ; {
			p, err := r.NextRawPart()
			if err != nil {
				return
			}
			m.part(p.Header, p, depth-1, parts)
		}
	}
	content := decodeBody(h.Get("Content-Transfer-Encoding"), body)
	disposition, dispositionParams, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err != nil {
		disposition = "inline"
	}
	switch {
	case disposition == "inline" && kind == "text/plain" && m.text == "":
		m.text = toUTF8(content, params["charset"])
	case disposition == "inline" && kind == "text/html" && m.html == "":
		m.html = toUTF8(content, params["charset"])
	default:
		name := dispositionParams["filename"]
		if name == "" {
			name = params["name"]
		}
		m.attachments = append(m.attachments, attachment{name: decodeHeader(name), contentType: kind, size: len(content)})
	}
}

// decodeBody gives what could be decoded, even if not all could.
func decodeBody(encoding string, body io.Reader) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, _ := io.ReadAll(body)
	return content
}

// toUTF8 converts what needs no tables: ISO 8859-1 and what is UTF-8 or ASCII already.
func toUTF8(b []byte, charset string) string {
	if strings.EqualFold(charset, "iso-8859-1") {
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		return string(runes)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// decodeHeader decodes the encoded words of RFC 2047.
func decodeHeader(s string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		decoded = s
	}
	return strings.ToValidUTF8(decoded, "\uFFFD")
}

func list(h mail.Header, name string) []mail.Address {
	found, err := h.AddressList(name)
	if err != nil {
		return nil
	}
	out := make([]mail.Address, len(found))
	for i, a := range found {
		out[i] = *a
	}
	return out
}

func addresses(list []string) []mail.Address {
	out := make([]mail.Address, len(list))
	for i, a := range list {
		out[i] = mail.Address{Address: a}
	}
	return out
}
