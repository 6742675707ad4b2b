package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// Alarms is what somebody has to look at, and what is still to be told of it.
type Alarms interface {
	On(ctx context.Context) ([]digest.RaisedAlarm, error)
	Begin(ctx context.Context, a digest.RaisedAlarm, ways []string) error
	Keep(ctx context.Context, ref, reason string, well time.Time) error
	End(ctx context.Context, ref string, ways []string, now time.Time) error
	Owed(ctx context.Context, way string) ([]digest.AlarmWord, error)
	Told(ctx context.Context, w digest.AlarmWord) error
	Later(ctx context.Context, w digest.AlarmWord) error
	Beaten(ctx context.Context, slot string) (time.Time, error)
	Beat(ctx context.Context, id digest.ID, at time.Time) error
}

var alarmPromises = map[string]func(*testing.T, Open){
	"TestAnAlarmIsOnUntilItsEndAndEveryWayIsOwedBoth":   anAlarmIsOn,
	"TestAnAlarmForAnotherEditionTakesTheFormersPlace":  anAlarmIsTakenOver,
	"TestAnAlarmBeginsOnceAndCountsHowOftenItCameBack":  anAlarmComesBack,
	"TestTheHeartbeatIsRemembered":                      theHeartbeatIsRemembered,
	"TestTheNewestEditionOfASlotIsThatOfTheLastEvening": theNewestOfASlot,
}

func paused(ref string, began time.Time) digest.RaisedAlarm {
	return digest.RaisedAlarm{
		Alarm: digest.Alarm{
			Kind: digest.AlarmPaused, About: "evening", Edition: "2026-11-27-evening", Reason: "refused", Hint: "look",
		},
		Ref: ref, Began: began,
	}
}

func anAlarmIsOn(t *testing.T, open Open) {
	s, a := open(t, Options{}), paused("one", noon)
	if err := s.Alarms.Begin(t.Context(), a, []string{"mail", "command"}); err != nil {
		t.Fatal(err)
	}
	// Another process sees it.
	s = open(t, Options{})
	got, err := s.Alarms.On(t.Context())
	if diff := cmp.Diff([]digest.RaisedAlarm{a}, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	word := digest.AlarmWord{RaisedAlarm: a, Way: "mail", Due: noon}
	owedTo(t, s, "mail", word)
	owedTo(t, s, "webhook")
	word.Attempts, word.Due = 1, noon.Add(time.Minute)
	if err := s.Alarms.Later(t.Context(), word); err != nil {
		t.Fatal(err)
	}
	owedTo(t, s, "mail", word)
	later := noon.Add(time.Hour)
	if err := s.Alarms.Keep(t.Context(), "one", "refused still", later); err != nil {
		t.Fatal(err)
	}
	a.Reason, a.Well = "refused still", later
	if got, err := s.Alarms.On(t.Context()); err != nil || cmp.Diff([]digest.RaisedAlarm{a}, got) != "" {
		t.Error(err, got)
	}
	if err := s.Alarms.End(t.Context(), "one", []string{"mail", "command"}, later); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Alarms.On(t.Context()); err != nil || len(got) != 0 {
		t.Error(err, got)
	}
	// Its end waits until its beginning was told.
	a.Over, word.RaisedAlarm = later, a
	word.Over = later
	owedTo(t, s, "mail", word)
	if err := s.Alarms.Told(t.Context(), word); err != nil {
		t.Fatal(err)
	}
	owedTo(t, s, "mail", digest.AlarmWord{RaisedAlarm: a, Way: "mail", Ends: true, Due: later})
	if err := s.Alarms.End(t.Context(), "one", nil, later); err == nil {
		t.Error("it could be ended twice")
	}
}

func owedTo(t *testing.T, s Store, way string, want ...digest.AlarmWord) {
	t.Helper()
	got, err := s.Alarms.Owed(t.Context(), way)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("owed to %s: %v %s", way, err, diff)
	}
}

func anAlarmIsTakenOver(t *testing.T, open Open) {
	s, a := open(t, Options{}), paused("one", noon)
	next := paused("two", noon.Add(24*time.Hour))
	next.Edition = "2026-11-28-evening"
	for _, one := range []digest.RaisedAlarm{a, next} {
		if err := s.Alarms.Begin(t.Context(), one, []string{"mail"}); err != nil {
			t.Fatal(err)
		}
		if one.Ref == next.Ref {
			break
		}
		// It seems to be well for a moment. Who takes its place shows that it was not.
		if err := s.Alarms.Keep(t.Context(), one.Ref, one.Reason, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Alarms.On(t.Context())
	if diff := cmp.Diff([]digest.RaisedAlarm{next}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	a.Over = next.Began
	former, began := digest.AlarmWord{RaisedAlarm: a, Way: "mail", Due: noon}, digest.AlarmWord{
		RaisedAlarm: next, Way: "mail", Due: next.Began,
	}
	owedTo(t, s, "mail", former, began)
	if err := s.Alarms.Told(t.Context(), former); err != nil {
		t.Fatal(err)
	}
	// Who has heard of it hears that it is over, and not that it was well.
	former.Ends, former.Due = true, next.Began
	owedTo(t, s, "mail", former, began)
}

func anAlarmComesBack(t *testing.T, open Open) {
	s, at := open(t, Options{}), noon
	for i, ref := range []string{"one", "two", "three"} {
		if err := s.Alarms.Begin(t.Context(), paused(ref, at), nil); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Alarms.On(t.Context()); err != nil || len(got) != 1 || got[0].Again != i {
			t.Errorf("the %d. time: %v, %+v", i+1, err, got)
		}
		at = at.Add(time.Hour)
		if err := s.Alarms.End(t.Context(), ref, nil, at); err != nil {
			t.Fatal(err)
		}
	}
	// What was over the day before is forgotten, and later the alarms too.
	at = at.Add(40 * 24 * time.Hour)
	if err := s.Alarms.Begin(t.Context(), paused("four", at), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Alarms.On(t.Context()); err != nil || len(got) != 1 || got[0].Again != 0 {
		t.Errorf("after a while: %v, %+v", err, got)
	}
	if err := s.Alarms.Begin(t.Context(), paused("one", at), nil); err != nil {
		t.Errorf("the first one is kept still: %v", err)
	}
}

func theHeartbeatIsRemembered(t *testing.T, open Open) {
	s := open(t, Options{})
	for day := 27; day < 29; day++ {
		id := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: day}, Slot: "evening", Sequence: 1}
		at := time.Date(2026, 11, day, 18, 0, 0, 0, time.UTC)
		if err := s.Alarms.Beat(t.Context(), id, at); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Alarms.Beaten(t.Context(), "evening"); err != nil || !got.Equal(at) {
			t.Error(err, got)
		}
	}
	if got, err := s.Alarms.Beaten(t.Context(), "morning"); err != nil || !got.IsZero() {
		t.Error(err, got)
	}
}

func theNewestOfASlot(t *testing.T, open Open) {
	s := open(t, Options{})
	if _, _, err := s.Book.NewestOf(t.Context(), "evening", evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("of none: %v", err)
	}
	addReaders(t, s, 1)
	mustOpen(t, s, 0)
	is := func(now time.Time, want digest.ID, state digest.State, when time.Time) {
		t.Helper()
		r, at, err := s.Book.NewestOf(t.Context(), "evening", now)
		if err != nil || r.ID != want || r.State != state || !at.Equal(when) {
			t.Errorf("got %s %s %s, %v, want %s %s %s", r.ID, r.State, at, err, want, state, when)
		}
	}
	is(evening, day(0), digest.Open, Opening(0).At)
	next := evening.AddDate(0, 0, 1)
	missed := digest.Record{ID: day(1), State: digest.Missed, Reason: "asleep"}
	if err := s.Book.Enter(t.Context(), missed, nil, next); err != nil {
		t.Fatal(err)
	}
	is(next, day(1), digest.Missed, next)
	// A clock that was ahead has recorded it.
	is(evening, day(0), digest.Open, Opening(0).At)
	// Tomorrow's is cancelled already: tonight's stays the last one until then.
	cancelled := digest.Act{Edition: day(2), Kind: digest.Cancel, By: "maria", At: next.Add(time.Minute)}
	if _, _, err := s.Book.Act(t.Context(), cancelled, "Evening Edition"); err != nil {
		t.Fatal(err)
	}
	is(next.Add(2*time.Minute), day(1), digest.Missed, next)
	is(next.AddDate(0, 0, 1), day(2), digest.Missed, cancelled.At)
}
