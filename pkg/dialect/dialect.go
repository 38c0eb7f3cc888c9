// Package dialect reads which of the account APIs an installation serves, and on which hosts one of them alone.
package dialect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/web"
)

// names are the dialects there are.
var names = []string{
	string(session.Legion), string(session.Nerdcult), string(session.ILD), string(session.Wolf), string(session.Lynx),
}

// Choice is what an installation serves.
type Choice struct {
	on    []string
	hosts map[string]string
}

// Choose reads WATCHWORD_DIALECTS (names) and WATCHWORD_DIALECT_HOSTS (host=name each). The error names the setting.
func Choose(dialects, hosts []string) (Choice, error) {
	c := Choice{on: dialects, hosts: map[string]string{}}
	if len(dialects) == 0 {
		return Choice{}, fmt.Errorf("WATCHWORD_DIALECTS: must name one at least of %s", strings.Join(names, ", "))
	}
	for _, name := range dialects {
		if !slices.Contains(names, name) {
			return Choice{}, fmt.Errorf("WATCHWORD_DIALECTS: %q is none of %s", name, strings.Join(names, ", "))
		}
	}
	for _, text := range hosts {
		host, name, _ := strings.Cut(text, "=")
		if host == "" || strings.ContainsAny(host, "/: *") || !slices.Contains(dialects, name) {
			return Choice{}, fmt.Errorf("WATCHWORD_DIALECT_HOSTS: %q is not a host without port, = and a dialect that is served", text)
		}
		if _, twice := c.hosts[host]; twice {
			return Choice{}, fmt.Errorf("WATCHWORD_DIALECT_HOSTS: %q is given twice", host)
		}
		c.hosts[host] = name
	}
	return c, nil
}

// Hosts are those that are bound to one dialect.
func (c Choice) Hosts() map[string]string { return c.hosts }

// Serves tells whether name is served: a dialect that is chosen, or what is none.
func (c Choice) Serves(name string) bool {
	return !slices.Contains(names, name) || slices.Contains(c.on, name)
}

// Apply switches off what is not served.
func (c Choice) Apply(all []web.Dialect) []web.Dialect {
	for i := range all {
		all[i].Off = !c.Serves(all[i].Name)
	}
	return all
}
