package session_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/session"
	"github.com/watchword/watchword/pkg/storetest"
)

// witness demands of each script that it changes no key but those it names: the embedded store keeps no other, and a
// cluster would refuse it.
type witness struct {
	t    *testing.T
	f    *fixture
	seen map[string]bool // the scripts that changed something
}

func (w *witness) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w *witness) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (w *witness) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !strings.HasPrefix(cmd.Name(), "eval") {
			return next(ctx, cmd)
		}
		before, err := w.f.keys(ctx)
		if err != nil {
			w.t.Error(err)
		}
		result := next(ctx, cmd)
		after, err := w.f.keys(ctx)
		if err != nil {
			w.t.Error(err)
		}
		args := cmd.Args()
		named := args[3 : 3+args[2].(int)]
		for key := range union(before, after) {
			if before[key] == after[key] {
				continue
			}
			w.seen[args[1].(string)] = true
			if !slices.Contains(named, any(key)) {
				w.t.Errorf("a script changed %s, which it does not name: %v", key, named)
			}
		}
		for _, key := range named {
			if !strings.HasPrefix(key.(string), "ww:{"+string(w.f.account)+"}:") {
				w.t.Errorf("%s is outside the account's hash tag", key)
			}
		}
		return result
	}
}

func union(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}

func TestScriptsNameTheKeysTheyChange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	watched := storetest.Redis(t)
	w := &witness{t: t, f: f, seen: map[string]bool{}}
	watched.AddHook(w)
	f.Store = session.NewStore(watched, f.clock.now, 1)
	ctx := t.Context()

	for range session.MaxPerAccount {
		f.create(t, 0)
	}
	kept := f.create(t, 0) // evicts
	f.rotate(t, kept, 0)
	if err := f.Update(ctx, f.account, session.Standing{Role: "admin"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.EndOthers(ctx, f.account, standing(1), kept.ID); err != nil {
		t.Fatal(err)
	}
	reused := f.create(t, 1)
	f.clock.advance(session.Grace)
	if _, _, err := f.Rotate(ctx, f.account, reused.ID, 9, standing(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.End(ctx, f.account, kept.ID); err != nil {
		t.Fatal(err)
	}
	if len(w.seen) < 5 {
		t.Errorf("only %d scripts changed anything", len(w.seen))
	}
}
