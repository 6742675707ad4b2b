package main

import (
	"vesper/digest"
)

// choiceJSON is an article of a plan, or of the desk.
type choiceJSON struct {
	ID        string  `json:"id"`
	Headline  string  `json:"headline"`
	Published *string `json:"published,omitempty"`
	Source    string  `json:"source,omitempty"`
	// Place is where a picked one stands in the edition, from 1 on.
	Place  int    `json:"place,omitempty"`
	Picked bool   `json:"picked"`
	Reason string `json:"reason"`
	// Late: published before the last cut-off, and new on the desk since. CarriedOver:
	// it did not fit into an edition before.
	Late        bool `json:"late,omitempty"`
	CarriedOver bool `json:"carried_over,omitempty"`
}

// reason gives why an article is left out or, for a picked one, what to look at.
func reason(c digest.Choice) string {
	if c.Reason != "" || c.Warning == "" {
		return c.Reason
	}
	return "warning: " + c.Warning
}
