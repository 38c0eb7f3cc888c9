package kit

import (
	"net/http"
	"time"
)

// Kill ends the suite's process without warning, and every connection to it. Restart runs it again.
func (s *Suite) Kill() error {
	err := s.Process.Kill()
	s.http.CloseIdleConnections()
	return err
}

// HTTP is what the suite's clients speak with.
func (s *Suite) HTTP() *http.Client { return s.http }

// Unused gives a code that has not been shown and is accepted now, as Code does; false where that would have to wait.
func (a *Authenticator) Unused() (code string, ok bool) {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	next := max(stepAt(now), a.last+1) // the step before may lapse on the way
	if next > stepAt(now)+1 {
		return "", false
	}
	a.last = next
	return a.at(next), true
}
