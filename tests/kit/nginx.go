package kit

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// nginxFrame is about what a test has nginx serve.
const nginxFrame = `
daemon off;
master_process off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  upstream auth { server {auth}; keepalive 8; }
  upstream users { server {users}; keepalive 8; }
  {http}
}
`

// Nginx runs Debian's nginx with what is given for its http block, in which {listen} is its address and auth and users are
// upstreams, until the test ends, and gives its base URL; "" where it isn't installed.
func (s *Suite) Nginx(t testing.TB, http string) string {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		if binary, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Log("NOT RUN through nginx: it is not installed")
			return ""
		}
	}
	listen, err := FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	conf := strings.NewReplacer(
		"{http}", strings.ReplaceAll(http, "{listen}", listen), "{dir}", dir,
		"{auth}", strings.TrimPrefix(s.Services[Auth].Public, "http://"),
		"{users}", strings.TrimPrefix(s.Services[Users].Public, "http://"),
	).Replace(nginxFrame)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	process, err := Launch(binary, nil, "-p", dir, "-c", file, "-e", filepath.Join(dir, "error.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Kill(); err != nil {
			t.Error(err)
		}
	})
	Eventually(t, "nginx", func() bool {
		select {
		case <-process.Done():
			t.Fatalf("nginx ended: %s", process.Log())
		default:
		}
		conn, err := net.Dial("tcp", listen)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return "http://" + listen
}
