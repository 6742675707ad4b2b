package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// Newest knows the last edition of each slot.
type Newest interface {
	// NewestOf gives the edition of a slot that was opened last, or its day that was
	// recorded last, and when it was finished, opened or recorded; digest.ErrNotFound if
	// there is none. A day after that of now that is cancelled already is passed over: now is
	// in the publication's time zone.
	NewestOf(ctx context.Context, slot string, now time.Time) (digest.Record, time.Time, error)
}

// AlarmKinds are the kinds that [Publisher.Alarms] gives.
func AlarmKinds() []digest.AlarmKind {
	return []digest.AlarmKind{
		digest.AlarmHeld, digest.AlarmPaused, digest.AlarmMissed, digest.AlarmEmpty, digest.AlarmTooSlow, digest.AlarmOwed,
		digest.AlarmProof,
	}
}

// Alarms gives what somebody has to look at now, as far as editions are concerned. All but
// what is too slow is read from the book, so that no crash loses it.
func (p *Publisher) Alarms(ctx context.Context) ([]digest.Alarm, error) {
	all, err := p.heldAlarms(ctx)
	if err != nil {
		return nil, err
	}
	unfinished, err := p.Book.Unfinished(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range unfinished {
		a, err := p.unfinishedAlarm(ctx, u)
		if err != nil {
			return nil, err
		}
		if a.Kind != "" {
			all = append(all, a)
		}
	}
	for _, s := range p.Slots {
		a, err := p.recordedAlarm(ctx, s)
		if err != nil {
			return nil, err
		}
		if a.Kind != "" {
			all = append(all, a)
		}
	}
	if slow := p.slow.Load(); slow != nil {
		all = append(all, *slow...)
	}
	proofs, err := p.proofAlarms(ctx)
	return append(all, proofs...), err
}

// heldAlarms says what keeps everything, or the next edition, from being sent.
func (p *Publisher) heldAlarms(ctx context.Context) ([]digest.Alarm, error) {
	held := digest.Alarm{Kind: digest.AlarmHeld, Hint: `"vesper status" says what to do`}
	err := p.ready(ctx)
	switch {
	case errors.Is(err, digest.ErrBehind), errors.Is(err, digest.ErrRestored), errors.Is(err, digest.ErrOther),
		errors.Is(err, digest.ErrGone), errors.Is(err, digest.ErrClock):
		held.Reason = err.Error()
		return []digest.Alarm{held}, nil
	case err != nil || p.Cautions == nil:
		return nil, err
	}
	caution, err := p.Cautions.Caution(ctx)
	if err != nil || caution == "" {
		return nil, err
	}
	for _, s := range p.Slots {
		near, err := p.Near(ctx, s)
		if err != nil {
			return nil, err
		}
		if near {
			held.About, held.Reason = s.Name, caution
			held.Hint = `"vesper edition send" opens it all the same`
			return []digest.Alarm{held}, nil
		}
	}
	return nil, nil
}

// Near says whether an edition of a slot is to be opened, or will be within the hour.
func (p *Publisher) Near(ctx context.Context, s Slot) (bool, error) {
	now := p.Now()
	past, err := p.Past.History(ctx, s.Name, now)
	if err != nil {
		return false, err
	}
	at := s.upcoming(past, now)
	return len(s.due(past, now)) > 0 || !at.IsZero() && s.Opens(at).Sub(now) <= lastWarning, nil
}

// unfinishedAlarm says what is wrong with an edition that is not done; the zero Alarm is
// nothing. Who paused an edition by hand knows of it.
func (p *Publisher) unfinishedAlarm(ctx context.Context, u digest.Unfinished) (digest.Alarm, error) {
	a := digest.Alarm{About: u.ID.String(), Edition: u.ID.String()}
	if u.State == digest.Paused {
		if u.Pause == digest.PausedDesk {
			return digest.Alarm{}, nil
		}
		a.Kind, a.Reason = digest.AlarmPaused, u.Reason
		a.Hint = fmt.Sprintf(`"vesper doctor relay" looks for the cause; "vesper edition resume %s" goes on`, u.ID)
		return a, nil
	}
	if p.finishes(u.ID) || !p.Now().After(p.timeOf(u.Record)) {
		return digest.Alarm{}, nil
	}
	late, over, err := p.late(ctx, u)
	if err != nil || late.Owed() == 0 || stragglers(u, late, p.Now()) || !u.LastDueAt.IsZero() && few(late) {
		return digest.Alarm{}, err
	}
	a.Kind, a.Reason = digest.AlarmOwed, "its time was over at "+over.In(p.Zone).Format("15:04 MST")
	if u.Reason != "" {
		a.Reason += ": " + u.Reason
	}
	a.Hint = `"vesper status" says what it waits for`
	return a, nil
}

// finishes says whether a prognosis of the edition is made.
func (p *Publisher) finishes(id digest.ID) bool {
	s, err := p.Slot(id.Slot)
	return err == nil && s.within > 0 && id.Sequence == 1
}

// leastTime is how long an edition may take at least.
const leastTime = time.Hour

// timeOf gives when the time of an edition without a finish_by is over: it may take as
// long as it may be late, and an hour at least.
func (p *Publisher) timeOf(r digest.Record) time.Time {
	grace := leastTime
	if s, err := p.Slot(r.ID.Slot); err == nil {
		grace = max(grace, s.Grace)
	}
	return r.Begins().Add(grace + r.Stood)
}

// late gives the sums of an edition, and when its time is over. Of one in waves only those are
// owed whose own time is, and that of the first of them counts.
func (p *Publisher) late(ctx context.Context, u digest.Unfinished) (digest.Tally, time.Time, error) {
	t, err := p.Counts.Tallied(ctx, u.ID)
	over := p.timeOf(u.Record)
	if err != nil || u.LastDueAt.IsZero() {
		return t.Tally, over, err
	}
	waves, err := p.Counts.Waves(ctx, u.Number)
	may, owed := over.Sub(u.Begins()), 0
	for _, w := range slices.Backward(waves) {
		if end := w.Due.Add(may); w.Owed > 0 && p.Now().After(end) {
			owed, over = owed+w.Owed, end
		}
	}
	if owed == 0 {
		return digest.Tally{}, over, err
	}
	t.Tally.Pending, t.Tally.Attempting = owed, 0
	return t.Tally, over, err
}

// recordedAlarm says whether the last evening of a slot came to nothing. It is well with
// the slot's next edition.
func (p *Publisher) recordedAlarm(ctx context.Context, s Slot) (digest.Alarm, error) {
	if p.Newest == nil {
		return digest.Alarm{}, nil
	}
	r, _, err := p.Newest.NewestOf(ctx, s.Name, p.Now().In(p.Zone))
	if errors.Is(err, digest.ErrNotFound) {
		return digest.Alarm{}, nil
	}
	if err != nil {
		return digest.Alarm{}, err
	}
	a := digest.Alarm{About: s.Name, Edition: r.ID.String(), Reason: r.Reason}
	switch r.State {
	case digest.Missed:
		if cancelled, err := p.cancelled(ctx, r); err != nil || cancelled {
			return digest.Alarm{}, err
		}
		a.Kind = digest.AlarmMissed
		a.Hint = fmt.Sprintf(`"vesper edition send --slot %s" sends it by hand`, s.Name)
	case digest.Empty:
		a.Kind, a.Hint = digest.AlarmEmpty, `"vesper articles list" says what was there and why it was not picked`
	}
	return a, nil
}

// Decided is an evening that was finished or decided: its edition is done or cancelled, or
// there is none.
type Decided struct {
	ID digest.ID
	At time.Time
}

// Decided gives the last evening of each slot, if it was finished or decided. One whose
// edition is paused, owed or held is not.
func (p *Publisher) Decided(ctx context.Context) ([]Decided, error) {
	var all []Decided
	for _, s := range p.Slots {
		r, at, err := p.Newest.NewestOf(ctx, s.Name, p.Now().In(p.Zone))
		switch {
		case errors.Is(err, digest.ErrNotFound):
		case err != nil:
			return nil, err
		case r.State == digest.Done, r.State == digest.Cancelled, r.State == digest.Empty, r.State == digest.Missed:
			all = append(all, Decided{r.ID, at})
		}
	}
	return all, nil
}
