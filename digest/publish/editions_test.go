package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// TestOneEditionHoldsUpNoOther has the edition of six go wrong in every way, and that
// of seven go out at its time.
func TestOneEditionHoldsUpNoOther(t *testing.T) {
	refused := digest.Outcome{Class: digest.Account, Code: 535}
	for name, wrong := range map[string]func(v *evening){
		"the relay hangs":      func(v *evening) { v.relays[1] = &relay{perMessage: 40 * time.Hour} },
		"the relay refuses us": func(v *evening) { v.relays[1] = &relay{end: refused} },
		"it can't be reached":  func(v *evening) { v.relays[1] = &relay{end: digest.Outcome{Class: digest.Session}} },
		"its ledger is broken": func(v *evening) {
			ledgers := v.Ledger
			v.Ledger = func(number uint32) deliver.Ledger {
				if number == 1 {
					return &ledger{err: errors.New("the disk is full")}
				}
				return ledgers(number)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, v *evening) {
				late := daily
				late.Name, late.Title, late.Schedule = "late", "Late Edition", "0 19 * * *"
				slot, err := NewSlot(late, v.Zone)
				if err != nil {
					t.Fatal(err)
				}
				v.Slots = append(v.Slots, slot)
				v.started()
				wrong(v)
				v.serves(t)
				time.Sleep(10 * time.Minute)
				v.write("Libraries open late")
				time.Sleep(50*time.Minute + 2*time.Second)
				got := v.book(t)
				if len(got) != 2 || got[1] != "2026-11-20-late done sent=2" || strings.Contains(got[0], "done") {
					t.Errorf("got %v", got)
				}
			})
		})
	}
}

func TestUnfinishedEditionsAreDeliveredSideBySide(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(100)
		for day := range 3 {
			v.now = v.now.Add(time.Second)
			v.write([]string{"One", "Two", "Three"}[day])
			v.open(t, day)
			v.relays[uint32(day+1)] = &relay{perMessage: time.Second}
		}
		v.serves(t)
		time.Sleep(50 * time.Second)
		for number, r := range v.relays {
			if n := r.count(); n < 45 {
				t.Errorf("edition %d has sent %d after 50 s", number, n)
			}
		}
		time.Sleep(55 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=100", "2026-11-21-evening done sent=100",
			"2026-11-22-evening done sent=100")
	})
}

// TestNoEditionIsWorkedOnTwiceAtOnce looks for work far more often than one message
// takes, and while the book's answer is on its way.
func TestNoEditionIsWorkedOnTwiceAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.relay.perMessage = 9750 * time.Millisecond
		v.open(t, 0)
		// A look each two seconds, half of them in the book: the edition is done while
		// an answer of before that is on its way.
		v.store.looked = func() { time.Sleep(time.Second) }
		v.serves(t)
		time.Sleep(time.Minute)
		v.expect(t, "2026-11-20-evening done sent=2")
		if most, begun := v.relay.atOnce(), v.store.count("Begin"); most != 1 || begun != 1 {
			t.Errorf("%d connections at once, and it was begun %d times", most, begun)
		}
		if wrong := v.log.lines("level=ERROR"); len(wrong) > 0 {
			t.Errorf("it said %q", wrong)
		}
	})
}

func TestAProbeIsNotWorkedOnTwiceEither(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.relay.perMessage = time.Hour
		r := v.open(t, 0)
		if err := v.store.Pause(t.Context(), r.Number, digest.PausedAccount, "", v.clock()); err != nil {
			t.Fatal(err)
		}
		v.serves(t)
		time.Sleep(30 * time.Minute)
		if most, dials := v.relay.atOnce(), v.relay.dialled(); most != 1 || dials != 1 {
			t.Errorf("%d connections, %d at once", dials, most)
		}
	})
}

// TestWhatADeadProcessLeftIsTakenUpAtOnceAndTold has one message under way and the
// other deferred for long: nothing is due, and the first is looked after all the
// same.
func TestWhatADeadProcessLeftIsTakenUpAtOnceAndTold(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		r := v.open(t, 0)
		rows := v.rows(r.Number)
		rows.rows[1].step, rows.rows[2].Due = digest.Attempting, v.now.Add(3*time.Hour)
		v.post(t)
		v.outbox.rows[1].step = digest.Attempting
		v.serves(t)
		time.Sleep(5 * time.Second)
		v.expect(t, "2026-11-20-evening sending sent=1")
		const said = "an earlier process ended while it was sending: these messages may have arrived"
		lines := v.log.lines(said)
		if len(lines) != 2 {
			t.Fatalf("it said %q", lines)
		}
		for _, who := range []string{"edition=2026-11-20-evening messages=1", "ledger=letters messages=1"} {
			if !strings.Contains(lines[0]+lines[1], who) {
				t.Errorf("it said %q, want %q", lines, who)
			}
		}
		if got := v.tallied(t, 20).Tally.PossibleDuplicates; got != 1 {
			t.Errorf("%d possible duplicates are counted", got)
		}
	})
}

func TestPausesAreJudgedByTheirKindNotByTheirReason(t *testing.T) {
	for kind, probed := range map[digest.Pause]bool{
		digest.PausedAccount: true, digest.PausedMessage: true, digest.PausedDesk: false,
		digest.PausedCrashLoop: false,
	} {
		bubble(t, func(t *testing.T, v *evening) {
			r := v.open(t, 0)
			reason := "by the desk"
			if !probed {
				reason = "the relay refuses us: 535"
			}
			if err := v.store.Pause(t.Context(), r.Number, kind, reason, v.clock()); err != nil {
				t.Fatal(err)
			}
			v.serves(t)
			time.Sleep(20 * time.Minute)
			want := "2026-11-20-evening paused sent=0"
			if probed {
				want = "2026-11-20-evening done sent=2"
			}
			v.expect(t, want)
		})
	}
}

func TestAPausedEditionIsProbedBesideOneThatIsDelivered(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.open(t, 0)
		if err := v.store.Pause(t.Context(), 1, digest.PausedAccount, "", v.clock()); err != nil {
			t.Fatal(err)
		}
		v.now = v.now.Add(time.Second)
		v.write("Libraries open late")
		v.open(t, 1)
		v.relays[2] = &relay{perMessage: 10 * time.Hour}
		v.serves(t)
		time.Sleep(10 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening sending sent=0")
	})
}

// TestARelayThatTakesAFewAndRefusesAgainIsProbedEverMoreRarely takes one message each
// time, and refuses us at the next.
func TestARelayThatTakesAFewAndRefusesAgainIsProbedEverMoreRarely(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(20)
		v.open(t, 0)
		for range 6 {
			v.relay.answers = append(v.relay.answers, digest.Outcome{Class: digest.Account, Code: 535},
				digest.Outcome{Class: digest.Accepted, Code: 250})
		}
		v.serves(t)
		time.Sleep(5 * time.Hour)
		var waits []int
		for i, at := range v.relay.at[:12] {
			if wait := at.Sub(v.relay.at[max(0, i-1)]); wait > time.Second {
				waits = append(waits, int(wait.Round(time.Minute)/time.Minute))
			}
		}
		if want := []int{5, 10, 20, 40, 60, 60}; !slices.Equal(waits, want) {
			t.Errorf("the probes waited %v minutes, want %v", waits, want)
		}
	})
}

func TestAnEditionWithAnErrorIsTriedAgainAfterAMinute(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		r := v.open(t, 0)
		v.rows(r.Number).fail(errors.New("the disk is full"))
		v.serves(t)
		time.Sleep(30 * time.Second)
		if n := v.store.count("Begin"); n != 1 {
			t.Errorf("it was begun %d times", n)
		}
		v.rows(r.Number).fail(nil)
		time.Sleep(40 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}

func TestAResolvedEditionIsTakenUpAnew(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.Deliverer.Hold = true
		v.relay.answers = []digest.Outcome{{Class: digest.InDoubt}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go v.Serve(ctx)
		time.Sleep(10 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=1")
		unlock := v.store.ask("resolve")
		e := v.store.editions[0]
		e.State = digest.Sending
		e.ledger.each(digest.Unknown, func(r *row) { r.step, r.Due = digest.Pending, v.clock() })
		unlock()
		time.Sleep(2 * time.Second)
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}
