package publish

import (
	"testing"
	"time"

	"vesper/digest"
)

func TestSendingFollowsAServiceAsIfItHadDoneItItself(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(100)
		v.relay.perMessage = time.Second
		l := &lock{}
		r := v.open(t, 0)
		end := l.holds(t, v, true)
		s, err := v.Send(t.Context(), r, l.hand())
		if err != nil || s.State != digest.Done || s.Tally.Sent != 100 {
			t.Errorf("got %+v, %v", s, err)
		}
		if len(l.heard) != 1 || l.heard[0].Role != "serve" || l.taken != 1 {
			t.Errorf("it heard of %v, and the lock was taken %d times", l.heard, l.taken)
		}
		end()
	})
}

func TestFollowingCountsSeldom(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(100)
		v.relay.perMessage = time.Second
		l := &lock{}
		r := v.open(t, 0)
		end := l.holds(t, v, true)
		if _, err := v.Send(t.Context(), r, l.hand()); err != nil {
			t.Fatal(err)
		}
		if n := v.store.count("Tallied"); n > 100/5+3 {
			t.Errorf("the sums were counted %d times in 100 s", n)
		}
		end()
	})
}

func TestSendingTakesOverWhereAnotherProcessLeavesOff(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(100)
		v.relay.perMessage = time.Second
		l := &lock{}
		r := v.open(t, 0)
		end := l.holds(t, v, true)
		time.AfterFunc(20500*time.Millisecond, end)
		s, err := v.Send(t.Context(), r, l.hand())
		if err != nil || s.State != digest.Done || s.Tally.Sent != 100 || s.Tally.PossibleDuplicates != 0 {
			t.Errorf("got %+v, %v", s, err)
		}
		if len(l.heard) != 1 || l.taken != 2 || !l.free() {
			t.Errorf("it heard of %v, and the lock was taken %d times", l.heard, l.taken)
		}
	})
}

func TestSendingLeavesAProcessThatStandsStill(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		l := &lock{}
		r := v.open(t, 0)
		end := l.holds(t, v, false)
		began := time.Now()
		s, err := v.Send(t.Context(), r, l.hand())
		if took := time.Since(began); err != nil || s.Tally.Pending != 2 || took < Stall || took > Stall+countEvery {
			t.Errorf("after %v: got %+v, %v", took, s, err)
		}
		// Who waits does not leave.
		h := l.hand()
		h.Held = nil
		h.Wait = true
		time.AfterFunc(10*time.Minute, end)
		if s, err := v.Send(t.Context(), r, h); err != nil || s.State != digest.Done {
			t.Errorf("waiting: got %+v, %v", s, err)
		}
	})
}

func TestWhoFollowsSeesTheEndAndNoSooner(t *testing.T) {
	for name, test := range map[string]struct {
		answer digest.Outcome
		state  digest.State
		after  time.Duration
	}{
		"done":     {digest.Outcome{}, digest.Done, 40 * time.Second},
		"deferred": {digest.Outcome{Class: digest.Transient, Code: 450}, digest.Sending, 40 * time.Second},
		"paused":   {digest.Outcome{Class: digest.Account, Code: 535}, digest.Paused, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, v *evening) {
				v.relay.perMessage, v.relay.answer = 20*time.Second, test.answer
				if test.answer.Class == digest.Account {
					v.relay.end = test.answer
				}
				v.open(t, 0)
				v.serves(t)
				began := time.Now()
				if err := v.Follow(t.Context(), on(20), 0); err != nil {
					t.Fatal(err)
				}
				took := time.Since(began)
				if r := v.tallied(t, 20); r.State != test.state || took < test.after ||
					took > test.after+2*time.Second {
					t.Errorf("after %v it is %s: %+v", took, r.State, r.Tally)
				}
			})
		})
	}
}
