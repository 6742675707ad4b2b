package main

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// firstScreen is what a phone of 375 × 667 shows below a mail program's own bars.
const firstScreen = 667 - 120

// TestNewsIsOnAPhonesFirstScreen: two lines of the lead's summary can be read before a
// reader scrolls, by day and with the styles dropped, in every language.
func TestNewsIsOnAPhonesFirstScreen(t *testing.T) {
	t.Parallel()
	var pages []golden
	for _, p := range goldens(t) {
		if slices.Contains([]string{
			"edition-1", "edition-2", "edition-5", "edition-12", "edition-30", "edition-rtl", "edition-de", "edition-es",
			"edition-fr", "edition-pt", "edition-it",
		}, p.name) {
			pages = append(pages, p)
		}
	}
	b := startBrowser(t, pages)
	for _, p := range pages {
		for _, bare := range []bool{false, true} {
			b.open(t, p, view{width: 375, bare: bare})
			const top = `document.querySelector(".s1").getBoundingClientRect().top`
			if at := ask(t, b, chromedp.Evaluate[float64](top)); at+2*28 > firstScreen {
				t.Errorf("%s, bare: %t: the summary begins at %.0f, and the screen ends at %d", p.name, bare, at, firstScreen)
			}
		}
	}
}
