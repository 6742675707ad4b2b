package publish

import (
	"context"
	"fmt"

	"vesper/digest"
)

// recordSpans records days on end that were missed as one, and gives the other days
// that are due: whoever looks at the book after a month's silence wants to read it in
// one line.
func (p *Publisher) recordSpans(
	ctx context.Context, slot Slot, past digest.History, days []digest.Date,
) ([]digest.Date, error) {
	var left []digest.Date
	for len(days) > 0 {
		n := 0
		for n < len(days) && p.passed(slot, past, days, n) && (n == 0 || slot.follows(days[n-1], days[n])) {
			n++
		}
		if n < 2 {
			left, days = append(left, days[0]), days[1:]
			continue
		}
		if err := p.recordSpan(ctx, slot, days[0], days[n-1]); err != nil {
			return nil, err
		}
		days = days[n:]
	}
	return left, nil
}

// passed says whether the day is one of those that are recorded as missed with the days beside
// it. The last one is not if it is sent however late.
func (p *Publisher) passed(slot Slot, past digest.History, days []digest.Date, n int) bool {
	return p.slept(slot, past, days[n]) && (slot.Late != digest.Send || n < len(days)-1)
}

// slept says whether the time of a day's edition has passed unseen. One that somebody held was
// seen: it is recorded by itself, with who held it.
func (p *Publisher) slept(slot Slot, past digest.History, day digest.Date) bool {
	at, _ := slot.At(day)
	return p.Now().Sub(at) > slot.Grace && past.Days[day] != digest.Held && day.Compare(past.Last(p.today(), day)) > 0
}

// follows says whether no edition is due between two days.
func (s Slot) follows(day, next digest.Date) bool {
	at := s.After(day)
	return !at.IsZero() && digest.DateOf(at.In(s.zone)) == next
}

func (p *Publisher) recordSpan(ctx context.Context, slot Slot, first, last digest.Date) error {
	const minute = "2006-01-02 15:04"
	from, _ := slot.At(first)
	to, _ := slot.At(last)
	r := digest.Record{
		ID: digest.ID{Date: last, Slot: slot.Name, Sequence: 1}, Title: slot.Title, State: digest.Missed,
		MissedFrom: first,
		Reason: fmt.Sprintf("not running from %s to %s", from.In(p.Zone).Format(minute),
			to.In(p.Zone).Format(minute)),
	}
	if err := p.doubt(slot, last); err != nil {
		return err
	}
	passed := p.passesOver(ctx, slot, &r, Decision{})
	if err := p.Book.Enter(ctx, r, passed, p.Now()); err != nil {
		return err
	}
	p.Log.Error("editions missed", "slot", slot.Name, "from", first, "to", last, "reason", r.Reason)
	return nil
}
