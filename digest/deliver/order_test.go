package deliver_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/whole"
)

// watchedLedger looks at what each pass is given.
type watchedLedger struct {
	*ledger
	t      *testing.T
	passes int
	given  map[int64]bool
	last   digest.Delivery
}

func (l *watchedLedger) Owed(
	ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int,
) ([]digest.Delivery, error) {
	rows, err := l.ledger.Owed(ctx, r, now, after, min(limit, 7))
	if after == nil {
		l.passes++
		l.given, l.last = map[int64]bool{}, digest.Delivery{}
	}
	for _, d := range rows {
		if l.given[d.Key] {
			l.t.Errorf("pass %d is given row %d twice", l.passes, d.Key)
		}
		if compare(l.last, d) >= 0 {
			l.t.Errorf("row %d, due %s, comes after row %d, due %s", d.Key, d.Due, l.last.Key, l.last.Due)
		}
		l.given[d.Key], l.last = true, d
	}
	return rows, err
}

func TestNoRowIsGivenTwiceInAPassAndNoneIsLost(t *testing.T) {
	classes := []digest.Class{
		digest.Session, digest.Session, digest.Pace, digest.Transient, digest.InDoubt, digest.Local,
	}
	for seed := range whole.Fewer(60) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			l, v := newLedger(200), newServer()
			for id, w := range l.rows {
				// Some are long due, many alike, and some become due during the run.
				w.due = time.Now().Add(time.Duration(random.IntN(40)-30) * time.Second)
				var script []digest.Outcome
				for range random.IntN(4) {
					script = append(script, digest.Outcome{Class: classes[random.IntN(len(classes))]})
				}
				v.scripts[id] = append(script, digest.Outcome{Class: digest.Accepted, Code: 250})
			}
			// A pass may begin and end within one second, the ledger's measure of time,
			// or take many.
			v.perMessage = time.Duration(random.IntN(3)) * 200 * time.Millisecond
			v.overlaps, v.onDot = seed%2 == 1, func(id int64) { l.onlyOneMayBeSent(t, id) }
			d, watched := deliverer(), &watchedLedger{ledger: l, t: t}
			run := over(t, l, v)
			run.Ledger, run.Log = watched, slog.New(slog.DiscardHandler)
			run.Composer = composer{quick: seed%4 < 2}
			for rounds := 0; ; rounds++ {
				report, err := d.Work(t.Context(), run)
				if err != nil || rounds > 10*len(l.rows) {
					t.Fatalf("%v; somebody is owed for ever", err)
				}
				if report.Next.IsZero() {
					break
				}
				time.Sleep(time.Until(report.Next)) // the bubble's time
			}
			for id := range l.rows {
				want, accepted := digest.Sent, 1
				if doubtsIn(v.scripts[id]) == 3 {
					want, accepted = digest.Unknown, 0
				}
				if v.accepted[id] != accepted || l.rows[id].step != want {
					t.Errorf("seed %d: row %d was accepted %d times and is %s", seed, id, v.accepted[id],
						l.rows[id].step)
				}
			}
		})
	}
}

// unequal is a composer that takes the longer, the earlier a row comes.
type unequal struct{ deliver.Composer }

func (u unequal) Compose(d digest.Delivery) (digest.Envelope, error) {
	time.Sleep(time.Duration(100-d.Key) * time.Millisecond) // the bubble's time
	return u.Composer.Compose(d)
}

// inTurn is a relay that keeps the order in which it is given envelopes.
type inTurn struct {
	*server
	keys []int64
}

func (r *inTurn) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	return r.server.Work(ctx, &noted{s, r})
}

type noted struct {
	digest.Stream
	relay *inTurn
}

func (n *noted) Next(ctx context.Context) (digest.Envelope, bool) {
	e, ok := n.Stream.Next(ctx)
	if ok {
		n.relay.keys = append(n.relay.keys, e.Delivery.Key)
	}
	return e, ok
}

func TestOneConnectionSendsInTheLedgersOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger(20)
		relay := &inTurn{server: newServer()}
		run := over(t, l, relay.server)
		run.Relay, run.Composer, run.Connections = relay, unequal{run.Composer}, 1
		if _, err := deliverer().Work(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if len(relay.keys) != 20 || !slices.IsSorted(relay.keys) {
			t.Errorf("sent in the order %d", relay.keys)
		}
	})
}

func doubtsIn(script []digest.Outcome) (n int) {
	for _, o := range script {
		if o.Class == digest.InDoubt {
			n++
		}
	}
	return n
}

func TestARowThatIsGivenBackKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(3), newServer()
		since := time.Now().Add(-time.Hour)
		l.rows[2].due = since
		v.scripts[2] = []digest.Outcome{{Class: digest.Session}}
		run := over(t, l, v)
		run.Connections, run.Patience = 1, 1
		report, err := deliverer().Work(t.Context(), run)
		if err != nil || !report.Next.Equal(since) || report.Stopped.Class != digest.Session {
			t.Errorf("got %+v, %v, want the next at %s", report, err, since)
		}
	})
}

func TestARowIsNotDueAgainInThePassThatDefersIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1), newServer()
		v.scripts[1] = []digest.Outcome{{Class: digest.Transient, Code: 450}, {Class: digest.Accepted, Code: 250}}
		d := deliverer()
		d.GiveUpAfter = 500 * time.Millisecond // less than ledgers can tell apart
		watched := &watchedLedger{ledger: l, t: t}
		run := over(t, l, v)
		run.Ledger = watched
		report, err := d.Work(t.Context(), run)
		if err != nil || watched.passes != 1 || report.Next.Sub(l.rows[1].first) != time.Second {
			t.Errorf("got %+v, %v after %d passes", report, err, watched.passes)
		}
	})
}

// hasty is a relay whose first connection is wanted elsewhere.
type hasty struct {
	*server
	left int
}

func (h *hasty) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	h.mu.Lock()
	h.left--
	wanted := h.left >= 0
	h.mu.Unlock()
	if wanted {
		elsewhere, cancel := context.WithCancel(ctx)
		cancel()
		if _, ok := s.Next(elsewhere); ok {
			return digest.Outcome{
				Class: digest.Account,
				Reply: "a connection that is wanted elsewhere got an envelope",
			}
		}
		return digest.Outcome{}
	}
	return h.server.Work(ctx, s)
}

func TestAConnectionThatIsWantedElsewhereLeavesTheOthersTheirWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(50), newServer()
		run := over(t, l, v)
		run.Relay = &hasty{server: v, left: 6}
		report, err := deliverer().Work(t.Context(), run)
		if err != nil || report.Stopped.Class != "" || l.count(digest.Sent) != 50 {
			t.Errorf("got %+v, %v, %d sent", report, err, l.count(digest.Sent))
		}
	})
}

// lastHand is a relay that looks whether its stream is done when it has the last
// envelope.
type lastHand struct {
	*server
	rows int
}

func (h *lastHand) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	for {
		synctest.Wait() // all that can be composed is
		e, ok := s.Next(ctx)
		if !ok {
			return digest.Outcome{}
		}
		if h.rows--; h.rows == 0 {
			<-s.Done()
		}
		o := digest.Outcome{Class: digest.Accepted, Code: 250}
		if err := s.Intended(ctx, e); err != nil {
			o = digest.Outcome{Class: digest.Local, Reply: err.Error()}
		}
		s.Settle(ctx, e, o)
	}
}

func TestNobodyWaitsForTheRateOnceTheLastEnvelopeIsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(3), newServer()
		run := over(t, l, v)
		run.Connections, run.Relay = 1, &lastHand{v, 3}
		if _, err := deliverer().Work(t.Context(), run); err != nil || l.count(digest.Sent) != 3 {
			t.Errorf("got %v, %d sent", err, l.count(digest.Sent))
		}
	})
}

func TestWhatADeadProcessLeftIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(10), newServer()
		l.dead = 3
		report, err := deliverer().Work(t.Context(), over(t, l, v))
		if err != nil || report.Recovered != 3 || report.Accepted != 10 {
			t.Errorf("got %+v, %v", report, err)
		}
	})
}

var _ deliver.Ledger = &watchedLedger{}

// TestWhoWaitsForAPlaceHoldsNobodyUp has a server close connections that refused two, and
// leaves three workers two places: the one whose turn it is may not get its place while
// the others wait for its turn to be over.
func TestWhoWaitsForAPlaceHoldsNobodyUp(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			l, v := newLedger(150), newServer()
			v.places, v.closes, v.overlaps = make(chan struct{}, 2), 2, seed%2 == 1
			for id := int64(45); id < 105; id++ {
				v.scripts[id] = []digest.Outcome{{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1"}}
			}
			var mu sync.Mutex
			v.onMessage = func(int64) {
				mu.Lock()
				pause := time.Duration(random.IntN(20)) * time.Millisecond
				mu.Unlock()
				time.Sleep(pause) // the bubble's time
			}
			run := over(t, l, v)
			run.Connections, run.Log = 3, slog.New(slog.DiscardHandler)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := deliverer().Work(ctx, run); err != nil || ctx.Err() != nil {
				t.Fatalf("seed %d: it ended with %v, %v", seed, err, ctx.Err())
			}
			if sent, failed := l.count(digest.Sent), l.count(digest.Failed); sent != 90 || failed != 60 {
				t.Fatalf("seed %d: %d sent and %d failed, want 90 and 60", seed, sent, failed)
			}
		})
	}
}
