package storefake_test

import (
	"testing"

	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/store/storefake"
	"github.com/watchword/watchword/services/users/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) core.Store { return storefake.New() })
}
