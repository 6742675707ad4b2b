package publish

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"vesper/digest"
)

// lastWarning is when serve says it once more before an edition opens.
const lastWarning = time.Hour

// finishWatch is what serve has said of the editions' prognoses.
type finishWatch struct {
	*Publisher
	// late are those that are too late, and why; again those of which that was said within
	// the last hour before, unknown those without a pace.
	late           map[digest.ID]string
	again, unknown map[digest.ID]bool
	// seen is how many were at their end at the last look, and when that was.
	seen map[digest.ID]seenDone
	// looked are the editions of this look: nobody waits for others any more.
	looked map[digest.ID]bool
}

type seenDone struct {
	done int
	at   time.Time
}

func newFinishWatch(p *Publisher) *finishWatch {
	return &finishWatch{
		p,
		map[digest.ID]string{},
		map[digest.ID]bool{},
		map[digest.ID]bool{},
		map[digest.ID]seenDone{},
		map[digest.ID]bool{},
	}
}

// watchFinish says in time, until ctx ends, which editions can't be finished when they are
// to be.
func (p *Publisher) watchFinish(ctx context.Context) {
	w := newFinishWatch(p)
	for ctx.Err() == nil {
		w.look(ctx)
		p.pause(ctx, lookEvery, nil)
	}
}

// look looks at all slots, and leaves which editions are too slow to [Publisher.Alarms].
func (w *finishWatch) look(ctx context.Context) {
	clear(w.looked)
	failed := map[string]bool{}
	for _, slot := range w.Slots {
		if slot.within == 0 {
			continue
		}
		err := errors.Join(w.ahead(ctx, slot), w.underWay(ctx, slot))
		if failed[slot.Name] = err != nil; err != nil && ctx.Err() == nil {
			w.Log.Warn("can't work out when the edition is finished", "slot", slot.Name, "err", err)
		}
	}
	slow := []digest.Alarm{}
	for id, why := range w.late {
		if !w.looked[id] && !failed[id.Slot] {
			delete(w.late, id) // it is done, or cancelled
			continue
		}
		slow = append(slow, digest.Alarm{
			Kind: digest.AlarmTooSlow, About: id.String(), Edition: id.String(), Reason: why,
			Hint: `"vesper status" says what it waits for`,
		})
	}
	slices.SortFunc(slow, func(a, b digest.Alarm) int { return cmp.Compare(a.About, b.About) })
	w.slow.Store(&slow)
}

// ahead looks at a slot's next edition.
func (w *finishWatch) ahead(ctx context.Context, slot Slot) error {
	c, ok, err := w.Coming(ctx, slot)
	if err != nil || !ok || c.SendAt.Sub(w.Now()) > aDay {
		return err
	}
	id, near := c.Edition.ID, c.SendAt.Sub(w.Now()) <= lastWarning
	if c.Expected.IsZero() && !w.unknown[id] {
		w.unknown[id] = true
		w.Log.Info("no pace was measured yet: it is not known whether the edition is finished in time",
			"edition", id, "finish_by", c.Finish, "recipients", c.Recipients)
	}
	again := near && c.Late() && !w.again[id]
	w.again[id] = w.again[id] || again
	w.tell(id, c.Prognosis, c.Recipients, again)
	return nil
}

// underWay looks at the slot's editions that are being sent.
func (w *finishWatch) underWay(ctx context.Context, slot Slot) error {
	all, err := w.Book.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.ID.Slot != slot.Name || u.ID.Sequence != 1 {
			continue
		}
		t, err := w.Counts.Tallied(ctx, u.ID)
		if err != nil {
			return err
		}
		now, owed := w.Now(), t.Tally.Owed()
		start := now
		if u.Frozen(now) {
			start = u.DueAt
		}
		f, err := w.Foresee(ctx, slot, u.ID.Date, start, owed)
		if err != nil {
			return err
		}
		if u.Frozen(now) && u.State != digest.Paused {
			// Who leaves meanwhile shows no pace.
			w.tell(u.ID, f, owed, false)
			continue
		}
		// What it does now counts more than what others did.
		done := t.Tally.Opened - owed
		if last, ok := w.seen[u.ID]; ok && now.Sub(last.at) > 0 && done > last.done {
			f.PerSecond, f.Measured = float64(done-last.done)/now.Sub(last.at).Seconds(), true
			f.Expected = now.Add(digest.Takes(owed, f.PerSecond))
		}
		w.seen[u.ID] = seenDone{done, now}
		switch {
		case u.State == digest.Paused && owed > 0:
			f.Paused = true
		case stragglers(u, t.Tally, now):
			f.Expected = time.Time{}
		case owed > 0 && now.After(f.Finish):
			f.Expected = now.Add(time.Second)
		}
		w.tell(u.ID, f, owed, false)
	}
	return nil
}

// stragglers says whether only a few are owed, and all of them were deferred: their
// mailboxes are full, or away. There are some each evening, and nobody can do anything.
func stragglers(u digest.Unfinished, t digest.Tally, now time.Time) bool {
	return t.Owed() > 0 && few(t) && t.Attempting == 0 && u.Next.After(now)
}

// few says whether no more are owed than are each evening.
func few(t digest.Tally) bool {
	owed := t.Owed()
	return owed*100 <= t.Opened || owed == 1 && t.Opened > 10
}

// tell says when an edition becomes too late, or is in time again.
func (w *finishWatch) tell(id digest.ID, f Prognosis, readers int, again bool) {
	w.looked[id] = true
	_, was := w.late[id]
	facts := []any{
		"edition", id, "finish_by", f.Finish.In(w.Zone), "expected", f.Expected.In(w.Zone).Round(time.Second),
		"recipients", readers, "per_second", f.PerSecond,
	}
	switch {
	case f.Late():
		w.late[id] = f.In(w.Zone)
		if !was || again {
			w.Log.Error("finish_by can't be met", facts...)
		}
	case was:
		delete(w.late, id)
		w.Log.Info("finish_by can be met again", facts...)
	}
}
