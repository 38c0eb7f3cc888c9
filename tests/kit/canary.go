package kit

import (
	"errors"
	"fmt"
	"index/suffixarray"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// canaries are the secrets that went over the wire: none may be in a log.
type canaries struct {
	mu    sync.Mutex
	kinds map[string]string // by value
}

func newCanaries() *canaries { return &canaries{kinds: map[string]string{}} }

// ulid is what an id looks like: a test may send one in a secret's place, and logs name accounts by theirs.
var ulid = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// least is how long a value must be to be found by its own: shorter ones are words.
const least = 16

func (c *canaries) add(kind, value string) {
	if len(value) < least || strings.Contains(value, "***") || ulid.MatchString(value) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds[value] = kind
}

// secretMembers are the members of bodies whose values are nobody's business.
var secretMembers = []string{
	"password", "newPassword", "token", "accessToken", "csrfToken", "challenge", "otpauth", "otpauthUrl", "email",
}

// addBody adds what a body in JSON holds.
func (c *canaries) addBody(value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			c.addBody(item)
		}
	case map[string]any:
		for name, member := range value {
			if text, ok := member.(string); ok && slices.Contains(secretMembers, name) {
				c.add(name, text)
				continue
			}
			c.addBody(member)
		}
	}
}

// sweep fails where a log holds a canary. It tells the kind alone: its own output is a log too.
func (c *canaries) sweep(log string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	index := suffixarray.New([]byte(log))
	found := map[string]bool{}
	for value, kind := range c.kinds {
		for _, at := range index.Lookup([]byte(value), 1) {
			found[fmt.Sprintf("%s in: %s", kind, strings.ReplaceAll(line(log, at), value, "[canary]"))] = true
		}
	}
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(found)) {
		errs = append(errs, errors.New("the log holds a secret: "+text))
	}
	return errors.Join(errs...)
}

// line is the one around an offset.
func line(text string, at int) string {
	from := strings.LastIndexByte(text[:at], '\n') + 1
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		return text[from : at+n]
	}
	return text[from:]
}
