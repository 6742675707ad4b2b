package publish

import (
	"context"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// posts puts a letter of this kind into the outbox.
func (v *evening) posts(t *testing.T, kind digest.LetterKind) {
	t.Helper()
	l := digest.Letter{Kind: kind, Address: "ada@reader.example", Bytes: []byte("A letter\r\n")}
	if _, err := v.Outbox.Post.Post(t.Context(), l, v.clock()); err != nil {
		t.Fatal(err)
	}
}

// meets has the relay end every connection so, or answer every message so.
func (v *relay) meets(end, answer digest.Outcome) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.end, v.answer = end, answer
}

// Who has the lock hands it over where its letters get nowhere: each kind of them goes that way.
func TestThatLettersReachNoRelayIsKnownWithinAboutAMinute(t *testing.T) {
	for _, kind := range []digest.LetterKind{digest.Confirmation, digest.Proof, digest.Goodbye, digest.Report} {
		bubble(t, func(t *testing.T, v *evening) {
			v.relay.meets(digest.Outcome{Class: digest.Session, Reply: "connection refused"}, digest.Outcome{})
			v.posts(t, kind)
			defer v.serves(t)()
			time.Sleep(50 * time.Second)
			if got := v.Away(); got.Class != "" {
				t.Errorf("%s: after 50 seconds: %+v", kind, got)
			}
			time.Sleep(20 * time.Second)
			if got := v.Away(); got.Reply != "connection refused" {
				t.Errorf("%s: after 70 seconds: got %+v, want that no connection is taken", kind, got)
			}
			v.relay.meets(digest.Outcome{}, digest.Outcome{})
			time.Sleep(2 * time.Minute)
			if got := v.Away(); got.Class != "" {
				t.Errorf("%s: the relay has taken it: %+v", kind, got)
			}
		})
	}
}

// What a relay says to one recipient says nothing of the way to it, and nobody is away who has nothing to send.
func TestARelayThatAnswersIsReached(t *testing.T) {
	for name, c := range map[string]struct {
		end, answer digest.Outcome
		none        bool
	}{
		"deferred":        {answer: digest.Outcome{Class: digest.Transient, Code: 451}},
		"refused":         {answer: digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1"}},
		"nothing to send": {end: digest.Outcome{Class: digest.Session, Reply: "connection refused"}, none: true},
	} {
		bubble(t, func(t *testing.T, v *evening) {
			v.relay.meets(c.end, c.answer)
			if !c.none {
				v.posts(t, digest.Welcome)
			}
			defer v.serves(t)()
			for range 20 {
				time.Sleep(30 * time.Second)
				if got := v.Away(); got.Class != "" {
					t.Fatalf("%s: got %+v", name, got)
				}
			}
		})
	}
}

// Who has handed the lock over does not try letters any more: another machine may be worse by then.
func TestThatNoRelayIsReachedIsForgottenWhereNothingIsTried(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		why := digest.Outcome{Class: digest.Session, Reply: "it did not answer"}
		for range 3 { // alarms by mail
			v.Tried(why)
			time.Sleep(40 * time.Second)
		}
		if got := v.Away(); got != why {
			t.Errorf("got %+v, want %+v", got, why)
		}
		time.Sleep(awayKept)
		if got := v.Away(); got.Class != "" {
			t.Errorf("it is believed for good: %+v", got)
		}
	})
}

// mute is a relay that takes connections and says nothing on them.
type mute struct{}

func (mute) Rest(string, digest.Outcome) bool { return false }

func (mute) Work(ctx context.Context, _ digest.Stream) digest.Outcome {
	<-ctx.Done()
	return digest.Outcome{Class: digest.Session}
}

func TestARelayThatSaysNothingIsNotReached(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.Letters = mute{}
		v.posts(t, digest.Confirmation)
		defer v.serves(t)()
		for range 21 { // as often as a machine says that it lives
			time.Sleep(digest.BeatEvery)
			v.Away()
		}
		if got := v.Away(); got.Reply != "no relay has said anything" {
			t.Errorf("got %+v", got)
		}
	})
}

// hung is a ledger of a database that takes its time.
type hung struct {
	deliver.Ledger
	sweeps time.Duration
}

func (h hung) Sweep(ctx context.Context, s digest.Sweeping) (digest.Swept, error) {
	time.Sleep(h.sweeps)
	return h.Ledger.Sweep(ctx, s)
}

// A relay is not to blame for a database that hangs.
func TestThatTheDatabaseHangsSaysNothingOfTheRelay(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.Outbox.Ledger = hung{v.Outbox.Ledger, 3 * time.Minute}
		v.posts(t, digest.Confirmation)
		defer v.serves(t)()
		for range 60 {
			time.Sleep(digest.BeatEvery)
			if got := v.Away(); got.Class != "" {
				t.Fatalf("got %+v", got)
			}
		}
	})
}

// What is about to be sent to a relay that is slow is no reason to give the lock away.
func TestARelayThatIsSlowWithAMessageIsReached(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.relay.perMessage = 3 * time.Minute
		v.posts(t, digest.Confirmation)
		defer v.serves(t)()
		time.Sleep(2 * time.Minute)
		if got := v.Away(); got.Class != "" {
			t.Errorf("got %+v", got)
		}
	})
}
