// Package abuse attacks a suite that runs, over HTTP and over raw sockets, as the checklist says: each test is named after
// its row. README.md, made from the checklist package, tells what shows each row, here and elsewhere.
package abuse

import (
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// object is a body in JSON.
type object = map[string]any
