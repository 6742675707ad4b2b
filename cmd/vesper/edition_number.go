package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

// paperNumber says the number that a paper has in its masthead; "" for none.
func paperNumber(number uint32) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf("No. %d", number)
}

// editionName names an edition by its ID and its number.
func editionName(id digest.ID, number uint32) string {
	return strings.Join(present([]string{id.String(), paperNumber(number)}), ", ")
}

// numberCell is a paper number in a table.
func numberCell(number uint32) string {
	if number == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(number), 10)
}

// numbersWithin bounds how long an alarm waits for its edition's number.
const numbersWithin = 2 * time.Second

// numbersOf gives the paper number and the ledger's of an edition by its ID; 0 for one that
// was not opened or can't be read.
func (h *house) numbersOf(edition string) (paper, ledger uint32) {
	id, err := digest.ParseID(edition)
	if err != nil {
		return 0, 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), numbersWithin)
	defer cancel()
	r, err := h.book.Record(ctx, id)
	if err != nil {
		return 0, 0
	}
	return r.PaperNumber, r.Number
}

// doubt says what an admin may not expect of a slot's first_number, and what would be
// right; "" if nothing.
func (h *house) doubt(ctx context.Context, slot publish.Slot) (doubt, hint string, err error) {
	first := slot.FirstNumber
	past, err := h.book.History(ctx, slot.Name, h.publisher.Now())
	if err != nil || past.PaperNumber == 0 {
		return "", "", err
	}
	next := past.NextNumber(first)
	if next > past.PaperNumber+1 {
		doubt = fmt.Sprintf("the next edition of the slot %s is No. %d, and the last one was No. %d: %s skipped", slot.Name,
			next, past.PaperNumber, between(past.PaperNumber+1, next-1))
		return doubt, "if that is not meant, change first_number before the edition is opened: numbers never go back", nil
	}
	if first <= 1 {
		return "", "", nil
	}
	began, err := h.book.BeganAt(ctx, slot.Name, first)
	if err != nil || began {
		return "", "", err
	}
	doubt = fmt.Sprintf("first_number = %d does nothing: the last edition of the slot %s was No. %d, and the next one is "+
		"No. %d", first, slot.Name, past.PaperNumber, next)
	return doubt, fmt.Sprintf("numbers never go back; remove first_number, or set it above %d", next), nil
}

// between names the numbers from one to another.
func between(from, to uint32) string {
	if from == to {
		return fmt.Sprintf("No. %d is", from)
	}
	return fmt.Sprintf("No. %d to %d are", from, to)
}

// warnOfNumber says what an admin may not expect of a slot's first_number.
func (a *app) warnOfNumber(ctx context.Context, h *house, slot publish.Slot) error {
	doubt, hint, err := h.doubt(ctx, slot)
	if doubt != "" {
		a.tell("vesper: warning: %s: %s\nhint: %s\n", h.config.Where(h.numberKey(slot)), doubt, hint)
	}
	return err
}

// numberKey names a slot's first_number in the configuration.
func (h *house) numberKey(slot publish.Slot) string {
	for i, e := range h.config.Edition {
		if e.Slot == slot.Name {
			return fmt.Sprintf("edition.%d.first_number", i)
		}
	}
	return "edition"
}

// warnOfNumbers says of each slot what an admin may not expect of its first_number, if there
// is a database that can be read as it is: none is made or brought up to date for it.
func (a *app) warnOfNumbers(ctx context.Context) error {
	p := a.admit(ctx, true)
	defer p.discharge()
	if p.house == nil {
		return nil
	}
	for _, slot := range p.house.publisher.Slots {
		if err := a.warnOfNumber(ctx, p.house, slot); err != nil {
			return err
		}
	}
	return nil
}

func lookAtNumbers(ctx context.Context, p *patient) []digest.Finding {
	const name = "numbers"
	var f findings
	for _, slot := range p.house.publisher.Slots {
		past, err := p.house.book.History(ctx, slot.Name, p.now())
		doubt, hint := "", ""
		if err == nil {
			doubt, hint, err = p.house.doubt(ctx, slot)
		}
		switch {
		case err != nil:
			f.failed(name, err, "")
		case doubt != "":
			f.say(name, digest.Warn, hint, "%s: %s", p.config.Where(p.house.numberKey(slot)), doubt)
		default:
			f.say(name, digest.OK, "", "the next edition of the slot %s is No. %d", slot.Name,
				past.NextNumber(slot.FirstNumber))
		}
	}
	return f.all
}
