package redisdb

import (
	"bufio"
	"context"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"
)

// CheckDurability logs a warning where the server may evict keys or keeps no append-only file; a server that refuses to
// tell is left alone. Sessions and codes live there: an evicted one is a person signed out.
func CheckDurability(ctx context.Context, rdb redis.UniversalClient, log *slog.Logger) {
	check := func(ctx context.Context, server redis.Cmdable) {
		if memory, err := info(ctx, server, "memory"); err == nil &&
			memory["maxmemory"] != "0" && memory["maxmemory_policy"] != "" && memory["maxmemory_policy"] != "noeviction" {
			log.WarnContext(ctx, "redis may evict sessions: set maxmemory-policy noeviction", "policy", memory["maxmemory_policy"])
		}
		if persistence, err := info(ctx, server, "persistence"); err == nil && persistence["aof_enabled"] == "0" {
			log.WarnContext(ctx, "redis keeps no append-only file: set appendonly yes")
		}
	}
	if cluster, ok := rdb.(*redis.ClusterClient); ok {
		// Without an error from check there is only one of the cluster itself, which the first real command meets too.
		_ = cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
			check(ctx, master)
			return nil
		})
		return
	}
	check(ctx, rdb)
}

// info reads a section of INFO. It asks no right that managed servers withhold, as CONFIG does.
func info(ctx context.Context, server redis.Cmdable, section string) (map[string]string, error) {
	text, err := server.Info(ctx, section).Result()
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			values[name] = strings.TrimSpace(value)
		}
	}
	return values, lines.Err()
}
