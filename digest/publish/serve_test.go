package publish

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// bubble runs a test on an evening whose clock runs from six on, by synctest's
// time, with an article on the desk and the service started before.
func bubble(t *testing.T, test func(t *testing.T, v *evening)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := newEvening(t)
		v.started()
		v.write("Night trains return")
		v.runs(18, 0)
		test(t, v)
	})
}

// post puts a letter into the outbox.
func (v *evening) post(t *testing.T) int64 {
	t.Helper()
	id, err := v.outbox.Post(t.Context(), digest.Letter{
		Kind: digest.Welcome, Address: "ines@reader.example", Bytes: []byte("Subject: Welcome\r\n\r\nHello.\r\n"),
	}, v.clock())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func many(readers int) []string {
	all := make([]string, readers)
	for i := range all {
		all[i] = "reader@reader.example"
	}
	return all
}

func TestTheTimerWakesTheServiceAtTheSecond(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.runs(17, 58)
		v.now = v.now.Add(30 * time.Second) // so that no look each minute is at six
		v.serves(t)
		time.Sleep(90*time.Second + 10*time.Millisecond)
		synctest.Wait()
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}

func TestWhatTheTimerSkipsIsCaughtWithinAMinute(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.runs(14, 0)
		v.serves(t)
		time.Sleep(90 * time.Second)
		// The machine sleeps for five hours: its timers stand still.
		v.sleeps(5 * time.Hour)
		time.Sleep(61 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}

func TestLettersGoOutWhileAnEditionIsDelivered(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(200)
		v.letters, v.relay.perMessage = &relay{}, time.Second
		v.serves(t)
		time.Sleep(20 * time.Second)
		posted := time.Now()
		v.post(t)
		time.Sleep(2 * time.Second)
		if v.letters.count() != 1 || v.letters.at[0].Sub(posted) > time.Second {
			t.Errorf("%d letters went out, at %v; it was posted at %v", v.letters.count(), v.letters.at, posted)
		}
		if n := v.relay.count(); n > 25 {
			t.Errorf("the letter waited until message %d", n)
		}
		time.Sleep(200 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=200")
	})
}

func TestTheIdleServiceAsksForNoSums(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		// All are deferred, until long after.
		v.relay.answer = digest.Outcome{Class: digest.Transient, Code: 450}
		v.serves(t)
		time.Sleep(2 * time.Second)
		unlock := v.store.ask("defer")
		v.store.editions[0].ledger.each(digest.Pending, func(r *row) { r.Due = r.Due.Add(3 * time.Hour) })
		before := maps.Clone(v.store.asked)
		unlock()
		time.Sleep(time.Hour)
		defer v.store.ask("count")()
		for name, n := range v.store.asked {
			switch n -= before[name]; {
			case name == "count":
			case name == "Behind" && n <= 3*3601+61, name == "Unfinished" && n <= 3601, name == "History" && n <= 61:
			case n > 0:
				t.Errorf("%s was asked %d times in an idle hour", name, n)
			}
		}
		if n := v.store.asked["Unfinished"] - before["Unfinished"]; n < 3500 {
			t.Errorf("the book was asked %d times what is owed", n)
		}
	})
}

func TestAServiceThatIsStoppedFinishesWhatIsOnTheWire(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(50)
		v.relay.perMessage = 10 * time.Second
		stop := v.serves(t)
		time.Sleep(15 * time.Second)
		told := time.Now()
		stop()
		if took := time.Since(told); took > deliver.Drain {
			t.Errorf("it took %v", took)
		}
		v.expect(t, "2026-11-20-evening sending sent=2")
		if tally := v.tallied(t, 20).Tally; tally.Attempting != 0 || tally.PossibleDuplicates != 0 {
			t.Errorf("left with %+v", tally)
		}
	})
}

func TestLettersWaitForNoPauseOfAnEdition(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.letters = &relay{}
		v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
		v.serves(t)
		time.Sleep(time.Minute)
		v.post(t)
		time.Sleep(2 * time.Second)
		v.expect(t, "2026-11-20-evening paused sent=0")
		if v.letters.count() != 1 {
			t.Error("the letter waits")
		}
	})
}

// A service that was drained serves the readers' pages on, and is not taken for one that hangs.
func TestAServiceThatHandedItsWorkOverIsAlive(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.serves(t)()
		time.Sleep(lookEvery + latest)
		if !v.Alive() {
			t.Error("it is taken for dead")
		}
	})
}
