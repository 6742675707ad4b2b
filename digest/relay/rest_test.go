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
		return line{strings.Contains(log.String(), "is not used for a while"), strings.Contains(log.String(), " seconds=5\n")}
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

// TestARelayThatRefusesWhatOthersTakeIsBackWhenItTakesAMessage has the relay refuse the
// one message that it is tried with, at longer and longer times.
func TestARelayThatRefusesWhatOthersTakeIsBackWhenItTakesAMessage(t *testing.T) {
	p, w, _ := restingPool(2)
	first, edition := p.routes[0], p.Edition(1)
	under := p.take(t.Context(), first, &sender{})
	why := digest.Outcome{Class: digest.Permanent, Code: 554, Reply: "relay access denied"}
	if !edition.Rest("one.example:587", why) {
		t.Error("the other relay is forgotten")
	}
	if first.fault.Class != digest.Account || under.soft.Err() == nil {
		t.Errorf("it is %+v, and its connections go on", first.fault)
	}
	for _, minutes := range []time.Duration{5, 10, 20, 40, 60, 60} {
		w.pass(minutes*time.Minute - time.Second)
		if first.due(w.Time) {
			t.Fatalf("it is tried before %d minutes", minutes)
		}
		w.pass(time.Second)
		at := &watched{pool: p, at: p.take(t.Context(), first, &sender{})}
		p.opened(t.Context(), at.at)
		p.answered(t.Context(), at, digest.Transient)
		if !first.down() || at.at.soft.Err() != nil {
			t.Fatal("that a reader is to be tried later says nothing of us")
		}
		p.answered(t.Context(), at, digest.Permanent)
		p.closed(t.Context(), at, ending{})
		if !first.down() || first.due(w.Time) || at.at.soft.Err() == nil {
			t.Fatalf("after %d minutes it refuses again, and is not left alone", minutes)
		}
	}
	if edition.Rest("two.example:587", why) {
		t.Error("both refuse us")
	}
	w.pass(time.Hour)
	at := &watched{pool: p, at: p.take(t.Context(), first, &sender{})}
	p.opened(t.Context(), at.at)
	p.answered(t.Context(), at, digest.Accepted)
	if first.down() {
		t.Error("it takes a message, and is not back")
	}
}
