package publish

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// watched lets the clock be judged by one that does not jump.
func (v *evening) watched() {
	began := time.Now()
	v.Watch = &Watch{Now: v.clock, Boot: func() time.Duration { return time.Since(began) }}
}

func TestAClockThatIsAheadForAMomentOpensAndRecordsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.runs(12, 0)
		v.watched()
		v.serves(t)
		time.Sleep(10 * time.Minute)
		v.sleeps(10 * 24 * time.Hour)
		time.Sleep(90 * time.Second)
		synctest.Wait()
		v.expect(t)
		v.sleeps(-10 * 24 * time.Hour)
		time.Sleep(6 * time.Hour)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}

func TestAClockThatStaysAheadIsBelieved(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.runs(12, 0)
		v.watched()
		v.serves(t)
		time.Sleep(10 * time.Minute)
		v.sleeps(10 * 24 * time.Hour)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		v.expect(t, "2026-11-29-evening missed sent=0")
	})
}

// TestAYearAheadIsMadeGood: what a clock recorded that was a year ahead is no record
// once it is right, and each evening has its edition.
func TestAYearAheadIsMadeGood(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.now = v.now.AddDate(1, 0, 0)
	v.openDue(t.Context())
	v.now = v.now.AddDate(-1, 0, 0)
	for _, day := range []int{20, 21, 22} {
		v.now = time.Date(2026, 11, day, 17, 0, 0, 0, v.Zone)
		v.write(v.now.String())
		if next, err := v.Next(t.Context(), v.Slots[0]); err != nil || next.Day() != day {
			t.Errorf("on %d November the next edition comes %v, %v", day, next, err)
		}
		v.at(t, day, 18, 0)
	}
	want := []string{
		"2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2", "2026-11-22-evening done sent=2",
		"2027-11-19-evening missed sent=0",
	}
	v.expect(t, want...)
}

func TestAnEditionByHandThatIsFarAheadSilencesNobody(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.open(t, 365)
	v.looks(t)
	v.now = v.now.Add(time.Hour)
	v.write("Ferries sail again")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2027-11-20-evening done sent=2")
	// What comes after it is after it, and before it nothing as far ahead.
	if d := v.decide(t, 364, digest.Words{}); d.Refusal.Kind != Overtaken {
		t.Errorf("the day before it: %+v", d.Refusal)
	}
	if next, err := v.Next(t.Context(), v.Slots[0]); err != nil || next.Day() != 21 {
		t.Errorf("the next edition comes %v, %v", next, err)
	}
	if d := v.decide(t, -1, digest.Words{}); d.Refusal.Kind != Overtaken {
		t.Errorf("yesterday's: %+v", d.Refusal)
	}
}

func TestDaysMissedOnEndAreOneRecord(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.at(t, 24, 12, 0)
	v.expect(t, "2026-11-23-evening missed sent=0")
	r := v.tallied(t, 23).Record
	want := digest.Record{
		ID: on(23), Title: "Evening Edition", State: digest.Missed, MissedFrom: on(20).Date,
		Reason: "not running from 2026-11-20 18:00 to 2026-11-23 18:00",
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	// It is said once, and recorded once.
	v.at(t, 24, 12, 1)
	if n := len(v.log.lines("missed")); n != 1 {
		t.Errorf("said %d times", n)
	}
	v.write("Night trains return")
	v.at(t, 24, 18, 0)
	v.at(t, 25, 23, 0)
	v.expect(t, "2026-11-23-evening missed sent=0", "2026-11-24-evening done sent=2",
		"2026-11-25-evening missed sent=0")
}

func TestAClockBehindTheBookHoldsAProcessThatStarts(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.write("Ferries sail again")
	later := v.publisher(t)
	for hours, held := range map[int]bool{15: true, 17: false, 20: false} {
		v.now = time.Date(2026, 11, 20, hours, 0, 0, 0, v.Zone)
		again := v.publisher(t)
		if err := again.ready(t.Context()); errors.Is(err, digest.ErrClock) != held {
			t.Errorf("at %d h: %v", hours, err)
		}
		again.Force = true
		if err := again.ready(t.Context()); err != nil {
			t.Errorf("at %d h, by force: %v", hours, err)
		}
	}
	v.now = time.Date(2026, 11, 20, 18, 1, 0, 0, v.Zone)
	if err := later.ready(t.Context()); err != nil {
		t.Error(err)
	}
	// In a process that goes on, a clock that is set back is somebody's doing.
	v.now = v.now.AddDate(0, 0, -3)
	if err := later.ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAServiceThatIsHeldByItsClockSaysSoAndGoesOnWhenItIsRight(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.at(t, 20, 18, 0)
		v.write("Ferries sail again")
		v.now, v.began = time.Date(2026, 11, 18, 18, 0, 0, 0, v.Zone), time.Now()
		other := v.publisher(t)
		v.Publisher = other
		v.serves(t)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(v.log.lines("the clock is behind")) == 0 {
			t.Error("nothing is said")
		}
		v.sleeps(3 * 24 * time.Hour)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2")
	})
}

// A machine that only stands by opens nothing, and may have worked on nothing since it was started. A time server that
// is wrong sets the clock of all machines: nobody must lose an edition by it.
func TestAMachineThatStandsByGivesNothingUpByAClockThatJumped(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		r := v.open(t, 0)
		v.watched()
		v.Deliverer.Jumped = v.Watch.Jumped
		// It is asked with each beat.
		if err := v.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.sleeps(10 * 24 * time.Hour)
		v.Publisher.Chunks = chunked{ledger: v.ledger(r.Number)}
		w, err := v.workChunk(t.Context(), r, digest.Chunk{Edition: r.Number, Number: 1}, v.sharedOf(r.Number))
		if err != nil || w.Accepted != 2 {
			t.Errorf("got %+v, %v, want that both readers have it", w, err)
		}
	})
}
