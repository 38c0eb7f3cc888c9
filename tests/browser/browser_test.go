// Package browser opens mailed links as people do, in a real Chromium: with and without scripts, by pointer and by
// keyboard, in both languages, on a narrow screen. What assistive technology is told comes from the accessibility tree.
//
// The suite is reached under a name over plain HTTP. Browsers tell such a site nothing by Sec-Fetch-Site, so the forms get
// by on their Origin alone.
package browser

import (
	"context"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/watchword/watchword/tests/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// host is what the browser calls the suite.
const host = "accounts.example.test"

// chromium is the browser's binary; without one there is nothing to test with.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("WATCHWORD_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium is installed, nor named by WATCHWORD_CHROMIUM: the pages are NOT tried in a browser")
	return ""
}

// start runs a suite that is called host.
func start(t *testing.T) *kit.Suite {
	t.Helper()
	address, err := kit.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return kit.Start(t, kit.Options{Env: map[string]string{
		"WATCHWORD_LISTEN":     address,
		"WATCHWORD_PUBLIC_URL": "http://" + net.JoinHostPort(host, port),
	}})
}

// launch runs a browser until the test ends; every tab of it has a profile of its own.
func launch(t *testing.T, binary string) context.Context {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), // Chromium demands it of root
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,Translate"),
		chromedp.Flag("host-resolver-rules", "MAP "+host+" 127.0.0.1"),
	)...)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		err := chromedp.Cancel(browser) // waits for its end
		cancel()
		stop()
		if err != nil {
			t.Error(err)
		}
	})
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start %s: %v", binary, err)
	}
	return browser
}
