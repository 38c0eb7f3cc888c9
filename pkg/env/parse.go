package env

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/watchword/watchword/pkg/secret"
)

// parse sets f from text, or says what to write instead. The text itself is never repeated.
func parse(f field, text string) (sentence string) {
	trimmed := strings.TrimSpace(text)
	switch target := f.value.Addr().Interface().(type) {
	case *string:
		*target = text
	case *bool:
		return set(target, strconv.ParseBool, trimmed, "write true or false")
	case *int:
		return set(target, strconv.Atoi, trimmed, "write a whole number")
	case *int64:
		return set(target, parseInt64, trimmed, "write a whole number")
	case *float64:
		return set(target, parseFloat, trimmed, "write a number")
	case *time.Duration:
		return set(target, time.ParseDuration, trimmed, "write a duration such as 30s, 15m or 720h")
	case *[]string:
		*target = list(text)
	case *[]netip.Prefix:
		return set(target, parsePrefixes, trimmed, "write networks separated by commas, such as 10.0.0.0/8,fd00::/8")
	case **url.URL:
		return set(target, parseURL, trimmed, "write an absolute URL such as https://accounts.example.com")
	case *secret.String:
		*target = secret.New(text)
	case *secret.Keyring:
		// A keyring's errors name lines and never what they hold.
		if err := target.UnmarshalText([]byte(text)); err != nil {
			return err.Error()
		}
	case encoding.TextUnmarshaler:
		err := target.UnmarshalText([]byte(trimmed))
		if err != nil && f.secret {
			return "the value is malformed"
		}
		if err != nil {
			return err.Error()
		}
	default:
		panic(fmt.Sprintf("env: no settings of type %s", f.value.Type()))
	}
	return ""
}

func set[T any](target *T, read func(string) (T, error), text, sentence string) string {
	v, err := read(text)
	if err != nil {
		return sentence
	}
	*target = v
	return ""
}

func parseInt64(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

func parseFloat(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, strconv.ErrRange
	}
	return n, err
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err == nil && (u.Scheme == "" || u.Host == "") {
		return nil, errors.New("not absolute")
	}
	return u, err
}

func parsePrefixes(text string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, item := range list(text) {
		p, err := netip.ParsePrefix(item)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, p.Masked())
	}
	return prefixes, nil
}

// list splits at commas; spaces around items and empty items do not count.
func list(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
