package publish

import (
	"context"
	"fmt"

	"vesper/digest"
)

// passesOver gives the looks of a day that is recorded without an edition: what it would have
// printed, if the slot is to pass that over. The reason says so. What can't be read is not
// passed over, and the day is recorded all the same.
func (p *Publisher) passesOver(ctx context.Context, slot Slot, r *digest.Record, d Decision) []digest.Look {
	switch {
	case r.State == digest.Empty && d.Refusal.Kind == TooFew && d.skips():
		return digest.Passed(d.Choices)
	case r.State != digest.Missed || slot.Late != digest.Skip || d.Refusal.Kind == Overtaken:
		return nil
	}
	// The desk is read as if it were in time: only so is it known what was not sent.
	asIfInTime := slot
	asIfInTime.Late = digest.Send
	due, _ := slot.At(r.ID.Date)
	d, err := p.DecideFresh(ctx, asIfInTime, r.ID.Date, slot.Opens(due), digest.Words{})
	if err != nil {
		p.Log.Error("can't tell which stories a missed edition passes over: they wait for the next one",
			"edition", r.ID, "err", err)
		return nil
	}
	passed := digest.Passed(d.Choices)
	if n := len(passed); n > 0 {
		r.Reason += fmt.Sprintf("; its stories are passed over: %d", n)
	}
	return passed
}
