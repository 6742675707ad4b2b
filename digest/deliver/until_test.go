package deliver_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// A run that takes longer than give_up_after expires nobody: not when it is stopped,
// not where it is only slow.
func TestNobodyExpiresBecauseTheRunTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(120), newServer()
		v.perMessage = 30 * time.Second
		d, run := deliverer(), over(t, l, v)
		d.GiveUpAfter, run.Connections = 5*time.Second, 2
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
		defer stop()
		report, err := d.Work(ctx, run)
		if err != nil || report.TooOld != 0 || l.count(digest.Expired) != 0 || l.count(digest.Pending) == 0 {
			t.Fatalf("got %+v, %v: %d expired, %d pending", report, err, l.count(digest.Expired), l.count(digest.Pending))
		}
		if _, err := d.Work(t.Context(), run); err != nil || l.count(digest.Sent) != 120 {
			t.Errorf("%v: %d sent, want 120", err, l.count(digest.Sent))
		}
	})
}

func TestWhatIsNotBegunInTimeIsNotBegunInThePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(100), newServer()
		v.perMessage = time.Minute
		run := over(t, l, v)
		run.Connections, run.Until = 1, 30*time.Minute
		report, err := deliverer().Work(t.Context(), run)
		if err != nil || l.count(digest.Sent) != 30 || report.TooOld != 70 || l.count(digest.Expired) != 70 {
			t.Errorf("got %+v, %v: %d sent, %d expired", report, err, l.count(digest.Sent), l.count(digest.Expired))
		}
	})
}

// A relay that is away for longer than give_up_after costs nobody the edition, and one
// that is away for longer than the edition may wait brings nobody an old one.
func TestARelayThatIsAwayExpiresOnlyWhatIsTooOld(t *testing.T) {
	for away, want := range map[time.Duration]digest.Step{
		7 * time.Hour: digest.Sent, 25 * time.Hour: digest.Expired,
	} {
		t.Run(away.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, v := newLedger(40), newServer()
				began := time.Now()
				v.down = func() digest.Outcome {
					if time.Since(began) < away {
						return digest.Outcome{Class: digest.Session}
					}
					return digest.Outcome{}
				}
				if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil || l.count(want) != 40 {
					t.Errorf("%v: %d are %s, want 40", err, l.count(want), want)
				}
				if late := time.Since(began); late > 24*time.Hour+15*time.Minute {
					t.Errorf("it was over after %s", late)
				}
			})
		})
	}
}

func TestNothingIsTooOldByAClockThatJumped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(10), newServer()
		d := deliverer()
		d.Now = func() time.Time { return time.Now().Add(365 * 24 * time.Hour) }
		d.Jumped = func() bool { return true }
		report, err := d.Work(t.Context(), over(t, l, v))
		if err != nil || report.TooOld != 0 || l.count(digest.Sent) != 10 {
			t.Errorf("got %+v, %v: %d sent", report, err, l.count(digest.Sent))
		}
	})
}
