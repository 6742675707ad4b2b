package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Refusal is why an edition is not opened.
type Refusal struct {
	Kind Kind
	// Reason says it to people: it is stored where the evening is recorded.
	Reason string
}

// Kind is what decides on a refused evening's future.
type Kind string

// The kinds of refusals, in the order in which they are looked for.
const (
	// Opened: the edition was opened before. The decision has its record.
	Opened Kind = "opened"
	// Held: an editor holds it, or the service waits for an editor's word.
	Held Kind = "held"
	// Unapproved: it needs somebody's approval, and has none.
	Unapproved Kind = "unapproved"
	// Overtaken: a later edition of the slot has been printed.
	Overtaken Kind = "overtaken"
	// TooLate: its time has passed by more than the slot's grace.
	TooLate Kind = "too late"
	// Unread: the articles can't be read. It stands only in what is coming.
	Unread Kind = "unread"
	// TooFew: there are fewer articles than make an edition.
	TooFew Kind = "too few articles"
	// Nobody: no active reader wants it.
	Nobody Kind = "nobody"
)

// skips says whether a quiet day passes over what it has. Where the desk can't be read whole,
// the day may be quiet for that alone.
func (d Decision) skips() bool { return d.Slot.BelowMin == digest.Skip && len(d.Flaws) == 0 }

// byBook refuses what the book has, and what comes after what it has.
func (d Decision) byBook() Refusal {
	switch {
	case d.Record.State.Opened():
		return Refusal{Opened, fmt.Sprintf("it was opened before and is %s", d.Record.State)}
	case d.Record.State == digest.Held:
		return Refusal{Held, cmp.Or(d.Record.Reason, "by an editor")}
	case d.Last != (digest.Date{}) && d.Edition.ID.Date.Compare(d.Last) < 0:
		return Refusal{Overtaken, "a later edition was opened before it was due"}
	}
	return Refusal{}
}

// byClock refuses what was due at the end of the freeze that begins at the cut-off, and is
// not within the slot's grace. An edition by hand has the cut-off now, and is never late.
func (d Decision) byClock(now, cutOff time.Time) Refusal {
	late := now.Sub(cutOff.Add(d.Slot.Freeze))
	if late <= d.Slot.Grace || d.Slot.Late == digest.Send {
		return Refusal{}
	}
	return Refusal{TooLate, fmt.Sprintf("Vesper started %s after its time, later than the grace of %s",
		late.Round(time.Second), d.Slot.Grace)}
}

// byDesk refuses what has too little to print.
func (d Decision) byDesk() Refusal {
	if d.Enough() {
		return Refusal{}
	}
	n, articles := len(d.Edition.Articles), "articles"
	if n == 1 {
		articles = "article"
	}
	why := fmt.Sprintf("%d %s, and it needs %d", n, articles, d.least())
	switch {
	case d.skips() && n > 0:
		why += "; what there is is passed over"
	case d.Slot.BelowMin == digest.Skip && n > 0:
		why += "; what there is waits, since a file of the desk can't be read"
	}
	return Refusal{TooFew, why}
}

// byList refuses what would go to nobody.
func (d Decision) byList() Refusal {
	if d.Recipients > 0 {
		return Refusal{}
	}
	return Refusal{Nobody, digest.ErrNobody.Error()}
}

// notOpened turns what the book said at the opening into the refusal that would
// have been decided a moment later.
func (p *Publisher) notOpened(ctx context.Context, d Decision, why error) (Decision, error) {
	switch {
	case errors.Is(why, digest.ErrExists):
		record, err := p.Past.Record(ctx, d.Edition.ID)
		if err != nil {
			return d, err
		}
		d.Record = record
		d.Refusal = d.byBook()
		return d, nil
	case errors.Is(why, digest.ErrNobody):
		d.Recipients = 0
		d.Refusal = d.byList()
		return d, nil
	}
	return d, why
}
