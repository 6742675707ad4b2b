package digest_test

import (
	"testing"

	"vesper/digest"
)

func TestAPatternFitsTheWholeField(t *testing.T) {
	a := digest.Article{
		Headline: "Advertorial:  The Best Boats", Byline: "Ana Ruiz", URL: "https://post.example/Sponsored/boats",
	}
	sections := []string{"City News", "Boats"}
	for pattern, want := range map[string]bool{
		"headline: Advertorial: the best boats": true, "headline: advertorial*": true, "headline: *best*": true,
		"headline: *best": false, "headline: best": false, "HEADLINE:*the*boats": true, "headline: *boats*the*": false,
		"headline: advertorial: the best boats*the best boats": false,
		"section: city  news": true, "section: city": false, "section: boats": true, "section: c*s": true,
		"byline: ana*": true, "byline: *ana": false, "url: */sponsored/*": true, "url: *post.example*": true,
	} {
		p, err := digest.ParsePattern(pattern)
		if err != nil || p.String() != pattern {
			t.Errorf("%q: %v", pattern, err)
		} else if got := p.Fits(a, sections); got != want {
			t.Errorf("%q fits: %v", pattern, got)
		}
	}
	for _, wrong := range []string{"", "sport", "title: x", "section:", "section: *", "headline: * *"} {
		if _, err := digest.ParsePattern(wrong); err == nil {
			t.Errorf("%q is taken for a pattern", wrong)
		}
	}
}
