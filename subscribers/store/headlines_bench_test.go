package store

import (
	"fmt"
	"testing"

	"vesper/digest"
	"vesper/subscribers/storetest"
)

// BenchmarkSearch looks for what no headline has, in ten years of editions with twelve
// stories: all of them are read.
func BenchmarkSearch(b *testing.B) {
	s := newFile(b)
	addReaders(b, s, 1)
	const days, stories = 3650, 12
	for n := range days {
		o := storetest.Opening(n)
		o.Edition.Articles = nil
		for i := range stories {
			o.Edition.Articles = append(o.Edition.Articles, digest.Article{
				ID: fmt.Sprintf("story-%d-%d", n, i), Headline: fmt.Sprintf("Council %d of the Harbour Votes on Gate %d", n, i),
				Summary: fmt.Sprintf("%2000d", i),
			})
		}
		if _, err := s.Book().OpenEdition(b.Context(), o); err != nil {
			b.Fatal(err)
		}
	}
	q := digest.ParseQuery("harbour ferry")
	for b.Loop() {
		if found, err := s.Book().Search(b.Context(), q, 100); len(found) > 0 || err != nil {
			b.Fatal(found, err)
		}
	}
}
