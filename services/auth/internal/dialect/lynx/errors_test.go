package lynx

import (
	"testing"

	"github.com/watchword/watchword/pkg/fault"
)

func TestEveryReasonHasItsRefusal(t *testing.T) {
	t.Parallel()
	for _, r := range fault.Reasons() {
		if row := refusals[r]; row.status < 400 || row.message == "" {
			t.Errorf("%s has no complete row", r)
		}
	}
}
