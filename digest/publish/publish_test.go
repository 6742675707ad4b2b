package publish

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func TestAnEditionGoesOutAtItsTimeOnce(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.at(t, 20, 17, 59)
	v.expect(t)
	for minute := range 5 {
		v.at(t, 20, 18, minute)
	}
	v.expect(t, "2026-11-20-evening done sent=2")
	if len(v.relay.sent) != 2 {
		t.Errorf("%d messages were sent", len(v.relay.sent))
	}
}

func TestEachEditionPrintsWhatIsNewSinceTheLast(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Friday's")
	v.at(t, 20, 18, 0)
	v.write("At the cut-off")
	v.at(t, 20, 18, 1)
	v.now = v.now.Add(3 * time.Hour)
	v.write("Late on Friday")
	v.at(t, 21, 18, 0)
	v.at(t, 22, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2", "2026-11-22-evening empty sent=0")
	second, err := v.store.Edition(t.Context(), digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 21}, Slot: "evening", Sequence: 1})
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	for _, a := range second.Articles {
		printed = append(printed, a.Headline)
	}
	if diff := cmp.Diff([]string{"Late on Friday", "At the cut-off"}, printed); diff != "" {
		t.Error(diff)
	}
}

func TestAServiceThatWakesWithinTheGraceCatchesUp(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.at(t, 20, 21, 59)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAServiceThatWakesTooLateRecordsWhatItMissedAndSendsNothing(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.at(t, 22, 22, 1)
	v.expect(t, "2026-11-20-evening missed sent=0", "2026-11-21-evening missed sent=0", "2026-11-22-evening missed sent=0")
	// What was missed is printed by the next edition, as far as it is young enough.
	v.at(t, 23, 11, 0)
	v.at(t, 23, 18, 0)
	v.expect(t, "2026-11-20-evening missed sent=0", "2026-11-21-evening missed sent=0", "2026-11-22-evening missed sent=0", "2026-11-23-evening empty sent=0")
}

func TestNothingIsDueFromBeforeTheServiceWasFirstStarted(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.at(t, 20, 18, 30)
	v.expect(t)
	v.started(t)
	v.at(t, 20, 18, 31)
	v.expect(t)
	v.write("Libraries open late")
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-21-evening done sent=2")
}

func TestWhatWasSentByHandIsNotSentAgainAtItsTime(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = v.now.Add(time.Hour)
	plan, err := v.Plan(t.Context(), v.Slots[0], digest.DateOf(v.now), v.now)
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Open(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(t.Context(), plan); !errors.Is(err, digest.ErrExists) {
		t.Errorf("opened twice: %v", err)
	}
	if _, err := v.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	v.write("Libraries open late")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2")
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2")
}

func TestAnEditionFailsWholeBeforeItIsOpenedAndIsTriedAgain(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.desk.err = errors.New("the desk is not mounted")
	v.at(t, 20, 18, 0)
	v.expect(t)
	v.desk.err = nil
	v.at(t, 20, 18, 1)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestWithNobodyOnTheListTheDayIsRecordedAsEmpty(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	for s, err := range v.store.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.store.Remove(t.Context(), s.Address, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening empty sent=0")
}

func TestServeOpensByItselfAndStopsWhenTold(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx) }()
	// A record that can be read as done is how anybody sees that it has worked.
	id := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 20}, Slot: "evening", Sequence: 1}
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		r, err := v.store.Record(t.Context(), id)
		if err == nil && r.State == digest.Done {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("it never sent")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestADayThatALaterEditionOvertookIsRecordedAsMissed(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = v.now.Add(time.Hour)
	plan, err := v.Plan(t.Context(), v.Slots[0], digest.DateOf(v.now).AddDays(1), v.now)
	if err != nil {
		t.Fatal(err)
	}
	if next, err := v.Next(t.Context(), v.Slots[0], v.now); err != nil || next.Format(time.DateOnly) != "2026-11-20" {
		t.Errorf("next comes %v, %v", next, err)
	}
	if _, err := v.Open(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if next, err := v.Next(t.Context(), v.Slots[0], v.now); err != nil || next.Format(time.DateOnly) != "2026-11-22" {
		t.Errorf("next comes %v, %v", next, err)
	}
	v.write("Libraries open late")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening missed sent=0", "2026-11-21-evening done sent=2")
}

func TestADeferredReaderIsLeftAloneUntilTheTime(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.answer = digest.Outcome{Class: digest.Transient, Code: 450}
	v.at(t, 20, 18, 0)
	for minute := 1; minute < 5; minute++ {
		v.at(t, 20, 18, minute)
	}
	if len(v.relay.sent) != 2 {
		t.Errorf("%d attempts before the time", len(v.relay.sent))
	}
	v.relay.answer = digest.Outcome{}
	v.at(t, 20, 18, 6)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestNothingIsSentFromABookThatIsBehind(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	v.Book = behind{v.Book}
	ctx, stop := context.WithCancel(t.Context())
	looked := make(chan struct{}, 100)
	v.Now = func() time.Time { looked <- struct{}{}; return v.now }
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx) }()
	<-looked // it works out when to look again, having been held
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	v.expect(t)
}

type behind struct{ Book }

func (behind) Behind(context.Context) error { return digest.ErrBehind }
