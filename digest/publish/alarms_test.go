package publish

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

func (b *book) NewestOf(_ context.Context, slot string, now time.Time) (digest.Record, time.Time, error) {
	defer b.ask("NewestOf")()
	var newest *edition
	began := func(e *edition) time.Time {
		if e.OpenedAt.IsZero() {
			return e.entered
		}
		return e.OpenedAt
	}
	for _, e := range b.editions {
		if e.ID.Slot == slot && !began(e).After(now) && (newest == nil || began(e).After(began(newest))) {
			newest = e
		}
	}
	if newest == nil {
		return digest.Record{}, time.Time{}, digest.ErrNotFound
	}
	at := began(newest)
	if !newest.DoneAt.IsZero() {
		at = newest.DoneAt
	}
	return newest.Record, at, nil
}

// alarmed holds what there is to look at, as "kind about: reason", against what is wanted.
func (v *evening) alarmed(t *testing.T, want ...string) {
	t.Helper()
	v.Newest = v.store
	all, err := v.Alarms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range all {
		got = append(got, string(a.Kind)+" "+a.About+": "+a.Reason)
		if a.Hint == "" {
			t.Errorf("%s has no hint", a.Kind)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("at %s: got %q, want %q", v.clock().Format("02 15:04"), got, want)
	}
}

// beats holds the evenings that were decided against those wanted.
func (v *evening) beats(t *testing.T, want string) {
	t.Helper()
	v.Newest = v.store
	all, err := v.Decided(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, d := range all {
		got = cmp.Or(got, d.ID.String())
		if d.At.IsZero() {
			t.Errorf("%s was decided at no time", d.ID)
		}
	}
	if got != want {
		t.Errorf("at %s: %q was decided, want %q", v.clock().Format("02 15:04"), got, want)
	}
}

func TestAPausedEditionIsAnAlarmAndNoHeartbeatUntilItIsDone(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.alarmed(t)
	v.beats(t, "")
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535, Reply: "5.7.8 authentication failed"}
	v.at(t, 20, 18, 0)
	v.at(t, 20, 18, 1)
	v.alarmed(t, "paused 2026-11-20-evening: the relay refuses us: 535 5.7.8 authentication failed")
	v.beats(t, "")
	// Who pauses it by hand knows of it; there is still no heartbeat.
	if err := v.store.Pause(t.Context(), 1, digest.PausedDesk, "by the desk", v.now); err != nil {
		t.Fatal(err)
	}
	v.alarmed(t)
	v.beats(t, "")
	v.relay.end = digest.Outcome{}
	if err := v.Resume(t.Context(), v.tallied(t, 20).Record, 0); err != nil {
		t.Fatal(err)
	}
	v.looks(t)
	v.expect(t, "2026-11-20-evening done sent=2")
	v.alarmed(t)
	v.beats(t, "2026-11-20-evening")
}

func TestAnEveningWithoutAnEditionIsAnAlarmUntilTheNextOne(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening empty sent=0")
	empty := v.tallied(t, 20).Reason
	v.alarmed(t, "empty evening: "+empty)
	v.beats(t, "2026-11-20-evening")
	v.write("Night trains return")
	v.at(t, 21, 23, 0)
	missed := v.tallied(t, 21).Reason
	v.alarmed(t, "missed evening: "+missed)
	v.beats(t, "2026-11-21-evening")
	v.now = v.now.Add(time.Hour)
	v.write("A ferry for winter")
	v.at(t, 22, 18, 0)
	v.expect(t, "2026-11-20-evening empty sent=0", "2026-11-21-evening missed sent=0", "2026-11-22-evening done sent=2")
	v.alarmed(t)
	v.beats(t, "2026-11-22-evening")
}

func TestWhatIsHeldIsAnAlarmWhenItIsNear(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.store.behind = digest.ErrBehind
	v.alarmed(t, "held : "+digest.ErrBehind.Error())
	v.store.behind = nil
	why := spam("40 of 1000 readers called it spam")
	v.Cautions = &why
	v.write("Night trains return")
	v.alarmed(t) // at noon
	v.at(t, 20, 17, 10)
	v.alarmed(t, "held evening: "+string(why))
	v.at(t, 20, 18, 5)
	v.alarmed(t, "held evening: "+string(why))
	v.beats(t, "")
}

func TestAnEditionThatIsOwedBeyondItsTimeIsAnAlarm(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	at := func(hour, minute int) { v.now = time.Date(2026, 11, 20, hour, minute, 0, 0, v.Zone) }
	at(18, 0)
	r := v.open(t, 0)
	if _, err := v.store.Begin(t.Context(), r.Number, v.now); err != nil {
		t.Fatal(err)
	}
	if err := v.store.Waits(t.Context(), r.Number, "waiting for the relay: connection refused"); err != nil {
		t.Fatal(err)
	}
	at(21, 59)
	v.alarmed(t)
	at(22, 1)
	v.alarmed(t, "owed 2026-11-20-evening: its time was over at 22:00 CET: waiting for the relay: connection refused")
	v.beats(t, "")
	v.looks(t)
	v.expect(t, "2026-11-20-evening done sent=2")
	v.alarmed(t)
	v.beats(t, "2026-11-20-evening")
}

// TestAWaveToComeIsNoAlarmAndOneThatIsLateIs: in waves of six and eleven o'clock, each has
// the grace for itself.
func TestAWaveToComeIsNoAlarmAndOneThatIsLateIs(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	at := func(day, hour, minute int) { v.now = time.Date(2026, 11, day, hour, minute, 0, 0, v.Zone) }
	at(20, 18, 0)
	r := v.open(t, 0)
	if _, err := v.store.Begin(t.Context(), r.Number, v.now); err != nil {
		t.Fatal(err)
	}
	later := r.OpenedAt.Add(5 * time.Hour)
	v.store.editions[0].LastDueAt = later
	v.store.waves = []digest.Wave{{Due: r.OpenedAt, Readers: 1}, {Due: later, Readers: 1, Owed: 1}}
	at(21, 2, 59)
	v.alarmed(t)
	at(21, 3, 1)
	v.alarmed(t, "owed 2026-11-20-evening: its time was over at 03:00 CET")
	v.store.waves[0].Owed = 1
	at(20, 22, 1)
	v.alarmed(t, "owed 2026-11-20-evening: its time was over at 22:00 CET")
}
