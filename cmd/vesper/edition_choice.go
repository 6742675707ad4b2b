package main

import (
	"fmt"
	"slices"
	"strings"

	"vesper/digest"
)

// choiceJSON is an article of a plan, or of the desk.
type choiceJSON struct {
	ID        string  `json:"id"`
	Headline  string  `json:"headline"`
	Published *string `json:"published,omitempty"`
	Embargo   *string `json:"embargo,omitempty"`
	Source    string  `json:"source,omitempty"`
	// Place is where a picked one stands in the edition, from 1 on.
	Place  int    `json:"place,omitempty"`
	Picked bool   `json:"picked"`
	Reason string `json:"reason"`
	// Late: published before the last cut-off, and new on the desk since. CarriedOver:
	// it did not fit into an edition before.
	Late        bool `json:"late,omitempty"`
	CarriedOver bool `json:"carried_over,omitempty"`
	// Why says why a picked one stands at its place, and Form what is printed of it.
	Why  string `json:"why,omitempty"`
	Form string `json:"form,omitempty"`
	// Update says which article it updates, and where that was printed.
	Update string `json:"update,omitempty"`
}

// The forms in which an article is printed.
const (
	formQuickLooks = "quick looks"
	formSummary    = "summary"
	formHeadline   = "headline"
)

// formOf says what is printed of a picked article.
func formOf(c digest.Choice) string {
	switch a := c.Article; {
	case !c.Picked:
		return ""
	case len(a.QuickLooks) > 0:
		return formQuickLooks
	case a.Summary != "":
		return formSummary
	}
	return formHeadline
}

// ofList gives the reason of an article in the list of the desk, where a pin is said too.
func ofList(c digest.Choice, pins []string) string {
	var said []string
	if i := slices.Index(pins, c.Article.ID); i >= 0 {
		said = append(said, fmt.Sprintf("pinned, number %d of %d", i+1, len(pins)))
	}
	if c.Picked && c.Update != "" {
		said = append(said, c.Update)
	}
	if why := reason(c); why != "" {
		said = append(said, why)
	}
	return strings.Join(said, "; ")
}

// whyThere gives why a picked article stands where it does and, if it has no Quick Looks,
// what is printed of it; for one that is left out, the reason. Warnings come last.
func whyThere(c digest.Choice) string {
	if !c.Picked {
		return reason(c)
	}
	why := c.Place
	if c.Update != "" {
		why += "; " + c.Update
	}
	if form := formOf(c); form != formQuickLooks {
		why += "; no Quick Looks: " + form
	}
	if c.Warning != "" {
		why += "; " + reason(c)
	}
	return why
}

// reason gives why an article is left out or, for a picked one, what to look at.
func reason(c digest.Choice) string {
	if c.Reason != "" || c.Warning == "" {
		return c.Reason
	}
	return "warning: " + c.Warning
}
