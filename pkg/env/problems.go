package env

import (
	"errors"
	"slices"
	"strings"
)

// Problems collects what Validate finds.
type Problems struct{ lines []string }

// Add notes that the variable is wrong; sentence says what to set. The same line is noted once.
func (p *Problems) Add(variable, sentence string) {
	line := variable + ": " + sentence
	if !slices.Contains(p.lines, line) {
		p.lines = append(p.lines, line)
	}
}

// Err joins the lines, nil where there are none.
func (p *Problems) Err() error {
	if len(p.lines) == 0 {
		return nil
	}
	return errors.New(strings.Join(p.lines, "\n"))
}
