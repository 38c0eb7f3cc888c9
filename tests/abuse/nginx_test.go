package abuse

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/watchword/watchword/tests/kit"
)

// nginxConf routes as CONTRACT says, section Routing. Bodies are passed on as they come and connections to the services are
// kept, so that a request that hides in another one would come out.
const nginxConf = `
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
  server {
    listen {listen};
    client_max_body_size 6m;
    merge_slashes off;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    location = /users/login { proxy_pass http://auth; }
    location = /users/otp/login { proxy_pass http://auth; }
    location = /csrf-token { proxy_pass http://auth; }
    location ~ ^/(users/auth|account|sign|auth|api/auth|\.well-known|verify|reset|openapi|docs)(/|$) { proxy_pass http://auth; }
    location ~ ^/users?(/|$) { proxy_pass http://users; }
    location / { return 404; }
  }
}
`

// startNginx runs Debian's nginx in front of the suite, until the test ends, and gives its base URL; "" where it isn't
// installed.
func startNginx(t *testing.T, s *kit.Suite) string {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		if binary, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Log("NOT RUN through nginx: it is not installed")
			return ""
		}
	}
	listen, err := kit.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	conf := fill(nginxConf, "{dir}", dir, "{listen}", listen,
		"{auth}", address(t, s.Services["auth"].Public), "{users}", address(t, s.Services["users"].Public))
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	process, err := kit.Launch(binary, nil, "-p", dir, "-c", file, "-e", filepath.Join(dir, "error.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Kill(); err != nil {
			t.Error(err)
		}
	})
	kit.Eventually(t, "nginx", func() bool {
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
