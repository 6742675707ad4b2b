package render

import (
	"cmp"

	"golang.org/x/text/language"

	"vesper/digest"
)

// SampleArticles gives five made-up articles, or as many as there are, to look at templates
// with: those of the specimens in a language, English ones where they have none in it.
func SampleArticles(tag string) ([]digest.Article, error) {
	base, _ := language.Make(tag).Base()
	name := ""
	for _, s := range specimenSets {
		if s.language == base.String() {
			name = cmp.Or(name, s.articles)
		}
	}
	articles, err := Fixtures(cmp.Or(name, "articles"))
	return articles[:min(5, len(articles))], err
}
