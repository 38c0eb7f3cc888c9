package inbox

import (
	"bytes"
	"embed"
	"html/template"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
)

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"link": link}).ParseFS(templateFiles, "templates/*.html"))

// What the pages may do: look as they should, frame a mail, and send their forms home. A mail may show styles and
// pictures it carries along, run nothing, load nothing, and open its links in a tab of their own.
const (
	pagePolicy = "default-src 'none'; style-src 'self'; " +
		"frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; " +
		"default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)

// handler routes the pages and the API.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.pageList)
	mux.HandleFunc("GET /message/{id}", s.pageMessage)
	mux.HandleFunc("GET /message/{id}/html", s.pageHTML)
	mux.HandleFunc("GET /style.css", pageStyle)
	mux.HandleFunc("POST /delete", s.pageDelete)
	mux.HandleFunc("GET /api/v1/messages", s.apiList)
	mux.HandleFunc("DELETE /api/v1/messages", s.apiDelete)
	mux.HandleFunc("GET /api/v1/message/{id}", s.apiMessage)
	mux.HandleFunc("GET /api/v1/search", s.apiSearch)
	return s.guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard sets the headers of every answer and refuses names that are not the inbox's: on loopback any other name is a
// stranger's, pointed here by DNS to make a browser read the mails to him.
func (s *Server) guard(next http.Handler) http.Handler {
	addr, ok := s.cfg.HTTP.Addr().(*net.TCPAddr)
	local := ok && addr.IP.IsLoopback()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if local && !loopbackName(r.Host) {
			http.Error(w, "this is not the host you look for", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopbackName(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func (s *Server) pageList(w http.ResponseWriter, _ *http.Request) {
	var list []summaryJSON
	for _, m := range s.box.all() {
		list = append(list, summary(m))
	}
	s.render(w, "list.html", list)
}

func (s *Server) pageMessage(w http.ResponseWriter, r *http.Request) {
	m, ok := s.box.open(r.PathValue("id"))
	if !ok {
		http.Error(w, "no such message", http.StatusNotFound)
		return
	}
	s.render(w, "message.html", struct {
		summaryJSON
		Text    string
		HasHTML bool
	}{summary(m), m.text, m.html != ""})
}

// pageHTML is the HTML part alone, as the mail has it, in a sandbox.
func (s *Server) pageHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := s.box.open(r.PathValue("id"))
	if !ok || m.html == "" {
		http.Error(w, "no such message", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, m.html)
}

func (s *Server) pageDelete(w http.ResponseWriter, r *http.Request) {
	s.box.remove(nil)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func pageStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, templateFiles, "templates/style.css")
}

func (s *Server) render(w http.ResponseWriter, name string, data any) {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, data); err != nil {
		s.cfg.Logger.Error("a page can't be rendered", "page", name, "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w)
}

var links = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// span is a piece of text, or a link if it has an address.
type span struct{ Text, Address string }

// link cuts text at the web addresses in it.
func link(text string) []span {
	var out []span
	at := 0
	for _, m := range links.FindAllStringIndex(text, -1) {
		out = append(out, span{Text: text[at:m[0]]}, span{Text: text[m[0]:m[1]], Address: text[m[0]:m[1]]})
		at = m[1]
	}
	return append(out, span{Text: text[at:]})
}
