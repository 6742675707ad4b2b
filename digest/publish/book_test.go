package publish

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"vesper/digest"
)

// book keeps editions in memory, by the contracts of the seams.
type book struct {
	mu       sync.Mutex
	since    map[string]time.Time
	zones    []digest.Zone
	waves    []digest.Wave
	readers  []string
	editions []*edition
	words    map[digest.ID]digest.Words
	pins     map[string][]string
	behind   error
	// asked counts the calls by name.
	asked map[string]int
	// passed is what days without an edition passed over.
	passed []digest.Look
	// looked, if set, is called after a look for what is unfinished, beforeWords
	// before words are kept.
	looked, beforeWords func()
}

// edition is a row of the book.
type edition struct {
	digest.Record
	opening      digest.Opening
	ledger       *ledger
	starts, ends int
	entered      time.Time
}

func newBook(readers ...string) *book {
	return &book{
		readers: readers, since: map[string]time.Time{}, words: map[digest.ID]digest.Words{}, asked: map[string]int{},
	}
}

// ask counts a call and takes the lock; the result gives it back.
func (b *book) ask(name string) (unlock func()) {
	b.mu.Lock()
	b.asked[name]++
	return b.mu.Unlock
}

// count is how often something was asked.
func (b *book) count(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[name]
}

func (b *book) find(of func(*edition) bool) (*edition, error) {
	if i := slices.IndexFunc(b.editions, of); i >= 0 {
		return b.editions[i], nil
	}
	return nil, digest.ErrNotFound
}

func (b *book) byID(id digest.ID) (*edition, error) {
	return b.find(func(e *edition) bool { return e.ID == id })
}

// opened finds an edition that has a ledger.
func (b *book) opened(number uint32) (*edition, error) {
	return b.find(func(e *edition) bool { return e.Number == number && e.State.Opened() })
}

func (e *edition) tallied() digest.Tallied {
	return digest.Tallied{Record: e.Record, Tally: e.ledger.tally()}
}

func (b *book) OpenEdition(_ context.Context, o digest.Opening) (digest.Tallied, error) {
	defer b.ask("OpenEdition")()
	e, err := b.byID(o.Edition.ID)
	switch {
	case err == nil && e.State.Opened():
		return digest.Tallied{}, fmt.Errorf("open: %w", digest.ErrExists)
	case b.words[o.Edition.ID] != o.Kept:
		return digest.Tallied{}, fmt.Errorf("open: %w", digest.ErrReworded)
	case !slices.Equal(b.pins[o.Edition.ID.Slot], o.Pins):
		return digest.Tallied{}, fmt.Errorf("open: %w", digest.ErrRepinned)
	case b.lastNumber(o.Edition.ID.Slot) != o.Before || o.Edition.PaperNumber <= o.Before:
		return digest.Tallied{}, fmt.Errorf("open: %w", digest.ErrRenumbered)
	case len(b.readers) == 0:
		return digest.Tallied{}, fmt.Errorf("open: %w", digest.ErrNobody)
	case err != nil:
		e = &edition{}
		b.editions = append(b.editions, e)
	}
	number := uint32(1)
	for _, other := range b.editions {
		number = max(number, other.Number+1)
	}
	o.Edition.Number = number
	e.Record = digest.Record{
		ID: o.Edition.ID, Number: number, Title: o.Edition.Title, State: digest.Open,
		CutOff: o.Edition.Window.To, OpenedAt: o.At, DueAt: o.Due, Until: o.Until,
		PaperNumber: o.Edition.PaperNumber,
	}
	e.opening, e.ledger = o, newLedger(b.readers, e.Begins())
	return e.tallied(), nil
}

// lastNumber gives a slot's highest paper number.
func (b *book) lastNumber(slot string) uint32 {
	last := uint32(0)
	for _, e := range b.editions {
		if e.ID.Slot == slot {
			last = max(last, e.PaperNumber)
		}
	}
	return last
}

func (b *book) Enter(_ context.Context, r digest.Record, passed []digest.Look, now time.Time) error {
	for _, l := range passed {
		l.Edition = r.ID
		b.passed = append(b.passed, l)
	}
	defer b.ask("Enter")()
	e, err := b.byID(r.ID)
	switch {
	case err != nil:
		b.editions = append(b.editions, &edition{Record: r, entered: now})
	case !e.State.Opened() && e.entered.After(now):
		e.Record, e.entered = r, now
	}
	return nil
}

func (b *book) Behind(context.Context) error {
	defer b.ask("Behind")()
	return b.behind
}

func (b *book) Unfinished(context.Context) ([]digest.Unfinished, error) {
	if b.looked != nil {
		defer b.looked()
	}
	defer b.ask("Unfinished")()
	var all []digest.Unfinished
	for _, e := range b.editions {
		switch e.State {
		case digest.Open, digest.Sending, digest.Paused:
			all = append(all, digest.Unfinished{Record: e.Record, Next: e.ledger.next()})
		}
	}
	return all, nil
}

func (b *book) Record(_ context.Context, id digest.ID) (digest.Record, error) {
	defer b.ask("Record")()
	e, err := b.byID(id)
	if err != nil {
		return digest.Record{}, fmt.Errorf("edition %s: %w", id, err)
	}
	return e.Record, nil
}

func (b *book) History(_ context.Context, slot string, now time.Time) (digest.History, error) {
	defer b.ask("History")()
	h := digest.History{
		Since: b.since[slot], Days: map[digest.Date]digest.State{}, PaperNumber: b.lastNumber(slot),
	}
	for _, e := range b.editions {
		if e.ID.Slot != slot {
			continue
		}
		if !e.State.Opened() && e.entered.After(now) {
			continue
		}
		first := e.ID.Date
		if e.MissedFrom != (digest.Date{}) {
			first = e.MissedFrom
		}
		for day := first; day.Compare(e.ID.Date) <= 0; day = day.AddDays(1) {
			h.Days[day] = e.State
		}
		if e.CutOff.After(h.CutOff) && !e.CutOff.After(now.Add(time.Second)) {
			h.CutOff, h.Recorded = e.CutOff, len(e.opening.Looks) > 0
		}
	}
	return h, nil
}

func (b *book) Latest(context.Context) (time.Time, error) {
	defer b.ask("Latest")()
	var latest time.Time
	for _, e := range b.editions {
		if e.OpenedAt.After(latest) {
			latest = e.OpenedAt
		}
	}
	return latest, nil
}

func (b *book) Printed(context.Context) (map[string]digest.ID, error) {
	defer b.ask("Printed")()
	printed := map[string]digest.ID{}
	for _, e := range b.editions {
		for _, a := range e.opening.Edition.Articles {
			printed[a.ID] = e.ID
		}
	}
	return printed, nil
}

func (b *book) Looked(_ context.Context, slot string) (map[string]digest.Look, error) {
	defer b.ask("Looked")()
	looked := map[string]digest.Look{}
	for _, e := range b.editions {
		for _, l := range e.opening.Looks {
			l.Edition = e.ID
			before := looked[l.ArticleID]
			if before.Verdict == l.Verdict {
				l.Edition = before.Edition
			}
			if l.Verdict == digest.VerdictPrinted ||
				e.ID.Slot == slot && before.Verdict != digest.VerdictPrinted {
				looked[l.ArticleID] = l
			}
		}
	}
	for _, l := range b.passed {
		if looked[l.ArticleID].Verdict != digest.VerdictPrinted {
			looked[l.ArticleID] = l
		}
	}
	return looked, nil
}

func (b *book) Messages(_ context.Context, number uint32) ([]digest.Message, error) {
	defer b.ask("Messages")()
	e, err := b.opened(number)
	if err != nil {
		return nil, err
	}
	return e.opening.Messages, nil
}
