package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"vesper/digest/whole"
)

// taps is a script that gives the links of an email that a finger can't press well, and an
// edition's name that is broken.
//
//go:embed testdata/taps.js
var taps string

// TestLinksOfEmailsHaveRoomForAFinger: those of the contents and the footer, "Deep Look" and
// those of letters are 32 pixels high at least, and 8 apart; the edition's name is one line, and no
// number hangs out of the column. In every email, look and language, from the narrowest window on.
func TestLinksOfEmailsHaveRoomForAFinger(t *testing.T) {
	t.Parallel()
	emails := slices.DeleteFunc(goldens(t), func(p golden) bool { return !p.email })
	first := []string{"edition-full", "edition-broadsheet", "edition-rtl", "welcome-de", "edition-proof"}
	slices.SortStableFunc(emails, func(a, b golden) int {
		return strings.Compare(rank(first, a.name), rank(first, b.name))
	})
	b := startBrowser(t, whole.First(t, len(first), emails))
	for _, p := range b.pages {
		for _, width := range []int{280, 375, 700} {
			b.open(t, p, view{width: width})
			for _, wrong := range ask(t, b, chromedp.Evaluate[[]string](taps)) {
				t.Errorf("%s at %d: %s", p.name, width, wrong)
			}
		}
	}
}

// rank sorts a name by its place among those that come first, and behind them if it has none.
func rank(first []string, name string) string {
	if i := slices.Index(first, name); i >= 0 {
		return fmt.Sprintf("%04d", i)
	}
	return "9999"
}

// TestLinksWithoutRoomAreFound keeps the test above from going blind.
func TestLinksWithoutRoomAreFound(t *testing.T) {
	t.Parallel()
	const tall = `<a href="/a" style="display:block;height:32px;margin:0 0 8px">One</a>`
	cases := []struct{ name, html, want string }{
		{"right", tall + tall, ""},
		{"flat", `<a href="/a" style="display:block;height:31px">One</a>`, "is 31 px high"},
		{"near", `<a href="/a" style="display:block;height:32px;margin:0 0 7px">One</a>` + tall, "7 px from"},
		{"beside", strings.Repeat(`<a href="/a" style="float:left;height:32px;margin:0 7px 0 0">One</a>`, 2), "7 px from"},
		{"name", `<table><tr><td class="o"><b>Evening Edition of the North Coast and Islands</b></table>`, "is broken"},
		{"number", `<ol start="98" style="padding:0 0 0 22px"><li>One<li>Two<li>Three</ol>`, "100. hangs out"},
		{"headline", `<h3><a href="/a">One</a></h3>`, ""},
	}
	var pages []golden
	for _, c := range cases {
		const begins = `<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>Test</title>`
		pages = append(pages, golden{name: c.name, html: begins + "<body>" + c.html})
	}
	b := startBrowser(t, pages)
	for i, c := range cases {
		b.open(t, pages[i], view{width: 280})
		got := ask(t, b, chromedp.Evaluate[[]string](taps))
		if (len(got) > 0) != (c.want != "") || !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
