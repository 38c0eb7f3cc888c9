package inbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/mail"
	"strconv"
	"time"
)

// The JSON of Mailpit's API, in its names.
type (
	addressJSON struct {
		Name    string
		Address string
	}
	summaryJSON struct {
		ID          string
		MessageID   string
		Read        bool
		From        addressJSON
		To          []addressJSON
		Cc          []addressJSON
		Bcc         []addressJSON
		ReplyTo     []addressJSON
		Subject     string
		Created     time.Time
		Tags        []string
		Size        int // bytes
		Attachments int
		Snippet     string
	}
	summariesJSON struct {
		Total    int           `json:"total"`
		Unread   int           `json:"unread"`
		Count    int           `json:"count"`          // in this answer
		Matching int           `json:"messages_count"` // of which this answer is a page
		Start    int           `json:"start"`
		Tags     []string      `json:"tags"`
		Messages []summaryJSON `json:"messages"`
	}
	messageJSON struct {
		ID          string
		MessageID   string
		From        addressJSON
		To          []addressJSON
		Cc          []addressJSON
		Bcc         []addressJSON
		ReplyTo     []addressJSON
		ReturnPath  string
		Subject     string
		Date        time.Time
		Tags        []string
		Text        string
		HTML        string
		Size        int // bytes
		Inline      []attachmentJSON
		Attachments []attachmentJSON
	}
	attachmentJSON struct {
		FileName    string
		ContentType string
		Size        int // bytes
	}
)

const (
	defaultLimit = 50
	maxDelete    = 64 << 10 // bytes of a DELETE's body
)

// apiList is GET /api/v1/messages?start=0&limit=50, the newest first.
func (s *Server) apiList(w http.ResponseWriter, r *http.Request) {
	s.writeList(w, r, func(message) bool { return true })
}

// apiSearch is GET /api/v1/search?query=…, paged like the list.
func (s *Server) apiSearch(w http.ResponseWriter, r *http.Request) {
	matches, err := parseQuery(r.FormValue("query"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.writeList(w, r, matches)
}

func (s *Server) writeList(w http.ResponseWriter, r *http.Request, matches func(message) bool) {
	start, err := number(r, "start", 0)
	limit, err2 := number(r, "limit", defaultLimit)
	if err := errors.Join(err, err2); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := summariesJSON{Start: start, Tags: []string{}, Messages: []summaryJSON{}}
	for _, m := range s.box.all() {
		out.Total++
		if !m.read {
			out.Unread++
		}
		if !matches(m) {
			continue
		}
		if out.Matching >= start && len(out.Messages) < limit {
			out.Messages = append(out.Messages, summary(m))
		}
		out.Matching++
	}
	out.Count = len(out.Messages)
	writeJSON(w, out)
}

// apiMessage is GET /api/v1/message/{ID}; "latest" is an ID too. It marks the message as read.
func (s *Server) apiMessage(w http.ResponseWriter, r *http.Request) {
	m, ok := s.box.open(r.PathValue("id"))
	if !ok {
		http.Error(w, "message not found", http.StatusNotFound)
		return
	}
	out := messageJSON{
		ID: m.id, MessageID: m.messageID, From: addressJSON(m.from), To: addressesJSON(m.to), Cc: addressesJSON(m.cc),
		Bcc: addressesJSON(m.bcc), ReplyTo: addressesJSON(m.replyTo), ReturnPath: m.returnPath, Subject: m.subject,
		Date: m.date, Tags: []string{}, Text: m.text, HTML: m.html, Size: m.size,
		Inline: []attachmentJSON{}, Attachments: []attachmentJSON{},
	}
	for _, a := range m.attachments {
		out.Attachments = append(out.Attachments, attachmentJSON{FileName: a.name, ContentType: a.contentType, Size: a.size})
	}
	writeJSON(w, out)
}

// apiDelete is DELETE /api/v1/messages: those whose IDs the body names, or all without a body.
func (s *Server) apiDelete(w http.ResponseWriter, r *http.Request) {
	var body struct{ IDs []string }
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxDelete)).Decode(&body)
	if err != nil && !errors.Is(err, io.EOF) {
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	s.box.remove(body.IDs)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok")
}

func summary(m message) summaryJSON {
	return summaryJSON{
		ID: m.id, MessageID: m.messageID, Read: m.read, From: addressJSON(m.from), To: addressesJSON(m.to),
		Cc: addressesJSON(m.cc), Bcc: addressesJSON(m.bcc), ReplyTo: addressesJSON(m.replyTo), Subject: m.subject,
		Created: m.created, Tags: []string{}, Size: m.size, Attachments: len(m.attachments), Snippet: m.snippet(),
	}
}

func addressesJSON(list []mail.Address) []addressJSON {
	out := make([]addressJSON, len(list))
	for i, a := range list {
		out[i] = addressJSON(a)
	}
	return out
}

func number(r *http.Request, name string, absent int) (int, error) {
	s := r.FormValue(name)
	if s == "" {
		return absent, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, errors.New(name + " is not a whole number")
	}
	return int(n), nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
