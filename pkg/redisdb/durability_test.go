package redisdb_test

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/redisdb"
)

func TestCheckDurabilityWarns(t *testing.T) {
	t.Parallel()
	const (
		safe     = "maxmemory:1000\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n"
		evicts   = "set maxmemory-policy noeviction"
		volatile = "set appendonly yes"
	)
	for name, tt := range map[string]struct {
		info string
		want []string
	}{
		"safe":            {safe, nil},
		"evicts":          {strings.Replace(safe, "noeviction", "allkeys-lru", 1), []string{evicts}},
		"has no limit":    {"maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n", nil},
		"volatile":        {strings.Replace(safe, "aof_enabled:1", "aof_enabled:0", 1), []string{volatile}},
		"both":            {"maxmemory:1000\r\nmaxmemory_policy:allkeys-lfu\r\naof_enabled:0\r\n", []string{evicts, volatile}},
		"does not say":    {"uptime_in_seconds:7\r\n", nil},
		"refuses to tell": {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := fakeServer(t, func(string) string {
				if tt.info == "" {
					return "-NOPERM no\r\n"
				}
				return "$" + strconv.Itoa(len(tt.info)) + "\r\n" + tt.info + "\r\n"
			})
			log := &buffer{}
			redisdb.CheckDurability(t.Context(), connect(t, "redis://"+addr, slog.New(slog.DiscardHandler)),
				slog.New(slog.NewJSONHandler(log, nil)))
			for _, text := range []string{evicts, volatile} {
				wanted := slices.Contains(tt.want, text)
				if strings.Contains(log.String(), text) != wanted {
					t.Errorf("%q told: %v; the log:\n%s", text, !wanted, log)
				}
			}
		})
	}
}
