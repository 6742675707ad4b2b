package publish

import (
	"context"
	"fmt"
	"testing"
	"time"

	"vesper/digest"
)

// pace is a measured one.
type pace struct{ digest.RunPace }

func (p *pace) Paced(context.Context, uint32, digest.RunPace) error { return nil }

func (p *pace) Pace(context.Context) (digest.RunPace, error) { return p.RunPace, nil }

// finishing is an evening of 100 readers that is to be finished by 18:30, at one message a
// second.
func finishing(t *testing.T) (*evening, *finishWatch, *pace) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.store.readers = nil
	for i := range 100 {
		v.store.readers = append(v.store.readers, fmt.Sprintf("reader%d@reader.example", i))
	}
	slot := daily
	slot.FinishBy = "18:30"
	s, err := NewSlot(slot, v.Zone)
	if err != nil {
		t.Fatal(err)
	}
	p := &pace{digest.RunPace{Messages: 100, Took: 100 * time.Second}}
	v.Slots, v.Paces = []Slot{s}, p
	return v, newFinishWatch(v.Publisher), p
}

const tooSlow = "too_slow 2026-11-20-evening: finish_by 18:30 CET can't be met"

func (v *evening) clockAt(hour, minute int) {
	v.now = time.Date(2026, 11, 20, hour, minute, 0, 0, v.Zone)
}

func TestThatFinishByCantBeMetIsSaidBeforeTheSlot(t *testing.T) {
	v, w, p := finishing(t)
	v.clockAt(12, 0)
	w.look(t.Context())
	v.alarmed(t)
	p.Took = 1000 * time.Second * 4 // a hundred take an hour and more
	for range 3 {
		w.look(t.Context())
	}
	v.alarmed(t, tooSlow+": the last reader is served at about 19:06, at 0.03 messages a second (measured)")
	if said := v.log.lines("finish_by can't be met"); len(said) != 1 {
		t.Errorf("the log says it %d times, want once", len(said))
	}
	// Within the last hour it is said once more.
	v.clockAt(17, 30)
	w.look(t.Context())
	w.look(t.Context())
	if said := v.log.lines("finish_by can't be met"); len(said) != 2 {
		t.Errorf("the log says it %d times, want twice", len(said))
	}
	p.Took = 100 * time.Second
	w.look(t.Context())
	v.alarmed(t)
	if said := v.log.lines("finish_by can be met again"); len(said) != 1 {
		t.Errorf("the log says %q", said)
	}
}

// sends has so many of the edition's readers be served.
func (v *evening) sends(t *testing.T, number uint32, n int) {
	t.Helper()
	l := v.rows(number)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rows {
		if n > 0 && r.step == digest.Pending {
			r.step, n = digest.Sent, n-1
		}
	}
}

func TestAnEditionThatIsTooSlowUnderWayIsSaidByWhatItDoesNow(t *testing.T) {
	v, w, _ := finishing(t)
	v.clockAt(18, 0)
	r := v.open(t, 0)
	if _, err := v.store.Begin(t.Context(), r.Number, v.now); err != nil {
		t.Fatal(err)
	}
	w.look(t.Context())
	v.alarmed(t)
	// One a minute, and 98 are owed.
	v.sends(t, r.Number, 1)
	v.clockAt(18, 1)
	w.look(t.Context())
	v.alarmed(t, tooSlow+": the last reader is served at about 19:40, at 0.02 messages a second (measured)")
	// It gets faster.
	v.sends(t, r.Number, 60)
	v.clockAt(18, 2)
	w.look(t.Context())
	v.alarmed(t)
	// The time is over: it is too late for somebody.
	v.clockAt(18, 31)
	w.look(t.Context())
	v.alarmed(t, tooSlow+": the last reader is served at about 18:31, at 1.0 messages a second (measured)")
	// One whose mailbox is full is no alarm.
	v.sends(t, r.Number, 38)
	v.alone(r.Number, v.now.Add(time.Hour))
	w.look(t.Context())
	v.alarmed(t)
	// When it is done, nothing stays on.
	v.alone(r.Number, v.now)
	w.look(t.Context())
	v.alarmed(t, tooSlow+": the last reader is served at about 18:31, at 1.0 messages a second (measured)")
	v.sends(t, r.Number, 1)
	if err := v.store.Close(t.Context(), r.Number, v.now); err != nil {
		t.Fatal(err)
	}
	w.look(t.Context())
	v.alarmed(t)
}

// alone defers those that are still pending.
func (v *evening) alone(number uint32, due time.Time) {
	l := v.rows(number)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rows {
		if r.step == digest.Pending {
			r.Due = due
		}
	}
}

func TestAPausedEditionIsTooSlowAtOnce(t *testing.T) {
	v, w, _ := finishing(t)
	v.clockAt(18, 0)
	r := v.open(t, 0)
	if _, err := v.store.Begin(t.Context(), r.Number, v.now); err != nil {
		t.Fatal(err)
	}
	if err := v.store.Pause(t.Context(), r.Number, digest.PausedDesk, "by the desk", v.now); err != nil {
		t.Fatal(err)
	}
	w.look(t.Context())
	v.alarmed(t, tooSlow+" while the edition is paused")
	if err := v.Resume(t.Context(), v.tallied(t, 20).Record, 0); err != nil {
		t.Fatal(err)
	}
	w.look(t.Context())
	v.alarmed(t)
}
