package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"vesper/digest/whole"
)

// browserTime is how long a test may have the browser.
const browserTime = 8 * time.Minute

// chromium is the browser of all tests, which the first one starts: a start costs more
// than most tests do.
var chromium struct {
	sync.Once
	ctx   context.Context
	err   error
	close func()
}

// startChromium starts it, in a folder of its own. It finds nobody but servers on
// loopback.
func startChromium(path string) {
	c := &chromium
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		c.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(dir),
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, _ := chromedp.NewExecAllocator(context.Background(), options...)
	c.ctx, _ = chromedp.NewContext(ctx)
	c.close = func() {
		// Cancel waits for the browser's end, so that its folder can be removed.
		_ = chromedp.Cancel(c.ctx)
		os.RemoveAll(dir)
	}
	if err := chromedp.Do(c.ctx); err != nil {
		c.err = fmt.Errorf("start %s: %w", path, err)
	}
}

// closing runs the tests and then ends the browser.
type closing struct{ *testing.M }

func (m closing) Run() int {
	defer func() {
		if chromium.close != nil {
			chromium.close()
		}
	}()
	return m.M.Run()
}

// browser is a window of Chromium's and what it is to look at.
type browser struct {
	ctx   context.Context
	pages []golden
	site  string

	// shown is the address of the page that is open, size how wide and high the window is.
	shown string
	size  [2]int64
	// forced is whether the window darkens what it shows.
	forced bool

	mu sync.Mutex
	// asked are the URLs that pages asked for, themselves included, since others was called.
	asked []string
}

// view is a way to look at a page.
type view struct {
	width int
	dark  bool
	// bare is without the style elements, which some mail programs drop.
	bare bool
	// print is on paper.
	print bool
	// forced is as a program shows a page that darkens what it gets, whatever that says.
	forced bool
}

// startBrowser gives a window for pages that knows nothing of other tests. It is closed
// when the test ends.
func startBrowser(t *testing.T, pages []golden) *browser {
	t.Helper()
	whole.NotRaced(t)
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	b := &browser{pages: pages}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.site = server.URL
	chromium.Do(func() { startChromium(path) })
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	ctx, stop := context.WithTimeout(chromium.ctx, browserTime)
	t.Cleanup(stop)
	b.ctx, _ = chromedp.NewContext(ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(func() {
		if err := chromedp.Cancel(b.ctx); err != nil {
			t.Log(err)
		}
	})
	return b
}

// hear notes what the page asks for; an icon of the site is the browser's wish,
// and so are those of its own controls, which come from nowhere.
func (b *browser) hear(event any) {
	e, ok := event.(*network.EventRequestWillBeSent)
	if ok && e.Request.URL != b.site+"/favicon.ico" && !strings.HasPrefix(e.Request.URL, "data:") {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked = append(b.asked, e.Request.URL)
	}
}

var styles = regexp.MustCompile(`(?s)<style[ >].*?</style>`)

// ServeHTTP serves a page by its name, with ?bare=1 without its style elements.
func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(b.pages, func(p golden) bool { return "/"+p.name == r.URL.Path })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	html := b.pages[i].html
	if r.URL.Query().Has("bare") {
		html = styles.ReplaceAllString(html, "")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write([]byte(html))
}

// ask has the browser do something and gives its answer.
func ask[T any](t *testing.T, b *browser, action chromedp.Action[T]) T {
	t.Helper()
	answer, err := chromedp.Run(b.ctx, action)
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	return answer
}

// open shows a page in a view. A page that is open stays open, for opening one costs
// most of the time: its styles follow the view. It says whether the page is a new one.
func (b *browser) open(t *testing.T, p golden, v view) bool {
	t.Helper()
	address := b.address(p, v)
	scheme := emulation.SetEmulatedMediaParams{Media: map[bool]string{true: "print"}[v.print], Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: map[bool]string{false: "light", true: "dark"}[v.dark]},
	}}
	b.resize(t, int64(v.width), 800)
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, scheme); err != nil {
		t.Fatalf("chromium: %v", err)
	}
	if b.forced != v.forced {
		darkens := emulation.SetAutoDarkModeOverrideParams{Enabled: &v.forced}
		if _, err := chromedp.Call(b.ctx, emulation.SetAutoDarkModeOverride, darkens); err != nil {
			t.Fatalf("chromium: %v", err)
		}
		b.forced = v.forced
	}
	if b.shown == address {
		return false
	}
	b.others(address)
	ask(t, b, chromedp.Navigate(address))
	b.shown = address
	return true
}

// resize makes the window so wide and high.
func (b *browser) resize(t *testing.T, width, height int64) {
	t.Helper()
	if size := [2]int64{width, height}; b.size != size {
		ask(t, b, chromedp.EmulateViewport(width, height))
		b.size = size
	}
}

// address is where the server has a page.
func (b *browser) address(p golden, v view) string {
	address := b.site + "/" + url.PathEscape(p.name)
	if v.bare {
		address += "?bare=1"
	}
	return address
}

// others gives what was asked for since it was last called, but for the page itself.
func (b *browser) others(address string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return slices.DeleteFunc(asked, func(a string) bool { return a == address })
}
