// Package e2e runs the local edition as a person does: it is started, looked at, stopped, killed and started again.
package e2e

import (
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

type object = map[string]any

// local is the launcher's binary.
func local(t *testing.T) string {
	t.Helper()
	binary, err := kit.Binary("deploy/local")
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// launch runs the launcher with its arguments; it is killed with the test if it still runs then.
func launch(t *testing.T, env map[string]string, args ...string) *kit.Process {
	t.Helper()
	p, err := kit.Launch(local(t), env, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// finish runs it to its end and gives its exit code.
func finish(t *testing.T, env map[string]string, args ...string) (p *kit.Process, code int) {
	t.Helper()
	p = launch(t, env, args...)
	code, err := p.Await(kit.Patience)
	if err != nil {
		t.Fatal(err)
	}
	return p, code
}

// free are settings for a run on free ports with data of its own.
func free(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"WATCHWORD_DATA": t.TempDir(), "WATCHWORD_LISTEN": "127.0.0.1:0", "WATCHWORD_INBOX_LISTEN": "127.0.0.1:0",
	}
}
