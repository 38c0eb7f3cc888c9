package fault_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
)

func TestOfFindsTheFault(t *testing.T) {
	t.Parallel()
	f := fault.Throttle(time.Minute)
	for name, err := range map[string]error{
		"itself":  f,
		"wrapped": fmt.Errorf("sign in: %w", f),
		"joined":  errors.Join(errors.New("another"), f),
	} {
		if got := fault.Of(err); got != f {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOfAnythingElseIsInternal(t *testing.T) {
	t.Parallel()
	cause := errors.New("nil map")
	got := fault.Of(cause)
	if got.Reason != fault.Internal || !errors.Is(got, cause) {
		t.Errorf("%v", got)
	}
	if got.Message != "" {
		t.Errorf("a client would read %q", got.Message)
	}
	if fault.Of(nil) != nil {
		t.Error("no error is a fault")
	}
}

func TestReasonsAreCompared(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("store: %w", fault.Field(fault.EmailTaken, "email", fault.FieldTaken))
	if !fault.Has(err, fault.EmailTaken) || !errors.Is(err, fault.New(fault.EmailTaken)) {
		t.Error("the reason is not found")
	}
	if fault.Has(err, fault.UsernameTaken) || errors.Is(err, fault.New(fault.UsernameTaken)) || fault.Has(nil, fault.EmailTaken) {
		t.Error("another reason is found")
	}
}

func TestBecauseLeavesTheFaultAlone(t *testing.T) {
	t.Parallel()
	f, cause := fault.New(fault.Unavailable), errors.New("connection refused")
	g := f.Because(cause)
	if errors.Unwrap(f) != nil {
		t.Error("the first fault has the second one's cause")
	}
	if !errors.Is(g, cause) || g.Error() != "unavailable: connection refused" {
		t.Errorf("%v", g)
	}
}

func TestOutageMayBeRepeated(t *testing.T) {
	t.Parallel()
	if f := fault.Outage(errors.New("no primary")); f.Reason != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("%+v", f)
	}
}

func TestReasonsAreAClosedListOfWords(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[fault.Reason]bool{}
	for _, r := range fault.Reasons() {
		if !word.MatchString(string(r)) || seen[r] {
			t.Errorf("%q is no word or comes twice", r)
		}
		seen[r] = true
	}
	fault.Reasons()[0] = "changed"
	if fault.Reasons()[0] == "changed" {
		t.Error("a caller can change the list")
	}
}
