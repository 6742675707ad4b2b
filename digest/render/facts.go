package render

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"vesper/digest"
)

// fact is one of the things that stand by a headline.
type fact struct {
	Text string
	// Ours says that it is our own word, in our language, and no text of the article.
	Ours bool
	// Kicker says that it is the section, which stands first and in the accent.
	Kicker bool
}

// facts is what stands above a headline: section, that the article updates one that was
// printed, dateline and byline, those that the article has, and the source of what a feed
// of another publisher had.
func (r Renderer) facts(a digest.Article) []fact {
	facts := factsOf(a.Section)
	if len(facts) > 0 {
		facts[0].Kicker = true
	}
	return slices.Concat(facts, r.updated(a), factsOf(r.otherSource(a), a.Dateline, a.Byline))
}

// briefFacts is what stands by a headline in brief: what a reader must know of it.
func (r Renderer) briefFacts(a digest.Article) []fact {
	return append(r.updated(a), factsOf(r.otherSource(a))...)
}

func (r Renderer) updated(a digest.Article) []fact {
	if a.Updates == "" {
		return nil
	}
	return []fact{{Text: r.words().Edition.Updated, Ours: true}}
}

func factsOf(texts ...string) []fact {
	var facts []fact
	for _, s := range lines(texts) {
		facts = append(facts, fact{Text: s})
	}
	return facts
}

func joined(facts []fact) string {
	var texts []string
	for _, f := range facts {
		texts = append(texts, f.Text)
	}
	return strings.Join(texts, " · ")
}

// otherSource is the publisher of an article that a feed of another publisher had, by its
// name or its feed's host; empty for our own.
func (r Renderer) otherSource(a digest.Article) string {
	if a.Feed == "" || strings.EqualFold(line(a.Source), line(r.Publication.Name)) {
		return ""
	}
	if line(a.Source) == "" && r.ourHost(a) {
		return ""
	}
	return cmp.Or(line(a.Source), a.Feed)
}

// ourHost says whether an article lies on the publication's own site.
func (r Renderer) ourHost(a digest.Article) bool {
	at, err := url.Parse(a.URL)
	home, wrong := url.Parse(r.Publication.URL)
	return err == nil && wrong == nil && bareHost(at) == bareHost(home)
}

func bareHost(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }
