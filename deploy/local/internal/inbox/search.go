package inbox

import (
	"fmt"
	"net/mail"
	"strings"
)

// parseQuery understands the part of Mailpit's search language that is plain: words that must all occur in the text,
// subject or addresses, to:, from: and subject: before a word that must occur there, is:read and is:unread. A word in
// double quotes may hold spaces. Case doesn't matter. Other prefixes are errors.
func parseQuery(query string) (func(message) bool, error) {
	var all []func(message) bool
	for _, term := range split(strings.ToLower(query)) {
		field, word, ok := strings.Cut(term, ":")
		if !ok {
			field, word = "", term
		}
		switch field {
		case "to":
			all = append(all, func(m message) bool { return anyHolds(word, m.to, m.cc, m.bcc) })
		case "from":
			all = append(all, func(m message) bool { return anyHolds(word, []mail.Address{m.from}) })
		case "subject":
			all = append(all, func(m message) bool { return holds(m.subject, word) })
		case "is":
			if word != "read" && word != "unread" {
				return nil, fmt.Errorf("search by is:%s is not supported", word)
			}
			all = append(all, func(m message) bool { return m.read == (word == "read") })
		case "":
			all = append(all, func(m message) bool {
				return holds(m.text, word) || holds(m.subject, word) || anyHolds(word, []mail.Address{m.from}, m.to, m.cc, m.bcc)
			})
		default:
			return nil, fmt.Errorf("search by %s: is not supported", field)
		}
	}
	return func(m message) bool {
		for _, matches := range all {
			if !matches(m) {
				return false
			}
		}
		return true
	}, nil
}

// split cuts a query at spaces outside double quotes, and drops the quotes.
func split(query string) []string {
	var quoted bool
	terms := strings.FieldsFunc(query, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	for i, t := range terms {
		terms[i] = strings.ReplaceAll(t, `"`, "")
	}
	return terms
}

func anyHolds(word string, lists ...[]mail.Address) bool {
	for _, list := range lists {
		for _, a := range list {
			if holds(a.Address, word) || holds(a.Name, word) {
				return true
			}
		}
	}
	return false
}

func holds(s, word string) bool { return strings.Contains(strings.ToLower(s), word) }
