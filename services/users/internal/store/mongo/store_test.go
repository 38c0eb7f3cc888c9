package mongo_test

import (
	"log/slog"
	"testing"

	"github.com/watchword/watchword/pkg/storetest"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/store/mongo"
	suite "github.com/watchword/watchword/services/users/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	suite.Run(t, func(t *testing.T) core.Store {
		s := mongo.New(storetest.Database(t))
		if err := s.Prepare(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
