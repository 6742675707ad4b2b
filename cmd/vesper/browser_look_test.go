package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// look is a script that gives what readers can't see or read on a page.
//
//go:embed testdata/look.js
var look string

// look gives what is wrong with a page that readers look at.
func (b *browser) look(t *testing.T, p golden, v view) []string {
	t.Helper()
	b.open(t, p, v)
	smallest := 14
	if v.bare && !p.email {
		smallest = 13 // The buttons of a page without its styles are the browser's own.
	}
	if v.print {
		smallest = 13 // On paper that is nearly ten points.
	}
	script := fmt.Sprintf("(%s)(%d, %t, %d)", look, v.width, v.dark, smallest)
	wrong := ask(t, b, chromedp.Evaluate[[]string](script))
	for _, asked := range b.others(b.address(p, v)) {
		wrong = append(wrong, "the page asks for "+asked)
	}
	return wrong
}

// TestReadersSeeTheWholePage looks at pages on a watch's, a phone's and a
// tablet's width, by day and by night, and as mail programs show it that drop the
// styles. VESPER_SHOTS names a folder for pictures. Plain editions are left to
// TestReadersSeeEveryKindOfEdition.
func TestReadersSeeTheWholePage(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, slices.DeleteFunc(somePages(t), func(p golden) bool { return plainEdition.MatchString(p.name) }))
	for i, p := range b.pages {
		t.Run(p.name, func(t *testing.T) {
			for _, bare := range turns(i) {
				if worded(p) {
					b.see(t, p, view{width: 280, bare: bare})
					b.see(t, p, view{width: 375, bare: bare})
					continue
				}
				for _, width := range []int{280, 375, 700} {
					b.see(t, p, view{width: width, bare: bare})
					b.see(t, p, view{width: width, bare: bare, dark: true})
				}
			}
		})
	}
}

// plainEdition is the name of an edition of articles in one language and nothing else.
var plainEdition = regexp.MustCompile(`^edition-([0-9]+|rtl|de|es|fr|it|pt)$`)

var language = regexp.MustCompile(`-(de|es|fr|it|pt)$`)

// worded says whether a page differs from one in English in its words alone. How long they
// are counts on a narrow screen; colours are the same.
func worded(p golden) bool { return language.MatchString(p.name) }

// see looks at a page where nothing may be wrong.
func (b *browser) see(t *testing.T, p golden, v view) {
	t.Helper()
	for _, wrong := range b.look(t, p, v) {
		t.Errorf("%+v: %s", v, wrong)
	}
	if name := shots[v]; name != "" {
		b.shoot(t, p.name+"-"+name, v.width)
	}
}

// shots are the views that pictures are taken of.
var shots = map[view]string{
	{width: 375}: "375-light", {width: 375, dark: true}: "375-dark",
	{width: 700}: "700-light", {width: 700, dark: true}: "700-dark",
	{width: 280, bare: true}: "280-bare", {width: 720, print: true}: "720-print",
	{width: 1100}: "1100-light", {width: 1100, dark: true}: "1100-dark",
}

// shoot takes a picture of the page that is open, on a window of a width.
func (b *browser) shoot(t *testing.T, name string, width int) {
	t.Helper()
	dir := os.Getenv("VESPER_SHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	// A viewport as high as the page shows all of it: what is captured beyond one
	// is moved aside where a page is written from the right.
	height := ask(t, b, chromedp.Evaluate[int64]("Math.max(document.documentElement.scrollHeight, 400)"))
	b.resize(t, int64(width), height)
	fast := true
	picture, err := chromedp.Call(b.ctx, cdp.CaptureScreenshot, cdp.CaptureScreenshotParams{OptimizeForSpeed: &fast})
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture.Data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestWhatReadersCannotSeeIsFound keeps the test above from going blind.
func TestWhatReadersCannotSeeIsFound(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, html, want string }{
		{"none", `<p style="display:none">Text`, "is not displayed"},
		{"hidden", `<p style="visibility:hidden">Text`, "has visibility hidden"},
		{"transparent", `<div style="opacity:0"><p>Text`, "is transparent"},
		{"small", `<p style="font-size:13.9px">Text`, "is 13.9px small"},
		{"white", `<p style="color:#fff">Text`, "is rgb(255, 255, 255) on rgb(255, 255, 255)"},
		{"clear", `<p style="color:transparent">Text`, "is rgba(0, 0, 0, 0) on"},
		{"flat", `<div style="max-height:0;overflow:hidden">Text`, "is cut off"},
		{"clipped", `<p style="position:absolute;clip:rect(0,0,0,0)">Text`, "is cut off"},
		{"away", `<p style="position:absolute;left:-999px">Text`, "runs out of the window"},
		{"wide", `<p><b style="display:block;width:300px">Text</b>`, "20 more than there is: <b"},
		{"long", `<p>` + strings.Repeat("long", 30), "more than there is: <p"},
		{"image", `<p>Text<img src="/pixel.gif" alt="">`, "/pixel.gif"},
		{"tracker", `<p>Text<img src="https://news.example/pixel.gif" alt="">`, "https://news.example/pixel.gif"},
		{"font", `<style>@font-face{font-family:F;src:url(/f.woff2)}p{font-family:F}</style><p>Text`, "/f.woff2"},
		{"empty", ``, "the page has no text"},
	}
	var pages []golden
	for _, c := range cases {
		html := `<!DOCTYPE html><html lang="en"><title>Test</title><body style="margin:0;background-color:#fff">` +
			c.html
		pages = append(pages, golden{name: c.name, html: html})
	}
	b := startBrowser(t, pages)
	for i, c := range cases {
		got := b.look(t, pages[i], view{width: 280})
		if !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestWhatReadersCannotSeeIsFoundOnAPageThatIsOpen changes the view of a page that
// is right until then.
func TestWhatReadersCannotSeeIsFoundOnAPageThatIsOpen(t *testing.T) {
	t.Parallel()
	const page = `<!DOCTYPE html><html lang="en"><title>Test</title><meta name="color-scheme" content="light dark"><style>
		body{margin:0;background-color:#fff;color:#000} p{margin:0}
		@media (prefers-color-scheme:dark){body{background-color:#000;%s}}
		@media (max-width:300px){p{%s}}</style><body><p>Text`
	night, watch := view{width: 700, dark: true}, view{width: 280}
	cases := []struct {
		name, dark, narrow, want string
		view                     view
	}{
		{"black", "", "", "is rgb(0, 0, 0) on rgb(0, 0, 0)", night},
		{"night", "background-image:url(/night.png)", "", "the page asks for", night},
		{"gone", "", "display:none", "is not displayed", watch},
		{"fixed", "", "width:300px", "20 more than there is: <p", watch},
		{"narrow", "", "background-image:url(/narrow.png)", "/narrow.png", watch},
	}
	var pages []golden
	for _, c := range cases {
		pages = append(pages, golden{name: c.name, html: fmt.Sprintf(page, c.dark, c.narrow)})
	}
	b := startBrowser(t, pages)
	for i, c := range cases {
		if got := b.look(t, pages[i], view{width: 700}); len(got) > 0 {
			t.Errorf("%s at first: %q", c.name, got)
		}
		got := b.look(t, pages[i], c.view)
		if !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
