package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is the result.
type report struct {
	bench   *bench
	command string
	began   time.Time
	sizes   map[string]int64
	figures []figures
}

// row is one line of the table. value gives the figure, and whether it reaches the goal.
type row struct {
	what, goal, peers string
	value             func(f figures) (text string, ok bool)
}

// page is the result as Markdown.
func (r report) page() string {
	var p strings.Builder
	p.WriteString("# Measured\n\nWritten by `make bench`. Bold is what falls short of its goal. Ratios are whole runs, with the least and the\n" +
		"greatest of a single round in brackets: baseline and suite take turns in one run, so a busy machine slows both.\n" +
		"Rates are successes a second at concurrency 32, closed loop; processor time is that of all processes, stores too.\n\n")
	fmt.Fprintf(&p, "- `%s`, %s, %s\n", r.command, r.began.UTC().Format("2006-01-02 15:04 UTC"), runtime.Version())
	fmt.Fprintf(&p, "- %d cores; %d rounds of %s a side; %d sessions\n", runtime.NumCPU(), r.bench.rounds, r.bench.stretch, r.bench.sessions)
	for _, f := range r.figures {
		fmt.Fprintf(&p, "- %s: load before %s, after %s; %d accounts seeded in %s\n", f.stores, f.before, f.after, r.bench.accounts,
			f.seeded.Round(100*time.Millisecond))
	}
	p.WriteString("\n| measured | goal | peers |")
	for _, f := range r.figures {
		p.WriteString(" " + f.stores + " |")
	}
	p.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(r.figures)) + "\n")
	for _, row := range r.rows() {
		fmt.Fprintf(&p, "| %s | %s | %s |", row.what, row.goal, row.peers)
		for _, f := range r.figures {
			text, ok := row.value(f)
			if !ok {
				text = "**" + text + "**"
			}
			p.WriteString(" " + text + " |")
		}
		p.WriteString("\n")
	}
	p.WriteString("\nThe peers' figures were taken on machines like this one at concurrency 32, not in this run. With redis-server, its\n" +
		"append-only file is synced each second, while the embedded store syncs before it answers; MongoDB is the embedded one in both.\n")
	return p.String()
}

func (r report) rows() []row {
	n := fmt.Sprint(r.bench.accounts)
	return slices.Concat([]row{
		ratio("sign-in, of the bare hash", 0.9, func(f figures) (a, b turns) { return f.signIn, f.hash }),
		{"sign-in, processor time over the hash", "≤ 2 ms", "supabase/auth 9 ms, PocketBase 2 to 3 ms", func(f figures) (string, bool) {
			over := f.signIn.sum().perRequest() - f.hash.sum().perRequest()
			return fmt.Sprintf("%s (%s)", millis(over), shares(f.signIn.sum().cpu)), over <= 2*time.Millisecond
		}},
		rate("sign-ins", 0, "", func(f figures) turns { return f.signIn }),
		ratio("refresh, of the bare handler", 0.5, func(f figures) (a, b turns) { return f.refresh.suite, f.refresh.bare }),
		rate("refreshes", 2000, "supabase/auth 242, Keycloak 443 to 580", func(f figures) turns { return f.refresh.suite }),
		processor("refresh", 1, "supabase/auth 7.4, Keycloak 3.2 to 4.1", func(f figures) trio { return f.refresh }),
		ratio("`/users/{id}`, of the bare handler", 0.7, func(f figures) (a, b turns) { return f.user.suite, f.user.bare }),
		rate("`/users/{id}`", 0, "", func(f figures) turns { return f.user.suite }),
		processor("`/users/{id}`", 0, "", func(f figures) trio { return f.user }),
		ratio("session check, of a bare handler", 0.6, func(f figures) (a, b turns) { return f.check.suite, f.check.bare }),
		rate("session checks", 8000, "PocketBase 1,936 to 4,257, Keycloak 4,340 to 6,465", func(f figures) turns { return f.check.suite }),
		processor("session check", 0.2, "PocketBase 0.73 to 0.35, Keycloak 0.22 to 0.32", func(f figures) trio { return f.check }),
	}, dialectRows(), floodRows(), []row{
		ratio("refreshes with "+n+" accounts, of those with 1000", 0.5, func(f figures) (a, b turns) { return f.refresh.suite, f.refresh.few }),
		ratio("`/users/{id}` with "+n+", of 1000", 0.5, func(f figures) (a, b turns) { return f.user.suite, f.user.few }),
		ratio("session checks with "+n+", of 1000", 0.5, func(f figures) (a, b turns) { return f.check.suite, f.check.few }),
		each("idle memory", "< 40 MiB", 40*mebi, func(f figures) map[string]int64 { return f.idle }, mebibytes),
		each("ready after", "< 1 s", time.Second, func(f figures) map[string]time.Duration { return f.ready }, millis),
		{"`make run` with " + n + " accounts, ready after", "≤ 5 s", "", func(f figures) (string, bool) {
			if f.restart == (restart{}) {
				return "", true
			}
			return f.restart.String() + ", file " + mebibytes(f.restart.file), f.restart.ok()
		}},
		each("binary, static and stripped", "< 30 MiB", 30*mebi, func(figures) map[string]int64 { return r.sizes }, mebibytes),
	})
}

func ratio(what string, goal float64, of func(figures) (a, b turns)) row {
	return row{what, goalText("≥ %.0f %%", 100*goal), "", func(f figures) (string, bool) {
		a, b := of(f)
		whole, least, greatest := a.of(b)
		text := fmt.Sprintf("%.0f %% (%.0f to %.0f; %s of %s a second)", 100*whole, 100*least, 100*greatest,
			perSecond(a.sum().rate()), perSecond(b.sum().rate()))
		return text, whole >= goal
	}}
}

func rate(what string, goal float64, peers string, of func(figures) turns) row {
	return row{what + " a second", goalText("≥ %.0f", goal), peers, func(f figures) (string, bool) {
		s := of(f).sum()
		text := fmt.Sprintf("%s (p50 %s, p99 %s", perSecond(s.rate()), millis(quantile(s.latencies, 0.5)), millis(quantile(s.latencies, 0.99)))
		if n := s.status[http.StatusServiceUnavailable]; n > 0 {
			text += fmt.Sprintf("; %d × 503", n)
		}
		return text + ")", s.rate() >= goal
	}}
}

func processor(what string, goal float64, peers string, of func(figures) trio) row {
	return row{what + ", processor seconds per 1000", goalText("≤ %g", goal), peers, func(f figures) (string, bool) {
		s, bare := of(f).suite.sum(), of(f).bare.sum()
		per := 1000 * s.perRequest().Seconds()
		text := fmt.Sprintf("%.2f (%s; bare %.2f)", per, shares(s.cpu), 1000*bare.perRequest().Seconds())
		return text, goal == 0 || per <= goal
	}}
}

// shares tells how much of the processor time each process had.
func shares(u usage) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(u)) {
		if part := 100 * u[name].Seconds() / max(u.sum().Seconds(), 0.01); part >= 1 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", name, part))
		}
	}
	return strings.Join(parts, ", ")
}

// each is a row with a figure for each service.
func each[N cmp.Ordered](what, goal string, limit N, of func(figures) map[string]N, text func(N) string) row {
	return row{what, goal, "", func(f figures) (string, bool) {
		var parts []string
		ok := true
		for _, name := range services {
			parts = append(parts, name+" "+text(of(f)[name]))
			ok = ok && of(f)[name] < limit
		}
		return strings.Join(parts, ", "), ok
	}}
}

func goalText(format string, goal float64) string {
	if goal == 0 {
		return ""
	}
	return fmt.Sprintf(format, goal)
}

func perSecond(rate float64) string {
	if rate < 100 {
		return fmt.Sprintf("%.1f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/mebi) }
