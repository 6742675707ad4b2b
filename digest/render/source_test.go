package render

import (
	"testing"

	"vesper/digest"
)

func TestAStoryOfAnotherPublisherNamesItsSource(t *testing.T) {
	r := Renderer{Publication: digest.Publication{Name: "Newslooks"}}
	for want, a := range map[string]digest.Article{
		"World · The Wire · Ana Ruiz": {Feed: "wire.example", Source: "The Wire", Section: "World", Byline: "Ana Ruiz"},
		"Ana Ruiz":                    {Feed: "www.news.example", Source: "newslooks", Byline: "Ana Ruiz"},
		"Vienna · Ana Ruiz":           {Source: "The Desk", Dateline: "Vienna", Byline: "Ana Ruiz"},
	} {
		if got := r.facts(a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
