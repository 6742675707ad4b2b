package render

import (
	"strings"
	"testing"
)

func TestAHeadlineInAnotherScriptHasTheLanguageItSuggestsOrNone(t *testing.T) {
	for _, c := range []struct{ headline, home, want string }{
		{"Council Votes", "en", ""},
		{"Council Votes", "fr", ""},
		{"Council Votes on the Größe of Π", "en", ""},
		{"1,250 – 2026?", "ar", ""},
		{"", "en", ""},
		{"Pearl Divers’ Songs", "ar", "und"},
		{"مكتبة متنقلة تصل", "en", "und"},
		{"مكتبة متنقلة تصل", "fa", ""},
		{"שוק הדגים", "ar", "he"},
		{"Паром идёт", "en", "und"},
		{"Паром идёт", "uk", ""},
		{"夕方の新聞", "en", "ja"},
		{"夕方の新聞", "ja", ""},
		{"面包店的硬币", "en", "zh"},
		{"面包店的硬币", "zh-Hant", ""},
		{"항구의 배", "zh", "ko"},
		{"Το πλοίο", "en", "el"},
	} {
		if got := suggested(c.headline, c.home); got != c.want {
			t.Errorf("%s in %s: got %q, want %q", c.headline, c.home, got, c.want)
		}
	}
}

// TestNoNumberOfTheContentsHangs: those of two digits have more room.
func TestNoNumberOfTheContentsHangs(t *testing.T) {
	for stories, want := range map[int]string{8: "padding:0 0 0 22px", 9: "padding:0 0 0 30px"} {
		r := renderer(t)
		r.Layout.Stories = stories
		page, err := r.HTML(edition(t, many(t, 12)...), ines(t))
		if err != nil || !strings.Contains(page, `<ol start="2" style="margin:0;`+want+`">`) {
			t.Errorf("%d stories: the numbers have no %s (%v)", stories, want, err)
		}
	}
}

// TestDeepLookIsNamedForItsStory: who hears a list of links knows which is which, and
// who speaks the words that can be read meets the link (WCAG 2.5.3).
func TestDeepLookIsNamedForItsStory(t *testing.T) {
	e := edition(t, many(t, 5)...)
	page, err := renderer(t).HTML(e, ines(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range e.Articles {
		if want := `aria-label="Deep Look: ` + htmlText(line(a.Headline)) + `"`; strings.Count(page, want) != 1 {
			t.Errorf("the HTML lacks %s", want)
		}
	}
}
