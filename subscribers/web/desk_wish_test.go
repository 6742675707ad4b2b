package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestPlacesAreNumbersBesideArticles(t *testing.T) {
	p := deskPage{}
	for i, id := range []string{"a", "b", "c", "d"} {
		p.Articles = append(p.Articles, deskArticle{ID: id, Place: i + 1})
	}
	for places, want := range map[string]string{
		"1 2 3 4": "", "2 2 3 4": "b a", "1 1 3 4": "b a", "4 2 3 4": "b c d a", "1 2 3 1": "d a b c", "1 2 9 4": "a b d c",
		"4 3 2 1": "d c b a", "1 2 3 0": "d a b c", "10 20 30 40": "", "-1 -2 3 4": "b a", "1 2 3 x": "?", "1 2 3 ": "?",
	} {
		all := strings.Split(places, " ")
		ids, problem := p.ordered(func(id string) string { return all[strings.Index("abcd", id)] })
		switch got := strings.Join(ids, " "); {
		case want == "?" && problem != deskNotFixed, want == "" && problem != deskUnmoved, want != "?" && got != want:
			t.Errorf("%s: got %q, %q, want %q", places, got, problem, want)
		}
	}
}

// FuzzWish: no form is a fault, and what comes of it is about articles of the page.
func FuzzWish(f *testing.F) {
	p := deskPage{Hash: "3f0a94c1d2e8", Articles: []deskArticle{{ID: "a", Place: 1}, {ID: "b", Place: 2}}}
	f.Add("version=3f0a94c1d2e8&do=order&place+a=2&place+b=1")
	f.Add("version=3f0a94c1d2e8&do=words&subject=x%0A&note=%00")
	f.Add("pin=a&spike=b&acts=x&do=hold")
	f.Fuzz(func(t *testing.T, form string) {
		values, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		w, problem := p.wished(values)
		if problem != "" {
			return
		}
		if w.Kind == "" || strings.ContainsAny(w.Reason+w.Words.Note, "\r\n\x00") || w.Words.Check() != nil {
			t.Fatalf("%q: got %+v", form, w)
		}
		for _, id := range w.Articles {
			if w.Kind != WishUnspike && w.Version == p.Hash && !slices.Contains([]string{"a", "b"}, id) {
				t.Fatalf("%q: got %+v", form, w)
			}
		}
	})
}
