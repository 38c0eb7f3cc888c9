package redis
import ("testing";"path/filepath";"time";"fmt";"runtime";"context"; goredis "github.com/redis/go-redis/v9")
func TestZZ(t *testing.T){
 path:=filepath.Join(t.TempDir(),"r.db")
 _, c, stop := start(t, path)
 for i:=0;i<200000; { c.Pipelined(context.Background(), func(p goredis.Pipeliner) error { for range 1000 { p.HSet(t.Context(), fmt.Sprint("ww:{",i,"}:session:",i), "account", i, "dialect","legion","epoch",1,"role","standard","email","someone@example.com","verified",1,"generation",4,"refreshed",1800000000000,"expires",1800000000000); p.Expire(t.Context(), fmt.Sprint("ww:{",i,"}:session:",i), 720*time.Hour); i++ }; return nil}) }
 stop()
 var m runtime.MemStats; runtime.GC(); runtime.ReadMemStats(&m); t.Log(m.HeapAlloc>>20)
 t0:=time.Now()
 s, c, stop := start(t, path)
 t.Log("open", time.Since(t0))
 runtime.GC(); runtime.ReadMemStats(&m); t.Log(m.HeapAlloc>>20)
 s.mu.Lock(); t0=time.Now(); s.memory.gone=1000000; s.memory.renew(s.inScript); t.Log("renew", time.Since(t0)); s.mu.Unlock()
 t0=time.Now(); t.Log(s.Backup(t.Context(), path+".bak"), time.Since(t0))
 stop()
}
