package digest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Choice is what [Pick] decided about one article.
type Choice struct {
	Article Article
	Picked  bool
	// Reason says why an article is left out; for a picked one it is empty.
	Reason string
	// Warning is what an editor should look at although the article is picked.
	Warning string
}

// Call is the question that [Pick] answers: what does this slot print now?
type Call struct {
	// Slot is the slot to print; Slots are all that are configured, this one
	// included.
	Slot  Slot
	Slots []Slot
	// Window is the edition's span of time.
	Window Window
	// Printed tells the edition that printed an article; a zero ID means none.
	Printed map[string]ID
}

// Pick decides which articles an edition prints. Picked articles come first, in
// print order: newest first. The others follow, newest first too, each with its
// reason. Articles of the same time are ordered by ID, so that the same desk always
// gives the same edition.
func Pick(articles []Article, call Call) []Choice {
	choices := make([]Choice, 0, len(articles))
	for _, a := range articles {
		choices = append(choices, call.choose(a))
	}
	slices.SortFunc(choices, func(a, b Choice) int {
		if a.Picked != b.Picked {
			if a.Picked {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Article.Published.Compare(a.Article.Published), cmp.Compare(a.Article.ID, b.Article.ID))
	})
	if most := call.Slot.MaxArticles; most > 0 {
		for i := most; i < len(choices) && choices[i].Picked; i++ {
			choices[i].Picked = false
			choices[i].Reason = fmt.Sprintf("the edition is full (max_articles = %d)", most)
		}
	}
	return choices
}

// Picked gives the articles that were picked, in print order.
func Picked(choices []Choice) []Article {
	var picked []Article
	for _, c := range choices {
		if c.Picked {
			picked = append(picked, c.Article)
		}
	}
	return picked
}

func (call Call) choose(a Article) Choice {
	c := Choice{Article: a}
	if id, ok := call.Printed[a.ID]; ok {
		c.Reason = "printed in " + id.String()
		return c
	}
	slot, found := call.labelled(a.Label)
	switch {
	case found && slot.Name != call.Slot.Name:
		c.Reason = "labelled for the " + slot.Title
		return c
	case call.Window.late(a):
		c.Reason = "published after the cut-off, " + instant(call.Window.To)
		return c
	case call.Window.early(a):
		c.Reason = "published before this edition's window, which starts " + instant(call.Window.From)
		return c
	}
	c.Picked = true
	if a.Label != "" && !found {
		c.Warning = fmt.Sprintf("the label %q is no configured edition; taken all the same", a.Label)
	}
	return c
}

// labelled finds the slot that a label names by its title or its name.
func (call Call) labelled(label string) (Slot, bool) {
	label = strings.Join(strings.Fields(label), " ")
	for _, s := range call.Slots {
		if strings.EqualFold(label, s.Title) || strings.EqualFold(label, s.Name) {
			return s, true
		}
	}
	return Slot{}, false
}

func instant(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }
