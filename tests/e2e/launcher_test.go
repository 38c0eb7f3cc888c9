package e2e

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchword/watchword/tests/kit"
)

func TestItStopsCleanly(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]os.Signal{"Ctrl-C": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := kit.Start(t, kit.Options{})
			s.SignUp(t)
			if err := s.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			code, err := s.Process.Await(kit.Patience)
			if err != nil || code != 0 {
				t.Errorf("exit code %d, %v", code, err)
			}
			if _, err := os.Stat(filepath.Join(s.Data, "run.json")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("run.json is left: %v", err)
			}
			for line := range strings.Lines(s.Process.Log()) {
				if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "panic") {
					t.Errorf("it logs %s", line)
				}
			}
		})
	}
}

func TestASecondStartOnTheSameDataFails(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	env := free(t)
	env["WATCHWORD_DATA"] = s.Data
	p, code := finish(t, env)
	if code == 0 {
		t.Fatal("it runs")
	}
	message := strings.TrimSpace(p.Log())
	if strings.Contains(message, "\n") || !strings.Contains(message, s.Data) && !strings.Contains(message, "WATCHWORD_DATA") {
		t.Errorf("the message is %q", message)
	}
	if _, err := os.Stat(filepath.Join(s.Data, "run.json")); err != nil {
		t.Errorf("the first one's run.json: %v", err)
	}
	s.SignUp(t) // which runs on
}

func TestThePrintedCommandsWork(t *testing.T) {
	t.Parallel()
	root, err := kit.Root()
	if err != nil {
		t.Fatal(err)
	}
	s := kit.Start(t, kit.Options{})
	kit.Eventually(t, "the banner", func() bool { return strings.Contains(s.Process.Output(), "make hello") })
	_, text, _ := strings.Cut(s.Process.Output(), "Try, in another terminal:\n")
	commands := regexp.MustCompile(`(?m)^  (\S.*)$`).FindAllStringSubmatch(text, -1)
	if len(commands) != 3 {
		t.Fatalf("%d commands in %q", len(commands), s.Process.Output())
	}
	for _, c := range commands {
		t.Run(c[1], func(t *testing.T) {
			t.Parallel()
			program, _, _ := strings.Cut(c[1], " ")
			if _, err := exec.LookPath(program); err != nil {
				t.Skipf("%s is not installed: the command is NOT tried", program)
			}
			cmd := exec.Command("sh", "-c", strings.Replace(c[1], "curl ", "curl -fsS ", 1))
			cmd.Dir = root
			cmd.Env = append(os.Environ(), "WATCHWORD_DATA="+s.Data)
			if out, err := cmd.CombinedOutput(); err != nil || len(out) == 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestHello(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	p, code := finish(t, map[string]string{"WATCHWORD_DATA": s.Data}, "hello")
	if code != 0 {
		t.Fatalf("exit code %d: %s%s", code, p.Output(), p.Log())
	}
	for _, step := range []string{"sign up", "read the mail", "verify", "sign in", "refresh"} {
		if !strings.Contains(p.Output(), "ok  "+step) {
			t.Errorf("%q lacks %q", p.Output(), step)
		}
	}
	if p, code := finish(t, map[string]string{"WATCHWORD_DATA": s.Data}, "hello", "--gateway", "http://127.0.0.1:1"); code == 0 {
		t.Errorf("it says all is well where nothing runs: %s", p.Output())
	}
}

func TestTheFirstLineSaysWhatHappens(t *testing.T) {
	t.Parallel()
	env := free(t)
	p := launch(t, env)
	kit.Eventually(t, "a first line", func() bool { return strings.Contains(p.Output(), "\n") })
	line, _, _ := strings.Cut(p.Output(), "\n")
	if !strings.Contains(line, "Watchword starts") || !strings.Contains(line, env["WATCHWORD_DATA"]) || !strings.Contains(line, "Ctrl-C") {
		t.Errorf("it is %q", line)
	}
}

func TestWhatIsKeptIsTheOwnersAlone(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{Data: filepath.Join(t.TempDir(), "deeper", "data")})
	err := filepath.WalkDir(s.Data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && info.Mode().Type() != fs.ModeSocket { // the folder keeps others off that
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysAreMintedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	read := func() map[string]string {
		if p, code := finish(t, nil, "keys", dir); code != 0 {
			t.Fatalf("exit code %d: %s", code, p.Log())
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil {
				out[file] = string(text)
			}
		}
		return out
	}
	first := read()
	if len(first) < 6 {
		t.Errorf("only %d keyrings", len(first))
	}
	for file, text := range read() {
		if first[file] != text {
			t.Errorf("%s changed", filepath.Base(file))
		}
	}
}

func TestTOTPPrintsACodeThatIsAccepted(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.Options{})
	c, acc := s.SignUp(t)
	p, code := finish(t, nil, "totp", c.Pending(acc.ID).Secret)
	printed := strings.TrimSpace(p.Output())
	if code != 0 || !regexp.MustCompile(`^\d{6}$`).MatchString(printed) {
		t.Fatalf("exit code %d, output %q", code, p.Output())
	}
	c.Confirm(acc.ID, printed, false).Want(200)
	if p, code := finish(t, nil, "totp", "not base32!"); code == 0 || strings.Contains(p.Log(), "goroutine") {
		t.Errorf("exit code %d for nonsense: %s", code, p.Log())
	}
}

func TestItEndsWithItsInputWhereAskedTo(t *testing.T) {
	t.Parallel()
	p := launch(t, free(t))
	kit.Eventually(t, "the start", func() bool { return strings.Contains(p.Output(), "Ready.") })
	if err := p.CloseInput(); err != nil {
		t.Fatal(err)
	}
	if code, err := p.Await(20 * time.Second); err != nil || code != 0 {
		t.Errorf("exit code %d, %v", code, err)
	}
}
