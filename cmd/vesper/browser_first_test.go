package main

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"vesper/digest/whole"
)

// firstScreen is what a phone of 375 × 667 shows below a mail program's own bars.
const firstScreen = 667 - 120

// TestNewsIsOnAPhonesFirstScreen: two lines of the lead's summary can be read before a
// reader scrolls, by day and with the styles dropped, in every
// language and look.
func TestNewsIsOnAPhonesFirstScreen(t *testing.T) {
	t.Parallel()
	names := []string{
		"edition-5", "edition-rtl", "edition-broadsheet", "edition-broadsheet-rtl", "edition-de",
		"edition-1", "edition-2", "edition-12", "edition-30", "edition-es",
		"edition-fr", "edition-pt", "edition-it",
	}
	pages := slices.DeleteFunc(goldens(t), func(p golden) bool { return !slices.Contains(names, p.name) })
	if len(pages) != len(names) {
		t.Fatalf("%d of %d editions are there", len(pages), len(names))
	}
	slices.SortFunc(pages, func(a, b golden) int { return slices.Index(names, a.name) - slices.Index(names, b.name) })
	b := startBrowser(t, whole.First(t, 3, pages))
	for _, p := range b.pages {
		b.open(t, p, view{width: 375})
		// The second time without the styles, on the page that is open.
		const tops = `(top => {
			const styled = top();
			document.querySelectorAll("style").forEach(e => e.remove());
			return [styled, top()];
		})(() => document.querySelector(".s1").getBoundingClientRect().top)`
		for i, at := range ask(t, b, chromedp.Evaluate[[]float64](tops)) {
			if at+2*28 > firstScreen {
				t.Errorf("%s, bare: %t: the summary begins at %.0f, and the screen ends at %d", p.name, i == 1, at, firstScreen)
			}
		}
	}
}
