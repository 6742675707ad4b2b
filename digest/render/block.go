package render

import (
	"cmp"
	"slices"
	"strings"

	"vesper/digest"
	"vesper/templates"
)

// block is an article as the edition shows it.
type block struct {
	tongue
	Words *templates.Words
	// Number counts the articles from 1. It is 0 in an edition of one, and in brief.
	Number int
	Lead   bool
	// Kicker is the section that a brief begins with. Older templates set Section above
	// the first of several briefs of the same one.
	Kicker, Section string
	// Facts is what stands by the headline, on one line, and FactsOf the same in parts.
	Facts         string
	FactsOf       []fact
	Headline, URL string
	Summary       string
	QuickLooks    []string
	// Looks is the same with what somebody says taken apart.
	Looks []quickLook
	// Source is the publisher of a story that is not our own: its link leads there.
	Source string
	// Detail says how much more there is behind the link.
	Detail string
	// Told is the summary as the plain text tells it at the article: it is empty where
	// that has opened with it.
	Told string
	// Twice is false. Older templates ask for it.
	Twice bool

	brief bool
}

// A lead that has many Quick Looks shows leadLooks of them.
const manyLooks, leadLooks = 10, 7

// block shows as much of the edition's article i, counted from 0, as c says.
func (r Renderer) block(e digest.Edition, a digest.Article, i int, c cuts) block {
	b := block{
		tongue: r.tongueOf(a), Words: r.words(),
		Headline: line(a.Headline), Summary: line(a.Summary), brief: i >= c.stories,
	}
	b.Lead = i < r.Layout.Lead && !b.brief
	if len(e.Articles) > 1 && !b.brief {
		b.Number = i + 1
	}
	if !b.Lead {
		b.Summary = firstSentence(b.Summary, cmp.Or(a.Language, strings.TrimSuffix(b.Language, unknown), r.language()))
	}
	if len(e.Articles) > 1 {
		b.Told = b.Summary
	}
	looks := lines(a.QuickLooks)
	switch {
	case b.brief:
		b.Kicker = line(a.Section)
		b.Section = b.Kicker
	case i > 0 && i >= c.looks:
	case b.Lead:
		b.QuickLooks = looks[:r.leadShown(len(looks))]
	default:
		b.QuickLooks = looks[:shown(len(looks), r.Layout.QuickLooks)]
	}
	b.Looks = quickLooks(b.QuickLooks)
	hidden := len(looks) - len(b.QuickLooks)
	b.URL = r.link(e, a, len(a.DeepLook) > 0 || hidden > 0 || b.Summary != line(a.Summary))
	if webURL(a.URL) != "" {
		b.Source = line(r.otherSource(a))
	}
	b.FactsOf = r.facts(a)
	if b.brief {
		b.FactsOf = r.briefFacts(a)
	}
	b.Facts = joined(b.FactsOf)
	if b.brief {
		return b
	}
	var detail []string
	if n := deepWords(a.DeepLook); n > 0 {
		detail = append(detail, r.minutes(deepMinutes(n)))
	}
	if hidden > 0 {
		detail = append(detail, r.words().Count(r.words().Edition.MoreLooks, hidden))
	}
	b.Detail = strings.Join(detail, " · ")
	return b
}

// shown is how many of n Quick Looks a story shows when limit are wanted: to hide
// one or two saves less room than it takes to say so.
func shown(n, limit int) int {
	if limit < 0 || n <= limit+2 {
		return n
	}
	return limit
}

// leadShown is how many of n Quick Looks a lead shows: no fewer than a story would.
func (r Renderer) leadShown(n int) int {
	if n < manyLooks {
		return n
	}
	return max(leadLooks, shown(n, r.Layout.QuickLooks))
}

// words counts what a reader reads of the block.
func (b block) words() int {
	return readingWords(slices.Concat([]string{b.Facts, b.Headline, b.Summary}, b.QuickLooks)...)
}
