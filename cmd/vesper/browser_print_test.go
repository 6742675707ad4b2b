package main

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPublicPagesCanBePrinted: on paper they are black on white, also at night and where a
// printer is told to print what stands behind the text, and what only a screen has use for is
// left out.
func TestPublicPagesCanBePrinted(t *testing.T) {
	t.Parallel()
	names := []string{"deep-look", "web-view-amended-full", "archive", "corrections", "signup-news"}
	b := startBrowser(t, slices.DeleteFunc(goldens(t), func(p golden) bool { return !slices.Contains(names, p.name) }))
	if len(b.pages) != len(names) {
		t.Fatalf("%d of %d pages are there", len(b.pages), len(names))
	}
	const script = `(() => {
		const style = e => getComputedStyle(e), said = document.querySelector(".said");
		return [style(document.body).backgroundColor, style(document.body).color,
			said ? style(said).backgroundColor : "rgb(244, 245, 248)",
			String([...document.querySelectorAll("nav, form, .ways, .deep")].filter(e => e.offsetHeight).length)];
	})()`
	want := []string{"rgb(255, 255, 255)", "rgb(27, 29, 34)", "rgb(244, 245, 248)", "0"}
	for _, p := range b.pages {
		v := view{width: 720, print: true, dark: true}
		b.open(t, p, v)
		if got := ask(t, b, chromedp.Evaluate[[]string](script)); !slices.Equal(got, want) {
			t.Errorf("%s: got paper, ink, wash and what is only for screens %q, want %q", p.name, got, want)
		}
		b.shoot(t, p.name+"-720-print", v.width)
	}
}
