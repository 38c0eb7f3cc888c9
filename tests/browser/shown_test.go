package browser

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
)

// page is what a tab shows, as assistive technology is told.
type page struct {
	t      *testing.T
	status int
	html   string
	nodes  []node
}

// node is one of the accessibility tree.
type node struct {
	role, name, description string
	focused, invalid        bool
	level                   string
	dom                     cdp.BackendNodeID
}

func read(n *accessibility.Node) node {
	out := node{role: text(n.Role), name: text(n.Name), description: text(n.Description), dom: n.BackendDOMNodeID}
	for _, p := range n.Properties {
		switch p.Name {
		case accessibility.PropertyNameFocused:
			out.focused = text(p.Value) == "true"
		case accessibility.PropertyNameInvalid:
			out.invalid = text(p.Value) == "true"
		case accessibility.PropertyNameLevel:
			out.level = text(p.Value)
		}
	}
	return out
}

// text is a value as it is read out.
func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) != nil {
		return string(v.Value)
	}
	return s
}

// all are the nodes of a role.
func (p *page) all(role string) []node {
	return slices.DeleteFunc(slices.Clone(p.nodes), func(n node) bool { return n.role != role })
}

// find is the one node of a role and name.
func (p *page) find(role, name string) node {
	p.t.Helper()
	found := slices.DeleteFunc(p.all(role), func(n node) bool { return n.name != name })
	if len(found) != 1 {
		p.t.Fatalf("%d %ss are named %q on %s", len(found), role, name, p.html)
	}
	return found[0]
}

// focus is what has it, as "role name".
func (p *page) focus() string {
	for _, n := range p.nodes {
		if n.focused && n.role != "RootWebArea" {
			return n.role + " " + n.name
		}
	}
	return ""
}

// says fails the test unless the page is answered with that status and heading, and holds the texts.
func (p *page) says(status int, heading string, texts ...string) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("status %d, want %d: %s", p.status, status, p.html)
	}
	p.find("heading", heading)
	for _, s := range texts {
		if !slices.ContainsFunc(p.nodes, func(n node) bool { return strings.Contains(n.name, s) }) {
			p.t.Errorf("nothing reads %q on %s", s, p.html)
		}
	}
	return p
}

// speaks fails the test unless the page says that it is in a language.
func (p *page) speaks(language string) *page {
	p.t.Helper()
	if !strings.Contains(p.html, `<html lang="`+language+`">`) {
		p.t.Errorf("the page does not say that it is in %s", language)
	}
	return p
}

// isWellMade demands what every page owes to whoever can't see it.
func (p *page) isWellMade() {
	p.t.Helper()
	if !strings.Contains(p.html, `<html lang="`) {
		p.t.Error("the page names no language")
	}
	if root := p.all("RootWebArea"); len(root) != 1 || !strings.HasSuffix(root[0].name, " – Watchword") {
		p.t.Errorf("the page's title is %+v", root)
	}
	if n := len(p.all("main")); n != 1 {
		p.t.Errorf("%d main parts", n)
	}
	top := slices.DeleteFunc(p.all("heading"), func(n node) bool { return n.level != "1" })
	if len(top) != 1 {
		p.t.Errorf("headings of level 1: %+v", top)
	}
	for _, n := range p.nodes {
		switch n.role {
		case "button", "textbox", "link", "alert", "region", "heading":
			if n.name == "" {
				p.t.Errorf("a %s has no name: %s", n.role, p.html)
			}
		}
	}
}
