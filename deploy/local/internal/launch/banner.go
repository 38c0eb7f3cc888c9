package launch

import (
	"fmt"
	"io"
)

// printStarting is the first thing on the screen.
func printStarting(w io.Writer, o Options) {
	fmt.Fprintf(w, "Watchword starts on http://%s; data in %s; Ctrl-C stops it.\n", o.Listen, o.Data)
}

// printReady says what to try.
func printReady(w io.Writer, i Info) {
	fmt.Fprintf(w, `
Ready.
  API      %[1]s
  Docs     %[1]s/docs
`, i.Gateway)
	if i.Inbox != "" {
		fmt.Fprintf(w, "  Inbox    %s\n", i.Inbox)
	}
	fmt.Fprintf(w, `
Try, in another terminal:
  curl %[1]s/.well-known/jwks.json
  curl '%[1]s/users?page=1'
  make hello
`, i.Gateway)
}

// printStores says how services find the embedded stores.
func printStores(w io.Writer, s Stores) {
	fmt.Fprintln(w, "The embedded stores run; Ctrl-C stops them.")
	if s.MongoDB != "" {
		fmt.Fprintf(w, "export WATCHWORD_MONGODB_URI='%s'\n", s.MongoDB)
	}
	if s.Redis != "" {
		fmt.Fprintf(w, "export WATCHWORD_REDIS_URL='%s'\n", s.Redis)
	}
}
