// Package publish is the whole evening on one page: which edition is due, what
// it prints, opening it and finishing it.
//
// An edition is its local date and slot, whenever a timer fires. Whether it is
// due is worked out from the book: its time has passed, and the book does not
// have it. Opening it is the point of no return; before it feeds, articles and
// templates can fail, after it nothing is asked of them. Package publish knows
// no SQL and no SMTP.
package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/render"
)

// Publisher plans, opens and finishes editions.
type Publisher struct {
	// Slots are the configured editions; Timetables has one for each.
	Slots      []digest.Slot
	Timetables map[string]Timetable
	Zone       *time.Location
	Source     Source
	Book       Book
	Course     Course
	Past       Past
	Renderer   *render.Renderer
	// Signer signs the messages; nil: the relay does.
	Signer render.Signer
	// Deliverer delivers editions, Letters the outbox; Outbox makes its
	// envelopes.
	Deliverer, Letters *deliver.Deliverer
	Outbox             deliver.Composer
	// ReturnPath is the envelope sender; "{token}" stands for the reader's token.
	ReturnPath string
	// Hold leaves what is in doubt after a crash as unknown.
	Hold bool
	Now  func() time.Time
	Log  *slog.Logger
}

// Plan is an edition as it would be opened now.
type Plan struct {
	Slot digest.Slot
	// Choices has every article of the desk, the picked ones first and in print
	// order; Flaws has the files that can't be read.
	Choices []digest.Choice
	Flaws   []*digest.Flaw
	Edition digest.Edition
}

// Enough says whether the plan has the articles that make an edition.
func (p Plan) Enough() bool {
	return len(p.Edition.Articles) >= max(1, p.Slot.MinArticles)
}

// Plan picks the articles of the slot's edition of a day, with this cut-off.
func (p *Publisher) Plan(ctx context.Context, slot digest.Slot, date digest.Date, cutOff time.Time) (Plan, error) {
	past, err := p.Past.History(ctx, slot.Name)
	if err != nil {
		return Plan{}, fmt.Errorf("read the slot's history: %w", err)
	}
	printed, err := p.Past.Printed(ctx)
	if err != nil {
		return Plan{}, err
	}
	articles, flaws, err := p.Source.Articles(ctx)
	if err != nil {
		return Plan{}, err
	}
	window := digest.WindowAt(past.CutOff, cutOff, slot.MaxAge)
	window.From, window.To = window.From.In(p.Zone), window.To.In(p.Zone)
	choices := digest.Pick(articles, digest.Call{Slot: slot, Slots: p.Slots, Window: window, Printed: printed})
	return Plan{
		Slot: slot, Choices: choices, Flaws: flaws,
		Edition: digest.Edition{
			ID:       digest.ID{Date: date, Slot: slot.Name, Sequence: 1},
			Title:    slot.Title,
			Window:   window,
			Next:     p.Timetables[slot.Name].After(date).In(p.Zone),
			Articles: digest.Picked(choices),
		},
	}, nil
}

// Open renders the planned edition and opens it: the point of no return.
func (p *Publisher) Open(ctx context.Context, plan Plan) (digest.Record, error) {
	e := plan.Edition
	messages, err := p.Renderer.Messages(e)
	if err != nil {
		return digest.Record{}, err
	}
	web, err := p.Renderer.WebView(e)
	if err != nil {
		return digest.Record{}, err
	}
	r, err := p.Book.OpenEdition(ctx, digest.Opening{Edition: e, Messages: messages, WebView: web, At: p.Now()})
	if err != nil {
		return digest.Record{}, err
	}
	p.Log.Info("edition opened", "edition", r.ID, "number", r.Number, "articles", len(e.Articles), "recipients", r.Tally.Opened)
	return r, nil
}

// errNoSlot says that a slot is not among the configured ones.
var errNoSlot = errors.New("no such slot")

// Slot gives the configured slot of this name; with an empty name, the first.
func (p *Publisher) Slot(name string) (digest.Slot, error) {
	for _, s := range p.Slots {
		if s.Name == name || name == "" {
			return s, nil
		}
	}
	return digest.Slot{}, fmt.Errorf("%w: %q", errNoSlot, name)
}
