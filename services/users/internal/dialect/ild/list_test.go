package ild_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
)

// crowd is a store with more accounts than it holds: they are made as they are asked for.
type crowd struct {
	core.Store

	size  int64
	fails int64 // the page that fails; 0: none
	pages atomic.Int64
}

func (s *crowd) After(_ context.Context, after id.Account, limit int64) ([]core.Account, error) {
	if s.pages.Add(1) == s.fails {
		return nil, errDown
	}
	first := int64(1)
	if after != "" {
		if _, err := fmt.Sscanf(string(after), "01JD%d", &first); err != nil {
			return nil, err
		}
		first++
	}
	var out []core.Account
	for n := first; n <= s.size && int64(len(out)) < limit; n++ {
		out = append(out, core.Account{ID: id.Account(fmt.Sprintf("01JD%022d", n)), Username: "someone", Name: "Someone", Email: "someone@example.com", Role: "standard"})
	}
	return out, nil
}

func crowded(size, fails int64) (*crowd, func(d *core.Deps)) {
	s := &crowd{size: size, fails: fails}
	return s, func(d *core.Deps) { s.Store, d.Store = d.Store, s }
}

func TestUsers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.whole(t, coretest.Person{Username: "ada"})
	s.Clock.Advance(time.Second) // ids are in the order of time
	gone := s.Add(t, coretest.Person{Username: "gone"})
	s.Clock.Advance(time.Second)
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	s.remove(t, gone)
	names := map[string]string{string(ada.ID): "ada", string(root.ID): "root"}
	got := s.do(t, http.MethodGet, "/user", root.ID, "")
	got.like(t, "users", names)
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("Content-Type %s", kind)
	}
	s.do(t, http.MethodGet, "/user?limit=1", root.ID, "").like(t, "users-first", names)
	s.do(t, http.MethodGet, "/user?after="+string(ada.ID), root.ID, "").like(t, "users-rest", names)
	s.do(t, http.MethodGet, "/user?after="+string(root.ID), root.ID, "").is(t, http.StatusOK, "[]")
	s.do(t, http.MethodHead, "/user", root.ID, "").is(t, http.StatusOK, "")

	s.do(t, http.MethodGet, "/user", "", "").like(t, "unauthorized", nil)
	s.do(t, http.MethodGet, "/user", ada.ID, "").like(t, "forbidden", nil)
	for query, text := range map[string]string{
		"limit=0": "limit (wrong_format)", "limit=-1": "limit (wrong_format)", "limit=01": "limit (wrong_format)", "limit=": "limit (wrong_format)",
		"limit=2147483648": "limit (wrong_format)", "limit=1&limit=1": "limit (duplicate)", "after=x": "after (wrong_format)", "after=": "after (wrong_format)",
	} {
		s.do(t, http.MethodGet, "/user?"+query, root.ID, "").refuses(t, http.StatusBadRequest, text)
		s.do(t, http.MethodGet, "/user/community?"+query, ada.ID, "").refuses(t, http.StatusBadRequest, text)
	}
}

func TestUsersComeWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		size        int64
		query, last string
		want        int
	}{
		{1_000, "", "", 1_000},
		{1_234, "", "", 1_234},
		{1_234, "?limit=1000", "", 1_000},
		{1_234, "?limit=501", "", 501},
		{1_234, "?after=01JD" + fmt.Sprintf("%022d", 1_000), "", 234},
	} {
		_, with := crowded(test.size, 0)
		s := serve(t, with)
		root := s.Add(t, coretest.Person{Username: "root", Admin: true})
		var got []struct{ ID string }
		check(t, json.Unmarshal([]byte(s.do(t, http.MethodGet, "/user"+test.query, root.ID, "").body), &got))
		if len(got) != test.want {
			t.Errorf("%d of %d with %q, want %d", len(got), test.size, test.query, test.want)
		}
		for i := range got[1:] {
			if got[i].ID >= got[i+1].ID {
				t.Fatalf("%s before %s", got[i].ID, got[i+1].ID)
			}
		}
	}
}

// A list that fails on the way has no end, neither its array nor the answer.
func TestAListThatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	_, with := crowded(5_000, 3)
	s := serve(t, with)
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	res := s.send(t, http.MethodGet, "/user", root.ID, "")
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil || res.StatusCode != http.StatusOK || json.Valid(text) || strings.HasSuffix(string(text), "]") {
		t.Errorf("%d, %d bytes, error %v", res.StatusCode, len(text), err)
	}
	if !strings.Contains(s.log.String(), `"msg":"list broken off","error":"down"`) {
		t.Errorf("the log has %s", s.log)
	}
}

// What fails before anything is told is told as ever.
func TestAListThatDoesNotBeginIsRefused(t *testing.T) {
	t.Parallel()
	_, with := crowded(5_000, 1)
	s := serve(t, with)
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	s.do(t, http.MethodGet, "/user", root.ID, "").like(t, "internal", nil)
}

// The store is asked for no more than the client takes, and for nothing once it is gone: a list without end can be begun.
func TestAListIsMadeAsItIsRead(t *testing.T) {
	t.Parallel()
	crowd, with := crowded(1<<40, 0)
	s := serve(t, with)
	root := s.Add(t, coretest.Person{Username: "root", Admin: true})
	res := s.send(t, http.MethodGet, "/user", root.ID, "")
	r := bufio.NewReader(res.Body)
	for range 2_000 {
		_, err := r.ReadString('}')
		check(t, err)
	}
	check(t, res.Body.Close())
	for before := int64(-1); before != crowd.pages.Load(); time.Sleep(50 * time.Millisecond) {
		before = crowd.pages.Load()
	}
	if s.log.String() != "" {
		t.Errorf("that is logged: %s", s.log)
	}
}

// BenchmarkUsers shows that memory does not grow with the list: compare live-MiB of the sizes.
func BenchmarkUsers(b *testing.B) {
	for _, size := range []int64{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			_, with := crowded(size, 0)
			s := serve(b, with)
			root := s.Add(b, coretest.Person{Username: "root", Admin: true})
			peak, stop := watch()
			for b.Loop() {
				res := s.send(b, http.MethodGet, "/user", root.ID, "")
				n, err := io.Copy(io.Discard, res.Body)
				check(b, err)
				check(b, res.Body.Close())
				b.SetBytes(n)
			}
			stop()
			b.ReportMetric(float64(peak())/(1<<20), "live-MiB")
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "users/s")
		})
	}
}
