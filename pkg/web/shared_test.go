package web_test

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
)

const (
	formType      = "Content-Type: application/x-www-form-urlencoded"
	multipartType = "Content-Type: multipart/form-data; boundary=b"
)

// told answers with the name of the dialect whose route was reached.
func told(name, method, path string, body web.Body) web.Route {
	r := route(method, path, func(c *fiber.Ctx) error { return c.SendString(name) })
	r.Body = body
	return r
}

// pair are two dialects under one prefix: j speaks JSON and f forms. They share two paths, and each has one of its own.
func pair() (j, f web.Dialect) {
	prefixes := []string{"/auth", "/api/auth"}
	j = dialect("j", prefixes, told("j", "POST", "/auth/login", web.JSON), told("j", "DELETE", "/auth/totp", web.OptionalJSON),
		told("j", "PUT", "/auth/items/:id", web.OptionalJSON))
	f = dialect("f", prefixes, told("f", "POST", "/auth/login", web.Form), told("f", "POST", "/auth/refresh", web.Form),
		told("f", "PUT", "/auth/items/:id", web.Form))
	return j, f
}

// visit is a request and what becomes of it: the dialect that answers, and why it refuses ("" where it does not).
type visit struct {
	method, path, body, header string
	dialect                    string
	reason                     fault.Reason
}

func (v visit) check(t *testing.T, s server, more ...string) answer {
	t.Helper()
	headers := more
	if v.header != "" {
		headers = append([]string{v.header}, more...)
	}
	got := s.send(t, v.method, v.path, v.body, headers...)
	who, why := got.body, fault.Reason("")
	if got.status != http.StatusOK {
		f := got.fault(t)
		who, why = f.Dialect, f.Reason
	}
	if who != v.dialect || why != v.reason || why != "" && got.status != statuses[why] {
		t.Errorf("%s %s %q, %s %v: %d by %s, %s; want %s, %s", v.method, v.path, v.body, v.header, more, got.status, who, why, v.dialect, v.reason)
	}
	return got
}

func TestContentTypeChoosesBetweenDialects(t *testing.T) {
	t.Parallel()
	j, f := pair()
	for _, s := range []server{start(t, nil, j, f), start(t, nil, f, j)} {
		for _, v := range []visit{
			{"POST", "/auth/login", "{}", jsonType, "j", ""},
			{"POST", "/auth/login", "{}", "Content-Type: Application/JSON; charset=utf-8", "j", ""},
			{"POST", "/auth/login", "a=b", formType, "f", ""},
			{"POST", "/auth/login", "a=b", formType + "; charset=UTF-8", "f", ""},
			{"POST", "/auth/login", "", formType, "f", ""},
			{"POST", "/auth/login", "", "", "j", ""},
			{"POST", "/auth/login", "a=b", "", "j", fault.MediaUnsupported},
			{"POST", "/auth/login", "a=b", "Content-Type: text/plain", "j", fault.MediaUnsupported},
			{"POST", "/auth/login", "--b--", multipartType, "j", fault.MediaUnsupported},
			{"POST", "/auth/login", "a=b", "Content-Type: /", "j", fault.MediaUnsupported},
			{"POST", "/auth/login", "a=b", formType + "; charset=latin1", "f", fault.MediaUnsupported},
			{"PUT", "/auth/items/7", "a=b", formType, "f", ""},
			{"PUT", "/auth/items/7", "", "", "j", ""},
			{"POST", "/auth/refresh", "a=b", formType, "f", ""},
			{"POST", "/auth/refresh", "{}", jsonType, "f", fault.MediaUnsupported},
			{"DELETE", "/auth/totp", "", "", "j", ""},
			{"DELETE", "/auth/totp", "a=b", formType, "j", fault.MediaUnsupported},
		} {
			v.check(t, s)
		}
	}
}

func TestASharedPrefixIsWordedByTheRequestsType(t *testing.T) {
	t.Parallel()
	j, f := pair()
	for _, s := range []server{start(t, nil, dialect("first", nil), j, f), start(t, nil, dialect("first", nil), f, j)} {
		for _, v := range []visit{
			{"POST", "/auth/nowhere", "a=b", formType, "f", fault.RouteUnknown},
			{"POST", "/api/auth/nowhere", "{}", jsonType, "j", fault.RouteUnknown},
			{"GET", "/auth", "", "", "j", fault.RouteUnknown},
			{"GET", "/authority", "", formType, "first", fault.RouteUnknown},
			{"PUT", "/auth/login", "a=b", formType, "f", fault.MethodRefused},
			{"GET", "/auth/refresh", "", "", "j", fault.MethodRefused},
			{"POST", "/auth/login", "a=b", formType, "f", fault.Misdirected},
		} {
			var more []string
			if v.reason == fault.Misdirected {
				more = []string{"Host: evil.example"}
			}
			got := v.check(t, s, more...)
			if v.reason == fault.MethodRefused && got.header.Get("Allow") != "POST" {
				t.Errorf("%s: Allow %q", v.path, got.header.Get("Allow"))
			}
		}
	}
}

func TestAllowListsTheMethodsOfAllDialects(t *testing.T) {
	t.Parallel()
	j, f := pair()
	j.Routes = append(j.Routes, told("j", "DELETE", "/auth/login", web.NoBody))
	f.Routes = append(f.Routes, told("f", "GET", "/auth/login", web.NoBody))
	got := start(t, nil, j, f).send(t, "PATCH", "/auth/login", "")
	if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET, HEAD, POST, DELETE" {
		t.Errorf("%d, Allow %q", got.status, got.header.Get("Allow"))
	}
}

func TestADialectThatIsOffIsUnknown(t *testing.T) {
	t.Parallel()
	j, f := pair()
	off := func(d web.Dialect) web.Dialect { d.Off = true; return d }
	withoutForms, withoutJSON, without := start(t, nil, j, off(f)), start(t, nil, off(j), f), start(t, nil, off(j), off(f))
	for _, tc := range []struct {
		s server
		visit
	}{
		{withoutForms, visit{"POST", "/auth/login", "a=b", formType, "f", fault.RouteUnknown}},
		{withoutForms, visit{"POST", "/auth/login", "{}", jsonType, "j", ""}},
		{withoutForms, visit{"POST", "/auth/login", "a=b", "Content-Type: text/plain", "j", fault.MediaUnsupported}},
		{withoutForms, visit{"POST", "/auth/refresh", "a=b", formType, "f", fault.RouteUnknown}},
		{withoutForms, visit{"GET", "/auth/refresh", "", "", "j", fault.RouteUnknown}},
		{withoutJSON, visit{"POST", "/auth/login", "{}", jsonType, "j", fault.RouteUnknown}},
		{withoutJSON, visit{"POST", "/auth/login", "a=b", formType, "f", ""}},
		{withoutJSON, visit{"POST", "/auth/login", "a=b", "Content-Type: text/plain", "f", fault.MediaUnsupported}},
		{withoutJSON, visit{"DELETE", "/auth/totp", "", "", "j", fault.RouteUnknown}},
		{without, visit{"POST", "/auth/login", "a=b", formType, "f", fault.RouteUnknown}},
		{without, visit{"GET", "/auth/login", "", "", "j", fault.RouteUnknown}},
	} {
		tc.check(t, tc.s)
	}
	if n := len(without.app.Routes()); n != 0 {
		t.Errorf("%d routes are listed", n)
	}
}

func TestSharedRoutesAreTwoOfDifferentTypes(t *testing.T) {
	t.Parallel()
	d := func(name, path string, body web.Body) web.Dialect {
		return dialect(name, nil, told(name, "POST", path, body))
	}
	for name, dialects := range map[string][]web.Dialect{
		"JSON twice":         {d("a", "/x", web.JSON), d("b", "/x", web.OptionalJSON)},
		"forms twice":        {d("a", "/x", web.Form), d("b", "/x", web.Form)},
		"one without a body": {d("a", "/x", web.NoBody), d("b", "/x", web.Form)},
		"other parameters":   {d("a", "/x/:a", web.JSON), d("b", "/x/:b", web.Form)},
	} {
		if _, err := build(t, nil, dialects...); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if _, err := build(t, nil, d("a", "/x", web.JSON), d("b", "/x", web.Form), d("c", "/x", web.Multipart)); err != nil {
		t.Error(err)
	}
}

// The dialect's Before and cookie go with the route that was chosen.
func TestBeforeIsTheChosenDialects(t *testing.T) {
	t.Parallel()
	j, f := pair()
	j.Before = func(*fiber.Ctx) error { return fault.New(fault.OriginRefused) }
	s := start(t, nil, j, f)
	visit{"POST", "/auth/login", "{}", jsonType, "j", fault.OriginRefused}.check(t, s)
	visit{"POST", "/auth/login", "a=b", formType, "f", ""}.check(t, s)
}
