package publish

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"vesper/digest"
)

// freezes opens the evening so long before its time.
func (v *evening) freezes(freeze time.Duration) { v.Slots[0].Freeze = freeze }

func TestAFrozenEditionIsOpenedAheadAndSentAtItsTime(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.freezes(10 * time.Minute)
		v.runs(17, 40)
		v.serves(t)
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening open sent=0")
		r := v.tallied(t, 20).Record
		six := time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
		if !r.CutOff.Equal(six.Add(-10*time.Minute)) || !r.DueAt.Equal(six) || !r.Frozen(v.clock()) || !r.Ahead() {
			t.Errorf("got %+v", r)
		}
		if until := r.Ends(v.clock()); !until.Equal(six.AddDate(0, 0, 1)) {
			t.Errorf("it is too old at %s", until)
		}
		if next, err := v.Next(t.Context(), v.Slots[0]); err != nil || !next.Equal(six) {
			t.Errorf("the next one is sent at %s, %v", next, err)
		}
		// What is published now is for tomorrow, and so are words.
		v.write("Ferries sail again")
		if refused, err := v.SetWords(t.Context(), r.ID, digest.Words{Note: "Late."}); err != nil || refused.Kind != Opened {
			t.Errorf("got %+v, %v", refused, err)
		}
		time.Sleep(9*time.Minute + 50*time.Second)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening open sent=0")
		time.Sleep(15 * time.Second)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening done sent=2")
		if next, err := v.Next(t.Context(), v.Slots[0]); err != nil || !next.Equal(six.AddDate(0, 0, 1)) {
			t.Errorf("the next one is sent at %s, %v", next, err)
		}
		if took := v.tallied(t, 20).Took(); took < 0 || took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		v.sleeps(23*time.Hour + 45*time.Minute)
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2")
		if got := printedBy(v, 1); got != "Ferries sail again" {
			t.Errorf("the next one prints %s", got)
		}
	})
}

// TestWhoWakesInTheFreezeOpensAtOnce: whenever the machine wakes, the cut-off is where it
// would have been, and nothing leaves before the time.
func TestWhoWakesInTheFreezeOpensAtOnce(t *testing.T) {
	for _, at := range []struct{ hour, minute, sent int }{{17, 57, 0}, {18, 0, 2}, {18, 20, 2}, {21, 59, 2}} {
		v := newEvening(t)
		v.freezes(10 * time.Minute)
		v.started()
		v.write("Night trains return")
		v.now = time.Date(2026, 11, 20, 17, 55, 0, 0, v.Zone)
		v.write("Too late")
		v.at(t, 20, at.hour, at.minute)
		r := v.tallied(t, 20)
		if r.Tally.Sent != at.sent || r.CutOff.Minute() != 50 || printedBy(v, 0) != "Night trains return" {
			t.Errorf("at %d:%d: %+v, prints %s", at.hour, at.minute, r, printedBy(v, 0))
		}
		// Another process goes on.
		v.Publisher = v.publisher(t)
		v.workers = &workers{Publisher: v.Publisher, turns: map[uint32]turn{}}
		v.at(t, 20, 22, 0)
		v.expect(t, "2026-11-20-evening done sent=2")
	}
	v := newEvening(t)
	v.freezes(10 * time.Minute)
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 22, 1)
	v.expect(t, "2026-11-20-evening missed sent=0")
	if r := v.tallied(t, 20); !strings.Contains(r.Reason, "4h1m0s after its time") {
		t.Errorf("missed: %s", r.Reason)
	}
}

func TestAnEditionJustAfterMidnightIsOpenedTheDayBefore(t *testing.T) {
	v := newEvening(t)
	s := daily
	s.Schedule, s.Freeze = "5 0 * * *", 10*time.Minute
	slot, err := NewSlot(s, v.Zone)
	if err != nil {
		t.Fatal(err)
	}
	v.Slots[0] = slot
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 23, 54)
	v.expect(t)
	v.at(t, 20, 23, 55)
	v.expect(t, "2026-11-21-evening open sent=0")
	v.at(t, 21, 0, 5)
	v.expect(t, "2026-11-21-evening done sent=2")
}

func TestAFrozenEditionByHandIsSentAtOnce(t *testing.T) {
	v := newEvening(t)
	v.freezes(10 * time.Minute)
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 17, 50)
	v.expect(t, "2026-11-20-evening open sent=0")
	v.now = v.now.Add(3 * time.Minute)
	r := v.tallied(t, 20).Record
	free := func() (Right, error) { return Right{Release: func() error { return nil }}, nil }
	if s, err := v.Send(t.Context(), r, Hand{Lock: free}); err != nil || s.Tally.Sent != 2 {
		t.Fatalf("got %+v, %v", s, err)
	}
	if r := v.tallied(t, 20); !r.Begins().Equal(v.now) || r.State != digest.Done {
		t.Errorf("got %+v", r)
	}
}

func TestAPausedFrozenEditionStaysWhereItIs(t *testing.T) {
	v := newEvening(t)
	v.freezes(10 * time.Minute)
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 17, 50)
	r := v.tallied(t, 20).Record
	if err := v.Course.Pause(t.Context(), r.Number, digest.PausedDesk, "a slip", v.now); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 17, 55)
	if r = v.tallied(t, 20).Record; !r.Ahead() || !r.Frozen(v.now) {
		t.Errorf("paused it is %+v", r)
	}
	if err := v.Resume(t.Context(), r, 0); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 17, 58)
	if r = v.tallied(t, 20).Record; !r.Ahead() || !r.Frozen(v.now) {
		t.Errorf("resumed it is %+v", r)
	}
	// By hand it is sent at once, paused or not.
	if err := v.Course.Pause(t.Context(), r.Number, digest.PausedDesk, "a slip", v.now); err != nil {
		t.Fatal(err)
	}
	free := func() (Right, error) { return Right{Release: func() error { return nil }}, nil }
	if s, err := v.Send(t.Context(), v.tallied(t, 20).Record, Hand{Lock: free}); err != nil || s.Tally.Sent != 2 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestAClockThatJumpsInTheFreezeSendsNothingYet(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.freezes(10 * time.Minute)
		v.runs(17, 45)
		v.watched()
		v.serves(t)
		time.Sleep(6 * time.Minute)
		v.sleeps(3 * time.Hour)
		time.Sleep(90 * time.Second)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening open sent=0")
		v.sleeps(-3 * time.Hour)
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening open sent=0")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}

// TestNobodyIsToldThatAFrozenEditionIsLate: its time begins at the slot.
func TestNobodyIsToldThatAFrozenEditionIsLate(t *testing.T) {
	v := newEvening(t)
	s := daily
	s.FinishBy, s.Freeze = "18:30", 3*time.Hour
	slot, err := NewSlot(s, v.Zone)
	if err != nil {
		t.Fatal(err)
	}
	v.Slots[0] = slot
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 15, 0)
	v.Rate = 1
	w := newFinishWatch(v.Publisher)
	for _, minute := range []int{1, 2, 59} {
		v.now = time.Date(2026, 11, 20, 15, minute, 0, 0, v.Zone)
		w.look(t.Context())
		v.store.editions[0].ledger.rows[1].step = digest.Skipped
	}
	if all := *v.slow.Load(); len(all) > 0 {
		t.Errorf("got %+v", all)
	}
	v.now = time.Date(2026, 11, 20, 17, 59, 0, 0, v.Zone)
	u := digest.Unfinished{Record: v.tallied(t, 20).Record}
	if a, err := v.unfinishedAlarm(t.Context(), u); a.Kind != "" || err != nil {
		t.Errorf("got %+v, %v", a, err)
	}
}

// TestEachDayIsOpenedOnceWhateverTheClocksDo walks over a change of the clocks with the
// service's own timer, in zones of every habit.
func TestEachDayIsOpenedOnceWhateverTheClocksDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{
			"Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago",
			"Asia/Beirut", "Pacific/Apia", "America/Havana", "Antarctica/Troll", "UTC",
		}).Draw(t, "zone"))
		if err != nil {
			t.Skip(err)
		}
		s := daily
		s.Schedule = rapid.SampledFrom([]string{
			"0 0 * * *", "5 0 * * *", "30 2 * * *", "10 3 * * *", "59 23 * * *", "0 18 * * *",
		}).Draw(t, "schedule")
		s.Freeze = time.Duration(rapid.IntRange(0, 12*60).Draw(t, "freeze")) * time.Minute
		slot, err := NewSlot(s, zone)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2011+rapid.IntRange(0, 15).Draw(t, "year"), 1, 1, 12, 0, 0, 0, zone)
		if _, change := now.ZoneBounds(); !change.IsZero() {
			now = change.AddDate(0, 0, -3)
		}
		past := digest.History{Since: now, Days: map[digest.Date]digest.State{}}
		timer := onOurClock{slot, func() time.Time { return now }}
		first := slot.Next(now)
		for range 8 {
			for _, day := range slot.due(past, now) {
				at, _ := slot.At(day)
				if !slot.Opens(at).Equal(now) && !(at.Equal(first) && slot.Opens(at).Before(past.Since)) {
					t.Fatalf("%s, due %s, is opened at %s", day, at, now)
				}
				past.Days[day] = digest.Done
			}
			now = timer.Next(now)
		}
		for at := first; !slot.Opens(at).After(now.Add(-time.Minute)); at = slot.Next(at) {
			if past.Days[digest.DateOf(at.In(zone))] == "" {
				t.Fatalf("%s is not opened", at)
			}
		}
	})
}

func TestAFreezeThatIsTooLongIsRefused(t *testing.T) {
	s := daily
	for _, freeze := range []time.Duration{-time.Minute, 12*time.Hour + 1} {
		s.Freeze = freeze
		if _, err := NewSlot(s, time.UTC); err == nil {
			t.Errorf("%s is taken", freeze)
		}
	}
	var slots []Slot
	for _, schedule := range []string{"0 18 * * *", "30 17 * * *", "0 7 * * 1"} {
		s := daily
		s.Name, s.Schedule = schedule, schedule
		slot, err := NewSlot(s, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		slots = append(slots, slot)
	}
	for i, want := range []time.Duration{30 * time.Minute, 10*time.Hour + 30*time.Minute, 13 * time.Hour} {
		if _, apart := slots[i].Former(slots); apart != want {
			t.Errorf("before %s: %s, want %s", slots[i].Name, apart, want)
		}
	}
	if _, apart := slots[0].Former(slots[:1]); apart != 24*time.Hour {
		t.Errorf("a slot alone: %s", apart)
	}
}
