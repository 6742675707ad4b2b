package relay_test

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
)

// timed gives n envelopes that have so much time from when they are taken.
func timed(n int, span time.Duration, now func() time.Time) *stream {
	s := &stream{envelopes: envelopes(n)}
	s.before = func() {
		if s.next < n {
			s.envelopes[s.next].Until = now().Add(span)
		}
	}
	return s
}

func TestAProcessThatWasStoppedPastItsLeaseWritesNoDot(t *testing.T) {
	for name, c := range map[string]struct {
		passes time.Duration
		want   digest.Class
	}{
		"past the lease":                    {20 * time.Minute, digest.Session},
		"past the time that the dot has":    {5 * time.Minute, digest.Session},
		"not so long that it would matter":  {3 * time.Minute, digest.Accepted},
		"so long that a second more is too": {4 * time.Minute, digest.Session},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{}).start(t)
			r := plainTo(server)
			r.Timeouts.Dot = 10 * time.Minute
			var passed atomic.Int64
			r.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
			s := timed(2, 14*time.Minute, r.Now)
			s.intent = func(_ context.Context, e digest.Envelope) error {
				if e.Delivery.Key == 1 {
					passed.Store(int64(c.passes))
				}
				return nil
			}
			end := r.Work(t.Context(), s)
			got := s.outcome(t, 1)
			if got.Class != c.want {
				t.Errorf("got %+v, want %s", got, c.want)
			}
			_, dots := server.count()
			said := strings.Contains(got.Reply, "ran out")
			if c.want == digest.Session && (dots != 0 || end.Class != digest.Session || !said) {
				t.Errorf("%d dots were written; got %+v, ended with %+v", dots, got, end)
			}
		})
	}
}

func TestATransactionEndsHardAtItsTime(t *testing.T) {
	for _, row := range []struct {
		phase, text string
		span        time.Duration
		want        digest.Class
		says        string
	}{
		// All before the dot has a quarter of it, which a busy machine must not use up.
		{"MAIL", stall, 8 * time.Second, digest.Session, "ran out at MAIL"},
		{"RCPT", stall, 8 * time.Second, digest.Session, "ran out at RCPT"},
		{"DATA", stall, 8 * time.Second, digest.Session, "ran out at DATA"},
		// To look through a message of this size takes a while by itself.
		{"body", stuck, 12 * time.Second, digest.Session, "ran out at the message"},
		{"dot", stall, 6 * time.Second, digest.InDoubt, "took too long at the final dot"},
	} {
		for _, offers := range [][]string{nil, {"PIPELINING"}} {
			t.Run(strings.Join(append([]string{row.phase}, offers...), " "), func(t *testing.T) {
				t.Parallel()
				server := (&scripted{offers: offers, answer: always(row.phase, row.text)}).start(t)
				var began time.Time
				s := timed(1, row.span, func() time.Time { began = time.Now(); return began })
				if row.phase == "body" {
					s.envelopes[0].Data = bytes.Repeat([]byte("Good evening.\r\n"), 400<<10)
				}
				var took time.Duration
				s.settling = func() { took = time.Since(began) }
				end := plainTo(server).Work(t.Context(), s)
				got := s.outcome(t, 1)
				if got.Class != row.want || !strings.Contains(got.Reply, row.says) || end.Class != digest.Session {
					t.Errorf("got %+v, ended with %+v", got, end)
				}
				// The time-outs of the phases would have let it go on for 10 s.
				if took > 8*time.Second {
					t.Errorf("it ended after %s of %s", took, row.span)
				}
			})
		}
	}
}

func TestWhatFollowsATransactionIsNotBoundByIt(t *testing.T) {
	// RSET comes after the refused reader's time.
	server := (&scripted{answer: onlyFor("RCPT", "reader1@", "550 5.1.1 no such mailbox")}).start(t)
	r := plainTo(server)
	var passed atomic.Int64
	r.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	s := timed(2, time.Minute, r.Now)
	s.settling = func() { passed.Add(int64(time.Hour)) }
	if end := r.Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	if got := s.classes(t); got[0] != digest.Permanent || got[1] != digest.Accepted {
		t.Errorf("got %v", got)
	}
}

func TestTheRelayDoesNotWaitWhileAnOutcomeIsRecorded(t *testing.T) {
	gone := make(chan struct{})
	server := (&scripted{answer: always("dot", "what?"), closed: func() { close(gone) }}).start(t)
	s := &stream{envelopes: envelopes(1)}
	s.settling = func() { <-gone }
	plainTo(server).Work(t.Context(), s)
	if got := s.outcome(t, 1); got.Class != digest.InDoubt {
		t.Errorf("got %+v", got)
	}
}

func TestAStopWhileTheRateIsWaitedForBeginsNothing(t *testing.T) {
	server := (&scripted{}).start(t)
	r := plainTo(server)
	r.Rate = 0.001 // the second would go after a quarter of an hour
	s := &stream{envelopes: envelopes(2), done: make(chan struct{})}
	s.settling = func() { close(s.done) }
	if end := r.Work(t.Context(), s); end.Class != "" || s.next != 1 {
		t.Errorf("ended with %+v, %d envelopes taken, want 1", end, s.next)
	}
	if lines := server.seen(); lines[len(lines)-1] != "QUIT" {
		t.Errorf("the relay was left with %q", lines[len(lines)-1])
	}
}

func TestTheRateIsWaitedForBeforeAnEnvelopeIsTaken(t *testing.T) {
	server := (&scripted{}).start(t)
	r := plainTo(server)
	r.Rate = 5
	s := &stream{envelopes: envelopes(3)}
	var settled time.Time
	s.settling = func() { settled = time.Now() }
	s.before = func() {
		if idle := time.Since(settled); s.next > 0 && s.next < 3 && idle < 100*time.Millisecond {
			t.Errorf("envelope %d was taken %s after the one before", s.next+1, idle)
		}
	}
	if end := r.Work(t.Context(), s); end.Class != "" || s.next != 3 {
		t.Errorf("ended with %+v, %d envelopes taken", end, s.next)
	}
}

func TestWhatIsNotSentCostsNoTimeOfTheRate(t *testing.T) {
	server := (&scripted{}).start(t)
	r := plainTo(server)
	r.Rate = 0.001
	s := &stream{envelopes: envelopes(4)}
	for i := range 3 {
		s.envelopes[i].Data = []byte("a bare\nline feed\r\n")
	}
	s.done = make(chan struct{})
	s.settling = func() {
		if s.next == 4 {
			close(s.done)
		}
	}
	r.Work(t.Context(), s)
	if got := len(server.taken()); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}
