package abuse

// nginxServer routes as CONTRACT says, section Routing. Bodies are passed on as they come and connections to the services
// are kept, so that a request that hides in another one would come out.
const nginxServer = `
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
`
