package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"vesper/digest"
)

// Decision is what an evening would open, or why it would not.
type Decision struct {
	Slot Slot
	// Edition is what would be printed, with the paper number that it would have; the
	// ledger's is given when it is opened. For an evening that was refused before the desk
	// was read it has no articles.
	Edition digest.Edition
	// Choices has every article of the desk, the picked ones first and in print
	// order; Flaws has the files that can't be read.
	Choices []digest.Choice
	Flaws   []*digest.Flaw
	// Tomorrow is what lies on the desk of what a day brings, for whichever day. The
	// edition has it if it is of the day before.
	Tomorrow digest.Tomorrow
	// Due is when its first message may leave, where that is later than its opening.
	Due time.Time
	// Recipients is how many it goes to.
	Recipients int
	// Pins are the articles that an editor pinned for its slot.
	Pins []string
	// Record is what the book has of it; zero if nothing.
	Record digest.Record
	// Last is the day of the slot's last printed edition; zero if none was.
	Last digest.Date
	// Caution says why the service does not open it by itself, although somebody may by
	// hand; "" if it does.
	Caution string
	// Refusal says why it is not opened; the zero one means that it may be.
	Refusal Refusal

	// kept and given are the editor's words: those in the book, and those of the
	// moment, which come first.
	kept, given digest.Words
	// articles and call are what the choice was made of.
	articles []digest.Article
	call     digest.Call
	// before is the slot's last paper number.
	before uint32
	// asked are those articles that were asked for at their sources; nil if none were to be.
	asked map[string]bool
	// looked has what the slot's editions decided before, by article.
	looked map[string]digest.Look
	// approved is the version that goes, whatever the desk has by now; nil: none.
	approved *digest.Opening
}

// CutOff gives the cut-off of an edition by hand: now, as the whole second that ends
// the present one, so that a file written a moment ago is before it.
func CutOff(now time.Time) time.Time { return now.Truncate(time.Second).Add(time.Second) }

// Refused says whether the edition is not to be opened.
func (d Decision) Refused() bool { return d.Refusal.Kind != "" }

// Enough says whether there are the articles that make an edition, whatever else
// stands in its way.
func (d Decision) Enough() bool { return len(d.Edition.Articles) >= d.least() }

func (d Decision) least() int {
	if d.Slot.BelowMin == digest.Send {
		return 1
	}
	return max(1, d.Slot.MinArticles)
}

// Few says whether the edition goes although it has fewer articles than it should.
func (d Decision) Few() bool { return d.Enough() && len(d.Edition.Articles) < d.Slot.MinArticles }

// over says that the time of the evening is over: then the desk is not read.
func (d Decision) over() bool { return d.Refusal.Kind == Overtaken || d.Refusal.Kind == TooLate }

// recall gives what the book knows of an edition, and of its slot's past.
func (p *Publisher) recall(ctx context.Context, id digest.ID) (Decision, digest.History, error) {
	d := Decision{Edition: digest.Edition{ID: id}}
	past, err := p.Past.History(ctx, id.Slot, p.Now())
	if err != nil {
		return d, past, fmt.Errorf("read the past of slot %s: %w", id.Slot, err)
	}
	d.Last = past.Last(p.today(), id.Date)
	if d.Record, err = p.Past.Record(ctx, id); err != nil && !errors.Is(err, digest.ErrNotFound) {
		return d, past, err
	}
	if d.kept, err = p.Editor.Words(ctx, id); err != nil {
		return d, past, fmt.Errorf("read the editor's words on edition %s: %w", id, err)
	}
	if d.Pins, err = p.Editor.Pins(ctx, id.Slot); err != nil {
		return d, past, fmt.Errorf("read the pins of slot %s: %w", id.Slot, err)
	}
	d.say()
	d.before = past.PaperNumber
	return d, past, nil
}

// Recall gives what the book alone says of the slot's edition of a day: its record,
// and whether that refuses it. Neither desk nor list is asked.
func (p *Publisher) Recall(ctx context.Context, slot Slot, date digest.Date) (Decision, error) {
	d, _, err := p.recall(ctx, digest.ID{Date: date, Slot: slot.Name, Sequence: 1})
	d.Slot, d.Refusal = slot, d.byBook()
	return d, err
}

// render makes all that is entered when the edition is opened.
func (p *Publisher) render(d Decision) (digest.Opening, error) {
	now := p.Now()
	o := digest.Opening{
		Edition: d.Edition, Kept: d.kept, Pins: d.Pins, Before: d.before, Signing: p.Signing, At: now, Until: p.Until(d, now),
	}
	if d.Due.After(now) {
		o.Due = d.Due
	}
	var err error
	if a := d.approved; a != nil {
		o.Looks = a.Looks
		if d.Edition.PaperNumber == a.Edition.PaperNumber {
			o.Messages, o.WebView = a.Messages, a.WebView
			return o, nil
		}
		// Another edition of the slot has taken the number that it was approved with.
	} else {
		o.Looks = digest.Looks(d.Choices, d.looked)
	}
	if o.Messages, err = p.Renderer.Messages(d.Edition); err != nil {
		return o, err
	}
	o.WebView, err = p.Renderer.WebView(d.Edition)
	return o, err
}

// aDay is for how long the messages of an edition may be begun at most, unless the
// configuration says otherwise.
const aDay = 24 * time.Hour

// Until gives for how long the messages of an edition that is opened at now may be
// begun from when they are due: until the slot's next edition is.
func (p *Publisher) Until(d Decision, now time.Time) time.Duration {
	until := d.Slot.Until
	if until == 0 {
		until = aDay
		if next := d.Slot.After(d.Edition.ID.Date); !next.IsZero() {
			begins := now
			if d.Due.After(now) {
				begins = d.Due
			}
			until = min(until, next.Sub(begins))
		}
		until = max(until, p.Deliverer.GiveUpAfter)
	}
	return max(until.Truncate(time.Second), time.Second)
}

// say has the edition print the editor's words: field by field those of the moment,
// else those that are kept.
func (d *Decision) say() {
	w := d.given.Over(d.kept)
	d.Edition.Subject, d.Edition.Note = w.Subject, w.Note
}

// choose picks the articles that the edition prints.
func (p *Publisher) choose(ctx context.Context, d *Decision, past digest.History, cutOff time.Time) error {
	printed, err := p.Past.Printed(ctx)
	if err != nil {
		return err
	}
	if d.looked, err = p.Looks.Looked(ctx, d.Slot.Name); err != nil {
		return err
	}
	// What this very day passed over, it may print after all.
	maps.DeleteFunc(d.looked, func(_ string, l digest.Look) bool {
		return l.Verdict == digest.VerdictPassed && l.Edition == d.Edition.ID
	})
	articles, flaws, err := p.Source.Articles(ctx)
	if err != nil {
		return &unreadError{err}
	}
	window := digest.WindowAt(past.CutOff, cutOff, d.Slot.MaxAge)
	window.From, window.To = window.From.In(p.Zone), window.To.In(p.Zone)
	d.call = digest.Call{
		Slot: d.Slot.Slot, Window: window, Printed: printed, Looked: d.looked, Recorded: past.Recorded,
		Full: p.Full, Sections: p.Sections,
	}
	for _, s := range p.Slots {
		d.call.Slots = append(d.call.Slots, s.Slot)
	}
	d.articles, d.Flaws = articles, flaws
	if p.Tomorrows != nil {
		t, wrong := p.Tomorrows.Tomorrow(ctx)
		d.Flaws = append(slices.Clip(d.Flaws), wrong...)
		if d.Tomorrow = t; t.For(d.Edition.ID.Date) {
			d.Edition.Tomorrow = t
		}
	}
	d.Edition.Title, d.Edition.Window = d.Slot.Title, window
	d.Edition.Next = d.Slot.After(d.Edition.ID.Date).In(p.Zone)
	d.pick()
	return nil
}

// unreadError says that the articles can't be read.
type unreadError struct{ error }

func (e *unreadError) Unwrap() error { return e.error }

// pick makes the choice, with the pins.
func (d *Decision) pick() {
	d.call.Pins = d.Pins
	d.Choices = digest.Pick(d.articles, d.call)
	d.Edition.Articles = digest.Picked(d.Choices)
}
