package digest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// calm is an article that nothing is to be said of.
func calm() digest.Article {
	return digest.Article{
		Headline: "NATO and the EU Agree on a Bridge", Summary: "It’s to cost 40 million.",
		QuickLooks: []string{"Work begins in May.", "It’s 40' long and 9\" high.", "The mayor said: “At last.”"},
		DeepLook:   []digest.Block{{Text: "The council met on Monday."}, {Heading: true, Text: "What Comes Next"}},
	}
}

func TestAWriterIsToldWhatAnEditorWouldMend(t *testing.T) {
	for want, change := range map[string]func(*digest.Article){
		"":                                func(*digest.Article) {},
		"the headline is all in capitals": func(a *digest.Article) { a.Headline = "ÉLECTIONS: TOUT RESTE OUVERT" },
		"the headline has a web address":  func(a *digest.Article) { a.Headline = "More on www.bridge.example" },
		"2 Quick Looks: fewer than 3": func(a *digest.Article) {
			a.QuickLooks = a.QuickLooks[:2]
		},
		"13 Quick Looks: more than 12": func(a *digest.Article) {
			a.QuickLooks = slices.Repeat([]string{"Work begins in May."}, 13)
		},
		"Quick Look 2 says what the headline says": func(a *digest.Article) {
			a.QuickLooks[1] = "Nato, and the EU, agree on a bridge."
		},
		"Quick Look 1 says what the summary says": func(a *digest.Article) { a.QuickLooks[0] = a.Summary },
		`paragraph 1 has "TK"`:                    func(a *digest.Article) { a.DeepLook[0].Text = "It cost TK million." },
		`the summary has "TK"`:                    func(a *digest.Article) { a.Summary = "TKTK" },
		"Quick Look 1 has straight quotation marks, the summary has curly ones": func(a *digest.Article) {
			a.QuickLooks[0] = `"At last," said the mayor.`
		},
	} {
		a := calm()
		change(&a)
		got := a.Remarks()
		if want == "" {
			if len(got) > 0 {
				t.Errorf("a calm article: got %q", got)
			}
		} else if len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("want %q alone, got %q", want, got)
		}
	}
}

// TestNothingIsSaidOfWhatIsNoSlip: names in capitals, scripts that have none, straight marks
// alone, and what a feed has.
func TestNothingIsSaidOfWhatIsNoSlip(t *testing.T) {
	for _, headline := range []string{"NATO", "UN, EU, AU", "东京的桥又开放了", "جسر الميناء يُفتح من جديد", "TKO in the Third Round", "2026"} {
		a := calm()
		a.Headline = headline
		if got := a.Remarks(); len(got) > 0 {
			t.Errorf("%s: got %q", headline, got)
		}
	}
	a := calm()
	a.Feed, a.QuickLooks = "https://post.example/feed", nil
	if got := a.Remarks(); len(got) > 0 {
		t.Errorf("a fetched story: got %q", got)
	}
	a = calm()
	a.Summary, a.QuickLooks = `It's "the bridge".`, []string{"One.", "Two.", "Three."}
	if got := a.Remarks(); len(got) > 0 {
		t.Errorf("straight marks alone: got %q", got)
	}
}

// TestAPlanSaysWhatIsStillToCome, of what people wrote.
func TestAPlanSaysWhatIsStillToCome(t *testing.T) {
	a := at("a", six.Add(-time.Hour))
	a.Summary = "It cost TK million."
	if _, got := one(t, a, call()); got != `a picked the summary has "TK": what is to come is not there yet` {
		t.Errorf("got %q", got)
	}
	a.Feed = "https://post.example/feed"
	if _, got := one(t, a, call()); strings.Contains(got, "TK") {
		t.Errorf("of a fetched one: got %q", got)
	}
}
