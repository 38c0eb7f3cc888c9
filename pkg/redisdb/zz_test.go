package redisdb_test
import ("testing";"log/slog";"os";"time";"github.com/redis/go-redis/v9";"github.com/watchword/watchword/pkg/redisdb")
func TestZZ(t *testing.T) {
 for _, u := range []string{"redis+cluster://127.0.0.1:7401","redis+sentinel://127.0.0.1:7402/0?master_name=mm"} {
  log := slog.New(slog.NewTextHandler(os.Stdout, nil))
  rdb := connect(t, u, log)
  t.Logf("%T", rdb)
  redisdb.CheckDurability(t.Context(), rdb, log)
  s := redis.NewScript(`redis.call("SET", KEYS[1], ARGV[1]) return redis.call("GET", KEYS[1])`)
  t.Log(s.Run(t.Context(), rdb, []string{"{zz}a"}, "v").Result())
  t.Log(rdb.Set(t.Context(), "zz", "1", time.Minute).Result())
  t.Log(rdb.Get(t.Context(), "zz").Result())
 }
}
