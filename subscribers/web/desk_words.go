package web

import (
	"fmt"
	"time"

	"vesper/digest"
)

// deskSays are the words of desk pages. They are the newsroom's and in English, as the remarks
// on proofs are; all of them are in this file.
type deskSays struct {
	YouAre, Reason, Hold, Release, Approve, Edition, Designed, Dark, Plain, AsItGoes, Articles, Place string
	Order, OrderHint, Pin, Unpin, Pinned, Spike, Unspike, Others, Words, Subject, SubjectHint, Note   string
	Save, Acts, NotRead, Differs, Nothing, OnPhone                                                    string
}

var deskWords = deskSays{
	YouAre: "You act as", Reason: "Why (kept and shown with it)",
	Hold: "Hold", Release: "Release", Approve: "Approve this version",
	Edition: "The edition", AsItGoes: "The edition as readers get it",
	Designed: "Designed", Dark: "Dark", Plain: "Plain text",
	Articles: "Articles", Place: "Place", Order: "Print in this order",
	OrderHint: "Give them other numbers. What was moved is pinned.",
	Pin:       "Pin to the top", Unpin: "Unpin", Pinned: "pinned", Spike: "Take off the desk", Unspike: "Put it back",
	Others: "Not in this edition", Words: "Subject and note",
	Subject: "Subject", SubjectHint: "Without one it is the first headline.",
	Note: "Note from the editor, above the articles", Save: "Save",
	Acts: "What was done", NotRead: "Not in it, since it can't be read:",
	Differs: "Nothing was done: the edition is not the one that you were shown. What is different by now:",
	Nothing: "There is nothing to print.",
}

const (
	deskBroken     = "This link is not good"
	deskBrokenText = "Open the link in the latest proof once more, as a whole. It is good for one person, " +
		"and as long as proofs are mailed to that person."
	deskGone     = "This desk page is closed"
	deskGoneText = "It is there from an edition's proof until a day after the edition has gone."
	deskTries    = "Too many links that are not good were tried from here. Wait an hour, and open the link in the " +
		"latest proof once more."
	deskUnknown  = "That is not among what this page has. Nothing was changed."
	deskNewer    = "The edition has changed since this page was opened. Open the page anew to see it."
	deskNotFixed = "Each place must be a number."
	deskUnmoved  = "They stand in this order already."
)

// clock is a time of day with its zone, or with the day if it is another one.
func (s Sheet) clock(t time.Time) string {
	t = t.In(s.Due.Location())
	if digest.DateOf(t) != s.Edition.ID.Date {
		return t.Format("2 January, 15:04 MST")
	}
	return t.Format("15:04 MST")
}

// stands says how it stands with the edition, a line each.
func (s Sheet) stands() []string {
	if !s.Live {
		return []string{s.over()}
	}
	goes := "It goes at " + s.clock(s.Due)
	switch {
	case s.Frozen():
		goes = "It is put together, and goes at " + s.clock(s.Due)
	case s.Opens.Before(s.Due) && s.Now.Before(s.Opens):
		goes += ", and is put together for that at " + s.clock(s.Opens)
	case !s.Now.Before(s.Due):
		goes = fmt.Sprintf("It was due at %s, and goes within a minute", s.clock(s.Due))
	}
	var lines []string
	switch {
	case !s.NeedsApproval:
		lines = append(lines, goes+", unless somebody holds it.")
	case s.Frozen():
		lines = append(lines, goes+".")
	case s.Approved == s.Hash && s.Hash != digest.ContentHash{}:
		lines = append(lines, goes+". This version is approved.")
	case s.Approved != digest.ContentHash{}:
		lines = append(lines, fmt.Sprintf("%s as version %s, which was approved. This one goes only if it is approved too.",
			goes, s.Approved))
	default:
		lines = append(lines, goes+", if somebody approves it.")
	}
	if s.Frozen() && !s.Fixed {
		lines = append(lines, "If you change it, it is put together anew.")
	}
	if s.Stopped() {
		lines = append(lines, fmt.Sprintf("It is held %s. Nothing of it goes out until somebody releases it.",
			s.Record.Reason))
	}
	if s.Refused != "" && s.Record.State != digest.Held && !s.Frozen() {
		lines = append(lines, "As it is now, it would not go: "+s.Refused+".")
	}
	return lines
}

// over says what became of an edition that nothing can be changed in any more.
func (s Sheet) over() string {
	const ends = " Nothing can be changed here any more."
	if s.Record.State.Opened() {
		return fmt.Sprintf("It went out at %s, and is %s.", s.clock(s.Record.Begins()), s.Record.State) + ends
	}
	return fmt.Sprintf("It is %s: %s.", s.Record.State, s.Record.Reason) + ends
}

// version names what is shown, and says to how many it goes.
func (s Sheet) version() string {
	readers := fmt.Sprintf("%d readers", s.Recipients)
	if s.Recipients == 1 {
		readers = "1 reader"
	}
	return fmt.Sprintf("Version %s, for %s.", s.Hash, readers)
}
