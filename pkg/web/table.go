package web

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// target is a route and whose it is.
type target struct {
	dialect *Dialect
	route   *Route
}

// endpoint is what stands behind a method and a path: one route, or several that take bodies of different types, a form
// last.
type endpoint []target

// endpoints puts the routes of dialects together; those that are all off are left out.
func endpoints(dialects []Dialect) []endpoint {
	var list []endpoint
	at := map[string]int{}
	for i := range dialects {
		d := &dialects[i]
		for k := range d.Routes {
			r := &d.Routes[k]
			n, shared := at[r.key()]
			if !shared {
				n, list = len(list), append(list, nil)
				at[r.key()] = n
			}
			list[n] = append(list[n], target{d, r})
		}
	}
	for _, e := range list {
		slices.SortStableFunc(e, func(a, b target) int { return int(a.route.Body) - int(b.route.Body) })
	}
	return slices.DeleteFunc(list, func(e endpoint) bool {
		return !slices.ContainsFunc(e, func(t target) bool { return !t.dialect.Off })
	})
}

// choose takes the route for the request's type, or the first that is not off.
func (e endpoint) choose(c *fiber.Ctx) target {
	if len(e) == 1 {
		return e[0]
	}
	given, _ := contentType(c)
	live := -1
	for i, t := range e {
		if t.route.Body.media() == given {
			return t
		}
		if live < 0 && !t.dialect.Off {
			live = i
		}
	}
	return e[live]
}

// check looks for what would be a hole or a surprise in the tables.
func check(dialects []Dialect) error {
	if len(dialects) == 0 {
		return errors.New("web: no dialect")
	}
	for _, d := range dialects {
		if d.Render == nil {
			return fmt.Errorf("web: dialect %s has no Render", d.Name)
		}
		for _, r := range d.Routes {
			if err := r.check(); err != nil {
				return fmt.Errorf("web: %s: %s %s: %w", d.Name, r.Method, r.Path, err)
			}
		}
	}
	for _, e := range endpoints(dialects) {
		if !e.distinct() {
			return fmt.Errorf("web: %s %s is both %s's and %s's", e[0].route.Method, e[0].route.Path, e[0].dialect.Name, e[1].dialect.Name)
		}
	}
	return nil
}

func (r Route) check() error {
	switch {
	case !slices.Contains(methods, r.Method) || !strings.HasPrefix(r.Path, "/") || r.Handle == nil:
		return errors.New("needs a known method, a path and Handle")
	case r.Access < Open || r.Access > Member || r.Body < NoBody || r.Body > Multipart:
		return errors.New("needs Access and Body")
	case r.Limit > bodyLimit && strings.Contains(r.Path, ":"):
		return errors.New("has a large body and a path with parameters")
	}
	return nil
}

// distinct tells whether each of an endpoint's routes takes bodies of a type of its own.
func (e endpoint) distinct() bool {
	seen := map[string]bool{}
	for _, t := range e {
		media := t.route.Body.media()
		if len(e) > 1 && media == "" || seen[media] || t.route.Path != e[0].route.Path {
			return false
		}
		seen[media] = true
	}
	return true
}

// key is the method and the path without the names of its parameters.
func (r Route) key() string {
	segments := strings.Split(r.Path, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, ":") {
			segments[i] = ":"
		}
	}
	return r.Method + " " + strings.Join(segments, "/")
}
