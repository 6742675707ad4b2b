package mailbox_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"vesper/digest/mailbox"
	"vesper/digest/whole"
)

// chromium is the browser of all tests, which the first one starts: a start costs more
// than most tests do.
var chromium struct {
	sync.Once
	ctx   context.Context
	err   error
	close func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.close != nil {
		chromium.close()
	}
	os.Exit(code)
}

// startChromium starts it, in a folder of its own.
func startChromium(path string) {
	c := &chromium
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		c.err = err
		return
	}
	ctx, _ := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
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

// browser gives a page of a browser that knows nothing of other tests. It is closed when
// the test ends.
func browser(t *testing.T) context.Context {
	t.Helper()
	if whole.Raced {
		t.Skip("the run without the race detector has this test")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed")
	}
	chromium.Do(func() { startChromium(path) })
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	ctx, stop := context.WithTimeout(chromium.ctx, 3*time.Minute)
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log(err)
		}
	})
	return ctx
}

// visit opens a page on a screen of this width whose system has this theme.
func visit(t *testing.T, ctx context.Context, url string, width int64, system string) {
	t.Helper()
	look(t, ctx, width, system)
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

// look changes the screen of the open page. Its styles follow, and that costs the browser
// a tenth of what a page costs.
func look(t *testing.T, ctx context.Context, width int64, system string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{
		Name: "prefers-color-scheme", Value: system,
	}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800)); err != nil {
		t.Fatal(err)
	}
}

// ask gives the value of an expression on the open page.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// faint lists the texts whose contrast is under 4.5 (WCAG 2, 1.4.3).
const faint = `(() => {
	const rgb = s => s.match(/[\d.]+/g).map(Number);
	const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, k, i) =>
		sum + k * (c[i] <= 10 ? c[i] / 3294 : Math.pow((c[i] / 255 + 0.055) / 1.055, 2.4)), 0);
	const behind = e => {
		for (; e; e = e.parentElement) {
			const c = rgb(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] > 0) return c;
		}
		return [255, 255, 255];
	};
	const found = [];
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
		const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e));
		if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) found.push(e.outerHTML.slice(0, 100));
	}
	return found.join("\n");
})()`

func TestThePageFitsAndReadsOnEveryScreen(t *testing.T) {
	ctx := browser(t)
	long := "Subject: " + strings.Repeat("Unbreakable", 20) + "\r\n" +
		"From: " + strings.Repeat("x", 100) + "@reader.example\r\n" +
		"X-Long: " + strings.Repeat("y", 300) + "\r\n\r\n" + strings.Repeat("z", 500) + "\r\n"
	full := httptest.NewServer(filled(t, &mailbox.Mailbox{}, long, edition, hostile, edition).Page())
	defer full.Close()
	empty := httptest.NewServer((&mailbox.Mailbox{}).Page())
	defer empty.Close()
	type shown struct{ name, url string }
	pages := []shown{
		{"list", full.URL + "/"},
		{"long", full.URL + "/m/1?view=headers"},
		{"message-1", full.URL + "/m/4" + views[1]},
		{"empty", empty.URL},
		{"unknown", full.URL + "/m/9"},
	}
	for i, query := range views {
		if i != 1 {
			pages = append(pages, shown{fmt.Sprint("message-", i), full.URL + "/m/4" + query})
		}
	}
	for _, p := range whole.First(t, 3, pages) {
		name, url := p.name, p.url
		visit(t, ctx, url, 280, "light")
		for _, system := range []string{"light", "dark"} {
			for _, width := range []int64{280, 375, 1200} {
				look(t, ctx, width, system)
				if got := ask[int](t, ctx, "document.documentElement.scrollWidth"); got > int(width) {
					t.Errorf("%s at %d is %d wide", name, width, got)
				}
				if got := ask[string](t, ctx, faint); got != "" {
					t.Errorf("%s at %d, %s: too little contrast:\n%s", name, width, system, got)
				}
				const parts = "document.querySelectorAll('h1').length * document.querySelectorAll('main').length"
				if got := ask[int](t, ctx, parts); got != 1 {
					t.Errorf("%s: the page has not one main part with one heading", name)
				}
				shoot(t, ctx, fmt.Sprintf("%s-%d-%s", name, width, system))
			}
		}
	}
}

// shoot keeps a picture of the open page where VESPER_SHOTS names a folder.
func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("VESPER_SHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestOnAPhoneTheListAndTheMessageTakeTurns(t *testing.T) {
	ctx := browser(t)
	s := httptest.NewServer(filled(t, &mailbox.Mailbox{}, edition, edition).Page())
	defer s.Close()
	const arranged = `(() => {
		const list = document.querySelector(".side").getBoundingClientRect();
		const main = document.querySelector("main").getBoundingClientRect();
		return !list.height ? "message" : list.right <= main.left ? "beside"
			: list.bottom <= main.top ? "list, message" : "overlap";
	})()`
	for _, row := range []struct {
		path  string
		width int64
		want  string
	}{{"/", 375, "list, message"}, {"/m/1", 375, "message"}, {"/", 1200, "beside"}, {"/m/1", 1200, "beside"}} {
		visit(t, ctx, s.URL+row.path, row.width, "light")
		if got := ask[string](t, ctx, arranged); got != row.want {
			t.Errorf("%s at %d: got %s, want %s", row.path, row.width, got, row.want)
		}
	}
	visit(t, ctx, s.URL+"/m/1?width=phone", 1200, "light")
	if got := ask[int](t, ctx, "document.querySelector('iframe').clientWidth"); got != 375 {
		t.Errorf("a phone is %d wide, want 375", got)
	}
}

func TestTheKeyboardLeadsThroughThePage(t *testing.T) {
	ctx := browser(t)
	s := httptest.NewServer(filled(t, &mailbox.Mailbox{}, edition, edition).Page())
	defer s.Close()
	visit(t, ctx, s.URL+"/m/1?view=text", 1200, "light")
	const focus = `(() => { const e = document.activeElement, s = getComputedStyle(e);
		return e.textContent.trim().split("\n")[0] +
			(s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2 ? " unseen" : ""); })()`
	for _, want := range []string{
		"Skip to the message", "Mailbox", "Evening Übersicht", "Evening Übersicht", "Newer",
		"HTML", "Overview", "Text", "Headers", "Source", "Open alone", "Download .eml",
	} {
		if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		if got := ask[string](t, ctx, focus); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	visit(t, ctx, s.URL+"/m/1?view=text", 1200, "light")
	tab := chromedp.KeyEvent(kb.Tab)
	if err := chromedp.Do(ctx, tab, chromedp.KeyEvent(kb.Enter), tab); err != nil {
		t.Fatal(err)
	}
	if got := ask[string](t, ctx, focus); got != "Newer" {
		t.Errorf("after the list is skipped, Tab leads to %q, want Newer", got)
	}
}
