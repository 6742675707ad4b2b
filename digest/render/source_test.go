package render

import (
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

func TestAStoryOfAnotherPublisherNamesItsSource(t *testing.T) {
	r := Renderer{Publication: digest.Publication{Name: "Newslooks"}}
	for want, a := range map[string]digest.Article{
		"World · The Wire · Ana Ruiz": {Feed: "wire.example", Source: "The Wire", Section: "World", Byline: "Ana Ruiz"},
		"Ana Ruiz":                    {Feed: "www.news.example", Source: "newslooks", Byline: "Ana Ruiz"},
		"Vienna · Ana Ruiz":           {Source: "The Desk", Dateline: "Vienna", Byline: "Ana Ruiz"},
	} {
		if got := joined(r.facts(a)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestAnotherPublishersStoryNamesItsSourceInEachPlaceAndForm looks at a lead, a story and a
// brief, in the HTML, the text and the web view.
func TestAnotherPublishersStoryNamesItsSourceInEachPlaceAndForm(t *testing.T) {
	r, e := renderer(t), edition(t, many(t, 8)...)
	for place, sources := range map[int]string{0: "North Coast Gazette", 3: "Tarn Valley Post", 7: "The Wire"} {
		a := &e.Articles[place]
		a.Feed, a.Source, a.URL = "feed.example", sources, "https://feed.example/story/"+a.ID
		page, text := bothParts(t, r, e)
		web, err := r.WebView(e)
		if err != nil {
			t.Fatal(err)
		}
		for form, shown := range map[string]string{"HTML": page, "text": text, "web view": string(web)} {
			from := strings.LastIndex(shown, a.Headline)
			if i := strings.LastIndex(shown[:from], a.URL); form != "text" && i >= 0 {
				from = i
			}
			rest := shown[from:]
			link, source := strings.Index(rest, a.URL), strings.Index(rest, sources)
			if link < 0 || source < 0 || min(link, source) > 400 && max(link, source) > min(link, source)+400 {
				t.Errorf("article %d, %s: the link is at %d and the source at %d: %.600s", place, form, link, source, rest)
			}
		}
	}
}

func TestAStoryOfAnotherPublisherWithoutSourceNamesItsHost(t *testing.T) {
	r := renderer(t)
	for want, a := range map[string]digest.Article{
		"wire.example": {Feed: "wire.example", URL: "https://wire.example/a"},
		"":             {Feed: "www.courier.example", URL: "https://courier.example/a"},
	} {
		if got := r.otherSource(a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAnUpdateIsMarkedInEachPlaceFormAndLanguage(t *testing.T) {
	whole.NotRaced(t)
	for language, word := range map[string]string{
		"en": "Updated", "de": "Aktualisiert", "es": "Actualizado", "fr": "Mis à jour", "ar": "محدَّث",
		"it": "Aggiornato", "pt": "Atualizado",
	} {
		r := renderer(t)
		r.Publication.Language = language
		plain := edition(t, many(t, 8)...)
		if page, text := bothParts(t, r, plain); strings.Contains(page+text, word) {
			t.Fatalf("%s: %q stands in an edition without updates", language, word)
		}
		for _, place := range []int{0, 3, 7} {
			e := edition(t, many(t, 8)...)
			e.Articles[place].Updates = "the-first"
			page, text := bothParts(t, r, e)
			web, err := r.WebView(e)
			if err != nil {
				t.Fatal(err)
			}
			deep, err := r.DeepLook(e, e.Articles[place])
			if err != nil {
				t.Fatal(err)
			}
			for form, shown := range map[string]string{
				"HTML": page, "text": text, "web view": string(web), "whole article": string(deep),
			} {
				if n := strings.Count(shown, word); n != 1 {
					t.Errorf("%s, article %d, %s: marked %d times", language, place, form, n)
				}
			}
		}
	}
}
