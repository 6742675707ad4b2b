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
	// Late says that a picked article was published before the window, and that no
	// edition of the slot has looked at it before.
	Late bool
	// CarriedOver says that a picked article did not fit into an edition before.
	CarriedOver bool
	// Verdict is the kind of the reason.
	Verdict Verdict
	// Place says why a picked article stands where it does.
	Place string
	// Reason says why an article is left out; for a picked one it is empty.
	Reason string
	// Update says which article it updates, and where that was printed; empty for none.
	Update string
	// Warning is what an editor should look at although the article is picked.
	Warning string
	// Twin is the ID of the article with the same text or story in place of which it is
	// left out; empty if that is not why.
	Twin string
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
	// Looked has what the slot's editions decided about the articles that they looked
	// at, by article.
	Looked map[string]Look
	// Pins are the articles that an editor wants first, in their order.
	Pins []string
	// Full is how many articles are set in full; the others are briefs. Sections are those
	// whose briefs come first.
	Full     int
	Sections []string
	// Recorded says that the edition before recorded what it looked at. Only then is
	// known what came late.
	Recorded bool
}

// Pick decides which articles an edition prints, of copies the pinned one or the one with
// the shortest name: those of its window and, as long as they are no older than the slot's MaxAge,
// those that came late: no edition of the slot has looked at them, although one could
// have printed them by their time. What an edition passed over is done with, unless an
// editor pinned it: a pin brings back what is too old or did not fit. What is under
// embargo at the cut-off waits for a later edition, and so do copies of it. Picked articles
// come first, in print order: see [Call.rank]. The others follow, newest first, each
// with its reason.
func Pick(articles []Article, call Call) []Choice {
	choices := make([]Choice, 0, len(articles))
	texts := call.texts()
	marks := make([]Text, len(articles))
	for i, a := range articles {
		marks[i] = TextOf(a)
		choices = append(choices, call.choose(a, marks[i], texts))
	}
	call.leaveOutCopies(choices, marks)
	call.leaveOutSameStories(choices)
	call.rank(choices)
	warnOfHeadlines(choices)
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

// texts gives, for each text that was printed or passed over, the look at it. What
// was printed comes first.
func (call Call) texts() map[Text]Look {
	texts := map[Text]Look{}
	for _, l := range call.Looked {
		other, there := texts[l.Text]
		if l.Verdict != VerdictPrinted && l.Verdict != VerdictFull && l.Verdict != VerdictPassed {
			continue
		}
		if !there || l.Verdict == VerdictPrinted && other.Verdict != VerdictPrinted ||
			l.Verdict == other.Verdict && l.ArticleID < other.ArticleID {
			texts[l.Text] = l
		}
	}
	return texts
}

func (call Call) choose(a Article, mark Text, texts map[Text]Look) Choice {
	c := Choice{Article: a, Picked: true, Verdict: VerdictPrinted, Update: call.update(a)}
	slot, found := call.labelled(a.Label)
	if a.Label != "" && !found {
		c.Warning = fmt.Sprintf("the label %q is not a configured edition; the article is taken anyway", a.Label)
	}
	for _, l := range slices.Concat(a.Loose, a.Lengths(), a.Notes) {
		c.warn(l)
	}
	if a.Feed == "" {
		for _, l := range a.toCome() {
			c.warn(l)
		}
	}
	before, looked := call.Looked[a.ID]
	twin, copied := texts[mark]
	copied = copied && twin.ArticleID != a.ID
	printed, once := call.Printed[a.ID]
	switch {
	case once:
		c.leaveOut(VerdictPrinted, "printed in "+printed.String())
	case found && slot.Name != call.Slot.Name:
		c.leaveOut(VerdictElsewhere, "labelled for the "+slot.Title)
	case copied && twin.Verdict == VerdictPrinted:
		c.leaveOut(VerdictCopy, fmt.Sprintf("the same text as %q, which %s printed", twin.ArticleID,
			cmp.Or(call.Printed[twin.ArticleID], twin.Edition)))
	case call.Window.embargoed(a):
		c.leaveOut(VerdictEmbargo, call.Window.untilWhen(a))
	case call.Window.after(a):
		c.leaveOut(VerdictToCome, "published after the cut-off, "+instant(call.Window.To))
	case looked && before.Verdict == VerdictPassed:
		call.passedOver(&c, before)
	case copied && twin.Verdict == VerdictPassed:
		call.passedOver(&c, twin)
	case !call.Window.before(a):
	case looked && before.done(a):
		call.passedOver(&c, before)
	case copied:
		call.passedOver(&c, twin)
	case call.Window.justBefore(a):
	case call.Recorded && !call.tooOld(a):
		c.Late = true
		c.warn("late: published before the last cut-off, " + instant(call.Window.From) + ", and not on the desk then")
	case call.pinned(c) < len(call.Pins):
		c.warn("pinned: " + call.tooEarly(a))
	default:
		c.leaveOut(VerdictOld, call.tooEarly(a))
	}
	return c
}

// passedOver leaves out what an edition has left out before, unless it did not fit
// and is to be carried over.
func (call Call) passedOver(c *Choice, l Look) {
	pinned := call.pinned(*c) < len(call.Pins)
	switch {
	case pinned && l.Verdict == VerdictFull:
		c.warn("pinned: it did not fit into " + l.Edition.String())
	case pinned && l.Verdict == VerdictPassed:
		c.warn("pinned: " + l.Edition.String() + " was not sent, and passed it over")
	case l.Verdict == VerdictPassed:
		c.leaveOut(VerdictPassed, l.Edition.String()+" was not sent, and passed it over")
	case pinned && l.Verdict == VerdictOld:
		c.warn("pinned: " + call.tooEarly(c.Article))
	case l.Verdict == VerdictFull && call.Slot.CarryOver && !call.tooOld(c.Article):
		c.CarriedOver = true
		c.warn("carried over: it did not fit into " + l.Edition.String())
	case l.Verdict == VerdictFull:
		c.leaveOut(VerdictFull, "it did not fit into "+l.Edition.String())
	case l.Verdict == VerdictOld:
		c.leaveOut(VerdictOld, call.tooEarly(c.Article))
	default:
		c.leaveOut(l.Verdict, "left out of "+l.Edition.String()+" as a "+string(l.Verdict))
	}
}

// tooOld says whether an article is older than the slot takes any.
func (call Call) tooOld(a Article) bool {
	return call.Slot.MaxAge > 0 && a.Time().Before(call.Window.To.Add(-call.Slot.MaxAge))
}

func (call Call) tooEarly(a Article) string {
	early := "published before this edition's window, which starts " + instant(call.Window.From)
	if call.Recorded && call.tooOld(a) {
		early += ", and older than max_age = " + call.Slot.MaxAge.String()
	}
	return early
}

// leaveOut makes the choice against the article.
func (c *Choice) leaveOut(v Verdict, reason string) {
	*c = Choice{Article: c.Article, Verdict: v, Reason: reason, Update: c.Update}
}

// warn adds a warning.
func (c *Choice) warn(what string) {
	if c.Warning != "" {
		c.Warning += "; "
	}
	c.Warning += what
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
