package admin

import (
	"net/http"
	"runtime/pprof"
	"strconv"
	"time"
)

// Seconds of a processor profile: those watched unless asked otherwise, and the most, so that it ends before writeTimeout.
const (
	defaultProfile = 10
	maxProfile     = 25
)

// HandleProfiles adds /debug/pprof/profile (processor time, over ?seconds=) and the runtime's other profiles by their names
// (allocs, heap, goroutine, …), as `go tool pprof` reads them. They name functions and hold no data. For start-up, where a
// setting asks for it: a profile costs some of what it measures.
func (s *Server) HandleProfiles() {
	s.mux.HandleFunc("GET /debug/pprof/profile", profileCPU)
	s.mux.HandleFunc("GET /debug/pprof/{name}", profileNamed)
}

func profileCPU(w http.ResponseWriter, r *http.Request) {
	seconds := defaultProfile
	if text := r.URL.Query().Get("seconds"); text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil || seconds < 1 || seconds > maxProfile {
			write(w, http.StatusBadRequest, `{"error":"seconds must be from 1 to 25"}`)
			return
		}
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := pprof.StartCPUProfile(w); err != nil { // there can be one at a time
		write(w, http.StatusConflict, `{"error":"another profile is being taken"}`)
		return
	}
	defer pprof.StopCPUProfile()
	select {
	case <-r.Context().Done():
	case <-time.After(time.Duration(seconds) * time.Second):
	}
}

func profileNamed(w http.ResponseWriter, r *http.Request) {
	p := pprof.Lookup(r.PathValue("name"))
	if p == nil {
		write(w, http.StatusNotFound, `{"error":"not_found"}`)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_ = p.WriteTo(w, 0) // the caller is gone, and knows
}
