package digest

import (
	"cmp"
	"fmt"
	"slices"
)

// rank puts the picked articles first and all in their order, cuts off what does not fit,
// and says of each picked one why it stands where it does. This is the whole rule:
//
//  1. The articles that an editor pinned, in the order of the pins.
//  2. The others, newest first by [Article.Time]; of the same time by their IDs, so that
//     the same desk always gives the same edition.
//  3. What is beyond the slot's most articles of one section is left out, unless it is
//     pinned, and then what is beyond its most articles.
//  4. Of those that are set in brief, behind the slot's full places, the sections of the
//     call come first, in their order. Within a section, and without one, rule 2 holds.
func (call Call) rank(choices []Choice) {
	slices.SortFunc(choices, call.before)
	if call.limitSections(choices) {
		slices.SortFunc(choices, call.before)
	}
	picked := len(Picked(choices))
	if most := call.Slot.MaxArticles; most > 0 {
		for i := most; i < picked; i++ {
			choices[i].leaveOut(VerdictFull, fmt.Sprintf("the edition is full (max_articles = %d)", most))
		}
		picked = min(picked, most)
	}
	briefs := choices[min(call.Full, picked):picked]
	slices.SortStableFunc(briefs, func(a, b Choice) int {
		if call.pinned(a) < len(call.Pins) || call.pinned(b) < len(call.Pins) {
			return call.pinned(a) - call.pinned(b)
		}
		return call.section(a) - call.section(b)
	})
	for i := range choices[:picked] {
		choices[i].Place = call.place(choices[i], i >= picked-len(briefs))
	}
}

// before compares by the first two rules. What is left out comes last.
func (call Call) before(a, b Choice) int {
	if a.Picked != b.Picked {
		if a.Picked {
			return -1
		}
		return 1
	}
	return cmp.Or(call.pinned(a)-call.pinned(b), b.Article.Time().Compare(a.Article.Time()),
		cmp.Compare(a.Article.ID, b.Article.ID))
}

// limitSections leaves out what is beyond the most articles of one section, and says
// whether there was any. Articles without a section are not limited.
func (call Call) limitSections(choices []Choice) (any bool) {
	most := call.Slot.MaxPerSection
	if most <= 0 {
		return false
	}
	of := map[string]int{}
	for i := range choices {
		c := &choices[i]
		name := sectionOf(c.Article.Section)
		if !c.Picked || name == "" {
			continue
		}
		if of[name]++; of[name] > most && call.pinned(*c) == len(call.Pins) {
			of[name]--
			any = true
			c.leaveOut(VerdictFull, fmt.Sprintf("the edition has %d of section %s (max_per_section = %d)", of[name],
				c.Article.Section, most))
		}
	}
	return any
}

// pinned gives the place of an article's pin, from 0 on; as many as there are pins for
// none.
func (call Call) pinned(c Choice) int {
	if i := slices.Index(call.Pins, c.Article.ID); i >= 0 {
		return i
	}
	return len(call.Pins)
}

// section gives the place of an article's section among those of the call, as many as
// there are for none.
func (call Call) section(c Choice) int {
	for i, s := range call.Sections {
		if sectionOf(s) == sectionOf(c.Article.Section) {
			return i
		}
	}
	return len(call.Sections)
}

// sectionOf gives a section's name as it is compared: "City " is "city".
func sectionOf(name string) string { return plainly(name) }

// place says why a picked article stands where it does.
func (call Call) place(c Choice, brief bool) string {
	switch {
	case call.pinned(c) < len(call.Pins):
		return fmt.Sprintf("pinned, number %d of %d", call.pinned(c)+1, len(call.Pins))
	case brief && call.section(c) < len(call.Sections):
		return "in brief, section " + c.Article.Section
	case brief && len(call.Sections) > 0:
		return "in brief, newest first"
	}
	return "newest first"
}
