package digest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// mostDiffering is how many lines say what differs.
const mostDiffering = 20

// Differences says in a few lines what an edition prints that differs from what it printed
// when it was put together before. There are none if readers would see the same.
func Differences(was, is Edition) []string {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	before, after := byID(was.Articles), byID(is.Articles)
	for i, a := range is.Articles {
		if _, ok := before[a.ID]; !ok {
			say("new, number %d: %s", i+1, a.Headline)
		}
	}
	for _, a := range was.Articles {
		if _, ok := after[a.ID]; !ok {
			say("taken out: %s", a.Headline)
		}
	}
	for _, a := range is.Articles {
		if old, ok := before[a.ID]; ok {
			if what := changed(old, a); what != "" {
				say("changed: %s (%s)", a.Headline, what)
			}
		}
	}
	lines = append(lines, moved(was.Articles, is.Articles)...)
	for _, w := range []struct{ what, was, is string }{
		{"the subject", was.Subject, is.Subject},
		{"the note", was.Note, is.Note},
		{"the title", was.Title, is.Title},
	} {
		switch {
		case w.was == w.is:
		case w.is == "":
			say("%s is taken away", w.what)
		default:
			say("%s: %s", w.what, w.is)
		}
	}
	if !slices.Equal(was.Tomorrow.Lines, is.Tomorrow.Lines) || was.Tomorrow.Date != is.Tomorrow.Date {
		say("what tomorrow brings")
	}
	if was.PaperNumber != is.PaperNumber {
		say("the paper's number: %d", is.PaperNumber)
	}
	if n := len(lines) - mostDiffering; n > 0 {
		lines = append(lines[:mostDiffering], fmt.Sprintf("and %d more", n))
	}
	return lines
}

func byID(articles []Article) map[string]Article {
	all := map[string]Article{}
	for _, a := range articles {
		all[a.ID] = a
	}
	return all
}

// changed names the parts of an article that readers see and that differ.
func changed(was, is Article) string {
	var parts []string
	add := func(differs bool, what string) {
		if differs {
			parts = append(parts, what)
		}
	}
	add(was.Headline != is.Headline, "headline")
	add(was.Summary != is.Summary, "summary")
	add(!slices.Equal(was.QuickLooks, is.QuickLooks), "Quick Looks")
	add(!reflect.DeepEqual(was.DeepLook, is.DeepLook), "Deep Look")
	add(was.URL != is.URL, "link")
	add(was.Source != is.Source || was.Dateline != is.Dateline || was.Byline != is.Byline || was.Section != is.Section,
		"source, place, byline or section")
	return strings.Join(parts, ", ")
}

// moved names the articles that stand elsewhere among those that are in both.
func moved(was, is []Article) []string {
	var lines []string
	in := byID(is)
	var order []string
	for _, a := range was {
		if _, ok := in[a.ID]; ok {
			order = append(order, a.ID)
		}
	}
	at := 0
	old := byID(was)
	for i, a := range is {
		if _, ok := old[a.ID]; !ok {
			continue
		}
		if order[at] != a.ID {
			from := slices.IndexFunc(was, func(b Article) bool { return b.ID == a.ID })
			lines = append(lines, fmt.Sprintf("moved from number %d to %d: %s", from+1, i+1, a.Headline))
			// What it passed by has not moved for that.
			order = slices.Insert(slices.DeleteFunc(order, func(id string) bool { return id == a.ID }), at, a.ID)
		}
		at++
	}
	return lines
}
