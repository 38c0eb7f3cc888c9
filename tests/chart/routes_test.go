package chart

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oasdiff/yaml3"
)

// route is a way to a service; its fields are those of the local gateway's routes.
type route struct {
	Path  string
	Exact bool
	To    string
}

// gatewayRoutes are those of the local gateway, read from its source: its package is internal to the launcher.
func gatewayRoutes(t *testing.T) []route {
	t.Helper()
	path := filepath.Join(repository(t), "deploy", "local", "internal", "gateway", "routes.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var routes []route
	ast.Inspect(file, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		if ok && f.Name.Name != "Routes" {
			return false
		}
		literal, ok := n.(*ast.CompositeLit)
		if !ok || literal.Type != nil { // the list's own
			return true
		}
		var r route
		for _, e := range literal.Elts {
			kv := e.(*ast.KeyValueExpr)
			switch kv.Key.(*ast.Ident).Name {
			case "Path":
				r.Path, _ = strconv.Unquote(kv.Value.(*ast.BasicLit).Value)
			case "Exact":
				r.Exact = kv.Value.(*ast.Ident).Name == "true"
			case "To":
				r.To = strings.ToLower(kv.Value.(*ast.Ident).Name)
			}
		}
		routes = append(routes, r)
		return true
	})
	if len(routes) < 10 {
		t.Fatalf("only %d routes were read of %s", len(routes), path)
	}
	return routes
}

func TestEveryWayInHasTheSameRoutes(t *testing.T) {
	t.Parallel()
	want := gatewayRoutes(t)
	both := renderFile(t, "ingress-and-http-route")

	var ingress []route
	for _, p := range list(at(list(at(both.get(t, "Ingress", fullname+"-public"), "spec", "rules"))[0], "http", "paths")) {
		if at(p, "backend", "service", "port", "name") != "public" {
			t.Errorf("%v leads to another port than the public one", at(p, "path"))
		}
		ingress = append(ingress, route{text(at(p, "path")), at(p, "pathType") == "Exact", part(at(p, "backend", "service", "name"))})
	}
	if diff := cmp.Diff(want, ingress); diff != "" {
		t.Errorf("ingress: %s", diff)
	}

	var gateway []route
	for _, rule := range list(at(both.get(t, "HTTPRoute", fullname+"-public"), "spec", "rules")) {
		match, backend := list(at(rule, "matches"))[0], list(at(rule, "backendRefs"))[0]
		if at(backend, "port") != 8080 {
			t.Errorf("%v leads to port %v", match, at(backend, "port"))
		}
		gateway = append(gateway, route{text(at(match, "path", "value")), at(match, "path", "type") == "Exact", part(at(backend, "name"))})
	}
	if diff := cmp.Diff(want, gateway); diff != "" {
		t.Errorf("HTTPRoute: %s", diff)
	}
	if len(gateway) > 16 {
		t.Errorf("%d rules; an HTTPRoute may have 16", len(gateway))
	}
	byPath := func(a, b route) int { return strings.Compare(a.Path, b.Path) }
	slices.SortFunc(want, byPath)
	if diff := cmp.Diff(want, bundledRoutes(t)); diff != "" {
		t.Errorf("the gateway that comes with the chart: %s", diff)
	}
}

func part(name any) string { return strings.TrimPrefix(text(name), fullname+"-") }

var (
	exactRule  = regexp.MustCompile("^Path\\(`([^`]+)`\\)$")
	prefixRule = regexp.MustCompile("^Path\\(`([^`]+)`\\) \\|\\| PathPrefix\\(`([^`]+)/`\\)$")
)

// bundledRoutes are those of Traefik's file, by path; a longer path must win over a shorter one, and an exact one over all.
func bundledRoutes(t *testing.T) []route {
	t.Helper()
	var file struct {
		HTTP struct {
			Routers map[string]struct {
				Rule, Service string
				Priority      int
			}
		}
	}
	text := text(at(renderFile(t, "evaluation").get(t, "ConfigMap", fullname+"-gateway"), "data", "routes.yaml"))
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	var routes []route
	for _, r := range file.HTTP.Routers {
		want := 0
		if m := exactRule.FindStringSubmatch(r.Rule); m != nil {
			routes, want = append(routes, route{m[1], true, r.Service}), 1000+len(m[1])
		} else if m := prefixRule.FindStringSubmatch(r.Rule); m != nil && m[1] == m[2] {
			routes, want = append(routes, route{m[1], false, r.Service}), 1+len(m[1])
		}
		if r.Priority != want {
			t.Errorf("%s has priority %d, want %d", r.Rule, r.Priority, want)
		}
	}
	slices.SortFunc(routes, func(a, b route) int { return strings.Compare(a.Path, b.Path) })
	return routes
}

func TestHostsFollowTheSettings(t *testing.T) {
	t.Parallel()
	want := any([]any{"accounts.example.com", "s.example.com"})
	if got := at(renderFile(t, "http-route").get(t, "HTTPRoute", fullname+"-public"), "spec", "hostnames"); !cmp.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
