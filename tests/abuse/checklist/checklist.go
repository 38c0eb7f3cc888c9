// Package checklist says, for each row of the security checklist, which tests show it and what it still waits for. It is the
// source of the table in tests/abuse/README.md.
package checklist

import (
	"fmt"
	"strings"
)

// Row is one of the checklist. Where neither Tests nor By name anything it waits as a whole, where they do and Waits is set
// in part.
type Row struct {
	ID    string
	What  string
	Tests []string // folder of the package, a dot, the test's name
	By    string   // a file of the repository that makes it hold without a test
	Waits string   // for what, "" for nothing
	Note  string   // where the wire contract asks for something else
}

// Section are the rows about one matter.
type Section struct {
	Title string
	Rows  []Row
}

// Sections are all rows, in the checklist's order.
func Sections() []Section {
	return []Section{
		{"Passwords", passwords},
		{"Sign-in and guessing", signIn},
		{"Sessions and refresh tokens", sessions},
		{"JWT", jwt},
		{"Authenticators", authenticators},
		{"Backup codes", backupCodes},
		{"Reset, verification, change of an email", mailed},
		{"Browsers", browsers},
		{"Authorisation and data", authorisation},
		{"Input", input},
		{"HTTP edge", edge},
		{"Uploads", uploads},
		{"Mail", mail},
		{"Logs, metrics, errors", logs},
		{"Keys", keys},
		{"Resilience", resilience},
		{"Supply chain and papers", papers},
	}
}

// Rows are all of them.
func Rows() []Row {
	var rows []Row
	for _, s := range Sections() {
		rows = append(rows, s.Rows...)
	}
	return rows
}

// Result is the row's state in a few words.
func (r Row) Result() string {
	switch shown := len(r.Tests) > 0 || r.By != ""; {
	case r.Waits == "":
		return "shown"
	case shown:
		return "shown in part; waits for " + r.Waits
	default:
		return "waits for " + r.Waits
	}
}

const head = `# Abuse

The rows of the security checklist and what shows each. This file is written by ` + "`go run ./tests/abuse/table`" + ` from the package
checklist; a test fails where it is not current, where a named test does not exist, and where a row is left out. "Shown" is
what ` + "`make test`" + ` shows: every named test runs there.

`

// Render writes the table.
func Render() string {
	var out strings.Builder
	out.WriteString(head)
	var shown, part, waiting int
	for _, r := range Rows() {
		switch result := r.Result(); {
		case result == "shown":
			shown++
		case strings.HasPrefix(result, "waits"):
			waiting++
		default:
			part++
		}
	}
	fmt.Fprintf(&out, "%d rows: %d shown, %d shown in part, %d waiting.\n", shown+part+waiting, shown, part, waiting)
	for _, s := range Sections() {
		fmt.Fprintf(&out, "\n## %s\n\n| row | what | shown by | result |\n|---|---|---|---|\n", s.Title)
		for _, r := range s.Rows {
			fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", r.ID, r.what(), r.shownBy(), r.Result())
		}
	}
	return out.String()
}

func (r Row) what() string {
	if r.Note == "" {
		return r.What
	}
	return r.What + ". *" + r.Note + "*"
}

func (r Row) shownBy() string {
	var by []string
	for _, test := range r.Tests {
		by = append(by, "`"+test+"`")
	}
	if r.By != "" {
		by = append(by, "[`"+r.By+"`](../../"+r.By+")")
	}
	if by == nil {
		return "–"
	}
	return strings.Join(by, "<br>")
}

// Folders of the packages whose tests are named most.
const (
	abuse       = "tests/abuse."
	contract    = "tests/contract."
	e2e         = "tests/e2e."
	down        = "tests/fault."
	kill        = "tests/kill."
	browser     = "tests/browser."
	arch        = "tests/arch."
	users       = "services/users/internal/core."
	hashes      = "services/users/internal/password."
	ild         = "services/users/internal/dialect/ild."
	pictures    = "services/users/internal/picture."
	totp        = "services/users/internal/totp."
	auth        = "services/auth/internal/core."
	pages       = "services/auth/internal/page."
	mailer      = "services/mailer/internal/core."
	tokens      = "pkg/token."
	live        = "pkg/session."
	links       = "pkg/code."
	limits      = "pkg/limit."
	secrets     = "pkg/secret."
	web         = "pkg/web."
	calls       = "pkg/rpc."
	gateway     = "deploy/local/internal/gateway."
	chromium    = "a test in a browser"
	deployment  = "the chart's test"
	severalPods = "a run with several replicas"
)
