package publish

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func TestAnEditionGoesOutAtItsTimeOnce(t *testing.T) {
	v := newEvening(t)
	v.started()
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
	v.started()
	v.write("Friday's")
	v.at(t, 20, 18, 0)
	v.write("At the cut-off")
	v.at(t, 20, 18, 1)
	v.now = v.now.Add(3 * time.Hour)
	v.write("Late on Friday")
	v.at(t, 21, 18, 0)
	v.at(t, 22, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2", "2026-11-22-evening empty sent=0")
	second, err := v.store.byID(on(21))
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	for _, a := range second.opening.Edition.Articles {
		printed = append(printed, a.Headline)
	}
	if diff := cmp.Diff([]string{"Late on Friday", "At the cut-off"}, printed); diff != "" {
		t.Error(diff)
	}
}

func TestAServiceThatWakesWithinTheGraceCatchesUp(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 21, 59)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAServiceThatWakesTooLateRecordsWhatItMissedAndSendsNothing(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.at(t, 22, 22, 1)
	missed := []string{"2026-11-22-evening missed sent=0"} // with the two days before it
	v.expect(t, missed...)
	// What was missed is printed by the next edition, as far as it is young enough.
	v.at(t, 23, 11, 0)
	v.at(t, 23, 18, 0)
	v.expect(t, append(missed, "2026-11-23-evening empty sent=0")...)
}

func TestNothingIsDueFromBeforeTheServiceWasFirstStarted(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.at(t, 20, 18, 30)
	v.expect(t)
	v.started()
	v.at(t, 20, 18, 31)
	v.expect(t)
	v.write("Libraries open late")
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-21-evening done sent=2")
}

func TestWhatWasSentByHandIsNotSentAgainAtItsTime(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.now = v.now.Add(time.Hour)
	d, err := v.Decide(t.Context(), v.Slots[0], digest.DateOf(v.now), v.now, digest.Words{})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := v.Open(t.Context(), d)
	if err != nil || opened.Refused() {
		t.Fatal(opened.Refusal, err)
	}
	if twice, err := v.Open(t.Context(), d); err != nil || twice.Refusal.Kind != Opened ||
		twice.Record != opened.Record {
		t.Errorf("opened twice: %+v, %v", twice.Refusal, err)
	}
	if _, err := v.Deliver(t.Context(), opened.Record, 0); err != nil {
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
	v.started()
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
	v.started()
	v.store.readers = nil
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening empty sent=0")
}

func TestServeOpensByItselfAndStopsWhenTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newEvening(t)
		v.started()
		v.runs(17, 59)
		v.write("Night trains return")
		stop := v.serves(t)
		time.Sleep(59 * time.Second)
		v.expect(t)
		time.Sleep(2 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=2")
		stop()
	})
}

func TestADayThatALaterEditionOvertookIsRecordedAsMissed(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.now = v.now.Add(time.Hour)
	if next, err := v.Next(t.Context(), v.Slots[0]); err != nil || next.Format(time.DateOnly) != "2026-11-20" {
		t.Errorf("next comes %v, %v", next, err)
	}
	v.open(t, 1)
	if next, err := v.Next(t.Context(), v.Slots[0]); err != nil || next.Format(time.DateOnly) != "2026-11-22" {
		t.Errorf("next comes %v, %v", next, err)
	}
	v.write("Libraries open late")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening missed sent=0", "2026-11-21-evening done sent=2")
}

func TestADeferredReaderIsLeftAloneUntilTheTime(t *testing.T) {
	v := newEvening(t)
	v.started()
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
	synctest.Test(t, func(t *testing.T) {
		v := newEvening(t)
		v.started()
		v.runs(17, 59)
		v.write("Night trains return")
		v.store.behind = digest.ErrBehind
		if _, err := v.outbox.Post(t.Context(), digest.Letter{Kind: digest.Welcome}, v.clock()); err != nil {
			t.Fatal(err)
		}
		stop := v.serves(t)
		time.Sleep(time.Hour)
		v.expect(t)
		if n := v.relay.count(); n != 0 {
			t.Errorf("%d messages were sent", n)
		}
		d := v.decide(t, 0, digest.Words{})
		if d.Refused() {
			t.Fatal(d.Refusal)
		}
		if _, err := v.Open(t.Context(), d); !errors.Is(err, digest.ErrBehind) {
			t.Errorf("opened by hand: got %v, want ErrBehind", err)
		}
		// Its restoring is accepted while the service runs.
		unlock := v.store.ask("accept")
		v.store.behind = nil
		unlock()
		time.Sleep(2 * time.Minute)
		v.expect(t, "2026-11-20-evening done sent=2")
		stop()
	})
}
