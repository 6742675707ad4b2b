package relay

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// wall is a time that a test moves.
type wall struct{ time.Time }

func (w *wall) pass(d time.Duration) { w.Time = w.Add(d) }

func restingPool(relays int) (*Pool, *wall, *bytes.Buffer) {
	w := &wall{time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)}
	log := &bytes.Buffer{}
	p := &Pool{Now: func() time.Time { return w.Time }, Log: slog.New(slog.NewTextHandler(log, nil))}
	for _, host := range []string{"one.example", "two.example"}[:relays] {
		p.Relays = append(p.Relays, &Relay{Host: host, Port: 587})
	}
	p.start()
	return p, w, log
}

var down = fault{outcome: digest.Outcome{Class: digest.Session, Reply: "connection refused"}}

func TestFailuresThatComeTogetherAreOne(t *testing.T) {
	p, w, log := restingPool(2)
	first, second := p.routes[0], p.routes[1]
	knock := func(r *route) { p.refused(t.Context(), p.take(t.Context(), r, &sender{}), down) }
	for range 6 { // as six callers do when no other is up
		knock(first)
		knock(second)
		w.pass(100 * time.Millisecond)
	}
	for _, r := range p.routes {
		if r.barren != 1 || r.failures != 6 {
			t.Errorf("%s: %d failures count as %d in a row, want 6 and 1", r.relay.Host, r.failures, r.barren)
		}
	}
	if got := strings.Count(log.String(), "one.example"); got != 1 {
		t.Errorf("%d lines on the first, want 1: %s", got, log.String())
	}
	w.pass(4400 * time.Millisecond) // 5 s in all, since the first
	if !first.due(w.Time) {
		t.Error("those that came later have made the rest longer")
	}
	knock(first)
	if rest := first.retryAt.Sub(w.Time); first.barren != 2 || rest != 10*time.Second {
		t.Errorf("the next is number %d and followed by %s, want 2 and 10s", first.barren, rest)
	}
}

func TestAWrongPasswordIsAlwaysFollowedByTheLongestRest(t *testing.T) {
	p, w, _ := restingPool(2)
	r := p.routes[0]
	p.refused(t.Context(), p.take(t.Context(), r, &sender{}), down)
	wrong := fault{outcome: digest.Outcome{Class: digest.Account, Code: 535}}
	for range 3 {
		p.refused(t.Context(), p.take(t.Context(), r, &sender{}), wrong)
		if rest := r.retryAt.Sub(w.Time); rest != lastRest {
			t.Errorf("left alone for %s, want %s", rest, lastRest)
		}
		w.pass(lastRest)
	}
}

func TestNoRestIsLongerThanTheLast(t *testing.T) {
	for _, jitter := range []float64{0, 0.3, 0.9999999} {
		p := &Pool{Jitter: func() float64 { return jitter }}
		for n := range 12 {
			got := p.rest(n + 1)
			if got > lastRest || got < firstRest*8/10 {
				t.Errorf("number %d with jitter %g: %s", n+1, jitter, got)
			}
		}
	}
	seen := map[time.Duration]bool{}
	for _, jitter := range []float64{0, 0.6, 0.7, 0.8, 0.9} {
		p := &Pool{Jitter: func() float64 { return jitter }}
		seen[p.rest(longest)] = true
	}
	if len(seen) != 5 {
		t.Errorf("the longest rests are not spread: %v", seen)
	}
}

func TestTheLogSaysHowLongOnlyWhereAnotherRelayIsUp(t *testing.T) {
	type line struct{ message, pause bool }
	of := func(log *bytes.Buffer) line {
		defer log.Reset()
		return line{strings.Contains(log.String(), "left alone"), strings.Contains(log.String(), " for=5s")}
	}
	p, _, log := restingPool(2)
	var got []line
	for _, r := range p.routes {
		p.refused(t.Context(), p.take(t.Context(), r, &sender{}), down)
		got = append(got, of(log))
	}
	p, _, log = restingPool(1)
	p.refused(t.Context(), p.take(t.Context(), p.routes[0], &sender{}), down)
	got = append(got, of(log))
	want := []line{{true, true}, {false, false}, {false, false}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("the first of two, then the second, then one alone: %s", diff)
	}
}
