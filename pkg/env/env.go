// Package env fills a service's configuration from its environment. A field's tags are its whole description:
//
//	env:"WATCHWORD_X"   the variable          envDefault:"…"  its default
//	doc:"…"             a sentence for the table in the README
//	secret:"true"       may also come from the file that WATCHWORD_X_FILE names; never printed
//
// Field types: string, bool, int, int64, float64, time.Duration, []string (comma separated), secret.String, secret.Keyring,
// netip.Prefix lists, *url.URL, and whatever implements encoding.TextUnmarshaler. secret.String and secret.Keyring are
// secret without the tag. A struct without an env tag, embedded or not, is a group of settings and is filled in turn.
//
// A variable that is empty counts as one that is not set.
package env

import "log/slog"

// Load fills cfg, a pointer to a struct, from lookup (os.LookupEnv). Every problem is reported at once, one line each,
// naming the variable and what to set; values of secrets are never repeated. A field whose variable is not set and which
// has no default keeps its value.
func Load(cfg any, lookup func(string) (string, bool)) error {
	var problems Problems
	for _, f := range fields(cfg) {
		text, from, sentence := f.read(lookup)
		if sentence == "" && text != "" {
			sentence = parse(f, text)
		}
		if sentence != "" {
			problems.Add(from, sentence)
		}
	}
	return problems.Err()
}

// Redacted gives cfg's effective values for one log line, secrets hidden. cfg is a struct or a pointer to one.
func Redacted(cfg any) slog.Value {
	var attrs []slog.Attr
	for _, f := range fields(cfg) {
		attrs = append(attrs, slog.Any(f.variable, f.shown()))
	}
	return slog.GroupValue(attrs...)
}
