package gateway

import "strings"

// Service is one of the services that have public routes.
type Service string

// The services behind the gateway. The mailer has no public route.
const (
	Auth  Service = "auth"
	Users Service = "users"
)

// Route sends a path to a service: that path alone if Exact, else the path and all below it, by whole segments, as
// Kubernetes' path types Exact and Prefix do.
type Route struct {
	Path  string
	Exact bool
	To    Service
}

// Routes is the list of CONTRACT, section Routing; every gateway in front of the services has the same. An exact path
// wins over a prefix, a longer prefix over a shorter one.
func Routes() []Route {
	return []Route{
		{Path: "/users/login", Exact: true, To: Auth},
		{Path: "/users/otp/login", Exact: true, To: Auth},
		{Path: "/users/auth", To: Auth},
		{Path: "/account", To: Auth},
		{Path: "/sign", To: Auth},
		{Path: "/auth", To: Auth},
		{Path: "/api/auth", To: Auth},
		{Path: "/.well-known", To: Auth},
		{Path: "/csrf-token", Exact: true, To: Auth},
		{Path: "/verify", To: Auth},
		{Path: "/reset", To: Auth},
		{Path: "/openapi", To: Auth},
		{Path: "/docs", To: Auth},
		{Path: "/users", To: Users},
		{Path: "/user", To: Users},
	}
}

// Match finds the service that serves path; not ok: none does.
func Match(routes []Route, path string) (to Service, ok bool) {
	longest := -1
	for _, r := range routes {
		switch {
		case r.Exact && path == r.Path:
			return r.To, true
		case !r.Exact && len(r.Path) > longest && below(path, r.Path):
			to, longest = r.To, len(r.Path)
		}
	}
	return to, longest >= 0
}

func below(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// clean reports whether every reader of path, as it is on the wire, must understand it alike. Not clean are empty and
// dot segments, backslashes, and an escape of what needs none or changes how a path is cut: letters, digits, "-", ".",
// "_", "~", "/", "\", "%" and control characters. A slash may end it.
func clean(path string) bool {
	if !strings.HasPrefix(path, "/") {
		return false
	}
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		if s == "" && i < len(segments)-1 || s == "." || s == ".." || !cleanSegment(s) {
			return false
		}
	}
	return true
}

func cleanSegment(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ', c >= 0x7f, c == '\\':
			return false
		case c == '%':
			high, low := unhex(s, i+1), unhex(s, i+2)
			if high < 0 || low < 0 || !mayEscape(byte(high<<4|low)) {
				return false
			}
		}
	}
	return true
}

func mayEscape(c byte) bool {
	switch {
	case c < ' ', c == 0x7f, 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return false
	default:
		return !strings.ContainsRune(`-._~/\%`, rune(c))
	}
}

// unhex is the value of the hex digit at s[i]; -1: it is none.
func unhex(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	return strings.IndexByte("0123456789abcdef", s[i]|0x20)
}
