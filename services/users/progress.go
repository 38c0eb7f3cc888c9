package users

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/watchword/watchword/services/users/internal/transfer"
)

// report prints what a transfer has to say of single accounts.
type report struct {
	out  io.Writer
	what string // what is counted: rows or accounts
	bar  bar
}

func (r report) refused(row transfer.Row, why string) { r.print("refused", row, why) }
func (r report) noted(row transfer.Row, why string)   { r.print("note", row, why) }

func (r report) print(kind string, row transfer.Row, why string) {
	r.bar.clear()
	fmt.Fprintf(r.out, "%s: %s %d, %s: %s\n", kind, r.what, row.Number, quoted(row.Name), why)
}

// bar shows how far a command is, on a terminal; elsewhere it shows nothing.
type bar struct{ shown *progressbar.ProgressBar }

// bar begins one of total steps, or of total bytes; -1: nobody knows how many.
func (o *operator) bar(what string, total int64, bytes bool) bar {
	f, ok := o.io.Err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return bar{}
	}
	return bar{progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(bytes), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())}
}

// Write takes what is read as progress.
func (b bar) Write(p []byte) (int, error) {
	if b.shown == nil {
		return len(p), nil
	}
	return b.shown.Write(p)
}

// step is one account's progress. What a display says of itself is of no matter.
func (b bar) step() {
	if b.shown != nil {
		_ = b.shown.Add(1)
	}
}

// clear makes room for a line where the bar is.
func (b bar) clear() {
	if b.shown != nil {
		_ = b.shown.Clear()
	}
}

func (b bar) end() {
	if b.shown != nil {
		_ = b.shown.Finish()
	}
}
