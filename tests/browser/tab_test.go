package browser

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/watchword/watchword/tests/kit"
)

// tab is one of a browser, with nothing in common with the others.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // of the console, policy violations among them, and about what is sent
}

// open makes a tab; the test fails in the end where a page gave any reason to complain.
func open(t *testing.T, browser context.Context) *tab {
	t.Helper()
	ctx, stop := context.WithTimeout(browser, 3*kit.Patience)
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, text := range b.complaints {
			t.Errorf("the browser complains: %s", text)
		}
	})
	b.must(chromedp.Listen(ctx, b.listen))
	return b
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch event := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("%s %v", event.Type, event.Args))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, event.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if event.Entry.Source != log.EntrySourceNetwork { // which is a status of 400 and more
			b.complaints = append(b.complaints, event.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if from, _ := event.Request.Headers["Referer"].(string); strings.Contains(from, "token") {
			b.complaints = append(b.complaints, "the Referer is "+from)
		}
	}
}

// withoutScripts is a browser that runs none.
func (b *tab) withoutScripts() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// speaking is a browser of somebody who reads these languages.
func (b *tab) speaking(languages string) {
	b.t.Helper()
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": languages}})
}

// visit opens a link.
func (b *tab) visit(link string) *page {
	b.t.Helper()
	return b.patiently(func() *page { return b.navigates(chromedp.Navigate(link)) })
}

// press clicks a button by its name, where it is on the screen.
func (b *tab) press(name string) *page {
	b.t.Helper()
	return b.patiently(func() *page { return b.navigates(b.click(b.page().find("button", name))) })
}

// send writes into a field and presses a button.
func (b *tab) send(field, text, button string) *page {
	b.t.Helper()
	return b.patiently(func() *page {
		b.must(chromedp.Do(b.ctx, b.click(b.page().find("textbox", field)), chromedp.KeyEvent(text)))
		return b.navigates(b.click(b.page().find("button", button)))
	})
}

// patiently does again what the suite sheds, as its pages say: on a busy machine that is no test's subject here. A form has
// come back by then.
func (b *tab) patiently(send func() *page) *page {
	b.t.Helper()
	for tries := 1; ; tries++ {
		p := send()
		if p.status != http.StatusServiceUnavailable || tries == 4 {
			return p
		}
		time.Sleep(time.Second)
	}
}

// click is the pointer's in the middle of a node.
func (b *tab) click(n node) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	call(b, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.dom})
	q := call(b, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: n.dom}).Model.Border
	return chromedp.MouseClickXY((q[0]+q[4])/2, (q[1]+q[5])/2)
}

// tabs goes on from control to control by the keyboard, and fails the test where the focus is not on these.
func (b *tab) tabs(controls ...string) {
	b.t.Helper()
	for _, want := range controls {
		b.must(chromedp.Do(b.ctx, chromedp.KeyEvent(kb.Tab)))
		if got := b.page().focus(); got != want {
			b.t.Fatalf("the focus goes to %q, want %q", got, want)
		}
	}
}

// submits presses keys that lead to another page.
func (b *tab) submits(keys string) *page {
	b.t.Helper()
	return b.navigates(chromedp.KeyEvent(keys))
}

// navigates does what leads to another page, and gives that once it has set the focus: a problem has it.
func (b *tab) navigates(action chromedp.Action[chromedp.Void]) *page {
	b.t.Helper()
	res, err := chromedp.RunResponse(b.ctx, action)
	b.must(err)
	p := b.page()
	if problems := p.all("alert"); len(problems) > 0 {
		kit.Eventually(b.t, "the focus on the problem", func() bool {
			p = b.page()
			return p.focus() == "alert "+problems[0].name
		})
	}
	p.status = int(res.Status)
	p.isWellMade()
	return p
}

// page reads what is shown.
func (b *tab) page() *page {
	b.t.Helper()
	p := &page{t: b.t}
	root := call(b, dom.GetDocument, dom.GetDocumentParams{}).Root
	p.html = call(b, dom.GetOuterHTML, dom.GetOuterHTMLParams{BackendNodeID: root.BackendNodeID}).OuterHTML
	for _, n := range call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored {
			p.nodes = append(p.nodes, read(n))
		}
	}
	return p
}

func (b *tab) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	b.must(err)
	return result
}
