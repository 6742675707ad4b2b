package deliver_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// untils is a relay that keeps until when each message has time.
type untils struct {
	*server
	got map[int64]time.Time
}

func (u *untils) Rest(string, digest.Outcome) bool { return false }

func (u *untils) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	for {
		e, ok := s.Next(ctx)
		if !ok {
			return digest.Outcome{}
		}
		u.mu.Lock()
		u.got[e.Delivery.Key] = e.Until
		u.mu.Unlock()
		o := digest.Outcome{Class: digest.Accepted, Code: 250}
		if err := s.Intended(ctx, e); err != nil {
			o = digest.Outcome{Class: digest.Local, Reply: err.Error()}
		}
		s.Settle(ctx, e, o)
	}
}

func TestAMessageEndsAWhileBeforeItsLease(t *testing.T) {
	for lease, want := range map[time.Duration]time.Duration{
		15 * time.Minute: 14 * time.Minute,
		time.Hour:        59 * time.Minute,
		30 * time.Second: 28 * time.Second,
		15 * time.Second: 14 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			l, u := newLedger(20), &untils{newServer(), map[int64]time.Time{}}
			// That the ledger is slow makes no message's time longer.
			l.lease, l.stuck = lease, 3*time.Second
			run := over(t, l, u.server)
			run.Relay = u
			if _, err := deliverer().Work(t.Context(), run); err != nil || l.count(digest.Sent) != 20 {
				t.Fatalf("%v, %d sent", err, l.count(digest.Sent))
			}
			for id, w := range l.rows {
				if got := u.got[id].Sub(w.intended); got != want {
					t.Errorf("a lease of %s: the message has %s, want %s", lease, got, want)
				}
			}
		})
	}
}

func TestTheLedgerIsNotWaitedForLongerThanTheMessageHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1), newServer()
		l.lease, l.stuck = 15*time.Minute, time.Hour
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		time.AfterFunc(30*time.Minute, stop)
		var waited time.Duration
		began := time.Now()
		v.onGiveUp = func(error) { waited = time.Since(began) }
		if _, err := deliverer().Work(ctx, over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if waited != 14*time.Minute || len(v.tried) != 0 {
			t.Errorf("the connection waited %s for the intent, want 14m; %d messages were sent", waited, len(v.tried))
		}
	})
}

func TestALateReplyIsRecordedAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1), newServer()
		l.lease = 20 * time.Second
		// Long after the lease another process has given the row free again, and only
		// then comes the reply.
		v.perMessage = time.Hour
		time.AfterFunc(30*time.Minute, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.rows[1].step, l.rows[1].retaken = digest.Pending, true
		})
		report, err := deliverer().Work(t.Context(), over(t, l, v))
		if err != nil || report.Accepted != 1 || l.rows[1].step != digest.Sent || v.accepted[1] != 1 {
			t.Errorf("got %+v, %v; the row is %s", report, err, l.rows[1].step)
		}
	})
}

func TestAnOutcomeOfARowThatIsTakenIsSaidAndNotTriedAgain(t *testing.T) {
	for _, c := range []struct {
		outcome digest.Outcome
		twice   bool
	}{
		{digest.Outcome{Class: digest.Accepted, Code: 250}, true},
		{digest.Outcome{Class: digest.InDoubt}, true},
		{digest.Outcome{Class: digest.Permanent, Code: 550}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			l, v := newLedger(3), newServer()
			v.scripts[2] = []digest.Outcome{c.outcome}
			settled := 0
			l.settleErr = func(key int64) error {
				if key != 2 {
					return nil
				}
				settled++
				l.rows[2].step = digest.Unknown // at its end, by another's hand
				return digest.ErrTaken
			}
			var log bytes.Buffer
			run := over(t, l, v)
			run.Log, run.Row = slog.New(slog.NewTextHandler(&log, nil)), "letter"
			if _, err := deliverer().Work(t.Context(), run); err != nil {
				t.Fatal(err)
			}
			if settled != 1 || l.count(digest.Sent) != 2 {
				t.Errorf("%s: settled %d times, %d others sent", c.outcome.Class, settled, l.count(digest.Sent))
			}
			said := ""
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, "level=ERROR") && strings.Contains(line, "letter=2") {
					said += line
				}
			}
			if said == "" || strings.Contains(said, "may arrive twice") != c.twice {
				t.Errorf("%s: the log says %q", c.outcome.Class, said)
			}
		})
	}
}
