package admin_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"
)

func TestProfilesAreServedWhereAskedFor(t *testing.T) {
	t.Parallel()
	s := start(t, io.Discard, nil)
	if res, _ := s.send(t, http.MethodGet, "/debug/pprof/heap", ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("without HandleProfiles: %d", res.StatusCode)
	}
	s.HandleProfiles()
	for path, want := range map[string]int{
		"/debug/pprof/heap":               http.StatusOK,
		"/debug/pprof/allocs":             http.StatusOK,
		"/debug/pprof/profile?seconds=1":  http.StatusOK,
		"/debug/pprof/profile?seconds=0":  http.StatusBadRequest,
		"/debug/pprof/profile?seconds=26": http.StatusBadRequest,
		"/debug/pprof/cmdline":            http.StatusNotFound,
	} {
		res, body := s.send(t, http.MethodGet, path, "")
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
		if want != http.StatusOK {
			continue
		}
		if _, err := gzip.NewReader(bytes.NewReader([]byte(body))); err != nil { // pprof's form is gzipped
			t.Errorf("%s: %v", path, err)
		}
	}
}
