package abuse

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

// target is a listener and what is served there.
type target struct {
	listener  string
	get, post string // paths
}

// attack is a probe made for a target. The second requests in it carry trace, by which the services' log tells whether one was
// served.
type attack struct {
	text  string
	trace string
}

func newAttack(t *testing.T, to target, p probe, pipelined bool) attack {
	t.Helper()
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		t.Fatal(err)
	}
	a := attack{trace: hex.EncodeToString(id)}
	host := address(t, to.listener)
	second := "GET " + to.get + " HTTP/1.1\r\nHost: " + host + "\r\ntraceparent: 00-" + a.trace + "-00f067aa0ba902b7-01\r\n\r\n"
	inner := fill(p.request,
		"{get}", "GET "+to.get+" HTTP/1.1\r\nHost: {host}\r\n",
		"{post}", "POST "+to.post+" HTTP/1.1\r\nHost: {host}\r\n",
		"{path}", to.get)
	_, after, _ := strings.Cut(inner, "\r\n\r\n")
	length := len(fill(after, "{inside}", second, "{hex}", strconv.FormatInt(int64(len(second)), 16)))
	a.text = fill(inner, "{inside}", second, "{host}", host,
		"{length}", strconv.Itoa(length), "{hex}", strconv.FormatInt(int64(len(second)), 16))
	if pipelined {
		a.text += second
	}
	return a
}

// served tells whether a second request was answered by a service.
func (a attack) served(s *kit.Suite) bool { return strings.Contains(s.Process.Log(), a.trace) }

func TestHT01(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	auth := target{s.Services["auth"].Public, "/csrf-token", "/users/login"}
	users := target{s.Services["users"].Public, "/users", "/users"}
	t.Run("services", func(t *testing.T) {
		for name, to := range map[string]target{"auth": auth, "users": users} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				services(t, s, to)
			})
		}
	})
	fronts := map[string]string{"gateway": s.Gateway}
	if front := s.Nginx(t, nginxServer); front != "" {
		fronts["nginx"] = front
	}
	t.Run("fronts", func(t *testing.T) {
		for name, listener := range fronts {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				front(t, s, target{listener, auth.get, auth.post})
			})
		}
	})
	if ended(s) {
		t.Error("the suite has ended")
	}
}

// services demands that each probe is refused, alone, and that its connection ends.
func services(t *testing.T, s *kit.Suite, to target) {
	control(t, to)
	for _, p := range probes {
		a := newAttack(t, to, p, true)
		got := send(t, to.listener, a.text, kit.Patience)
		if status := got.first(); len(got.statuses) != 1 || status < 400 || status == http.StatusInternalServerError || !got.closed {
			t.Errorf("%s: %v", p.name, got)
		}
		if a.served(s) {
			t.Errorf("%s: the second request was served", p.name)
		}
	}
	control(t, to)
}

// front demands that a proxy refuses what is ambiguous, and that whatever it passes on leaves no request behind.
func front(t *testing.T, s *kit.Suite, to target) {
	control(t, to)
	attacks, got := make([]attack, len(probes)), make([]raw, len(probes))
	for i, p := range probes {
		attacks[i] = newAttack(t, to, p, false)
	}
	kit.Parallel(len(probes), func(i int) { got[i] = send(t, to.listener, attacks[i].text, 2*time.Second) })
	for i, p := range probes {
		switch status := got[i].first(); status {
		case http.StatusOK, http.StatusForbidden: // the service's, and its answer to a POST without a CSRF token
			if p.front == "" {
				t.Errorf("%s is passed on: %v", p.name, got[i])
			}
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			t.Errorf("%s: %v", p.name, got[i])
		}
		if attacks[i].served(s) {
			t.Errorf("%s: the second request was served: %v", p.name, got[i])
		}
	}
	control(t, to)
}

// control demands that what is well-formed is served, each request by its own answer, on one connection: none is late.
func control(t *testing.T, to target) {
	t.Helper()
	host := address(t, to.listener)
	get := "GET " + to.get + " HTTP/1.1\r\nHost: " + host + "\r\n"
	post := "POST " + to.post + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\n"
	text := get + "\r\n" + post + "Content-Length: 2\r\n\r\n{}" + get + "\r\n" + post + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}" +
		get + "Connection: close\r\n\r\n"
	want := fmt.Sprint([]int{http.StatusOK, http.StatusForbidden, http.StatusOK, http.StatusForbidden, http.StatusOK})
	if got := send(t, to.listener, text, kit.Patience); fmt.Sprint(got.statuses) != want || !got.closed {
		t.Errorf("well-formed requests: %v, want %s", got, want)
	}
	for _, body := range []string{"2;a=b\r\n{}\r\n0\r\n\r\n", "0\r\n\r\n"} {
		text := post + chunked + "Connection: close\r\n\r\n" + body
		if got := send(t, to.listener, text, kit.Patience); got.first() != http.StatusForbidden || !got.closed {
			t.Errorf("chunked body %q: %v", body, got)
		}
	}
}

// ended tells whether the suite's process is gone.
func ended(s *kit.Suite) bool {
	select {
	case <-s.Process.Done():
		return true
	default:
		return false
	}
}
