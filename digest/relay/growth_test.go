package relay

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

func TestAnAllowanceGrowsByOneAfterARunOfSuccesses(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	a := newAllowance(8)
	if !a.lower(3, now, false) || a.allowed != 3 {
		t.Fatalf("allowed %d, want 3", a.allowed)
	}
	run := func(n, open int, after time.Duration) bool {
		now = now.Add(after)
		grown := false
		for range n {
			grown = a.raise(open, now) || grown
		}
		return grown
	}
	for _, step := range []struct {
		what     string
		accepted int
		open     int
		after    time.Duration
		want     bool
	}{
		{"too soon", 60, 3, time.Second, false},
		{"long enough", 1, 3, 5 * time.Second, true},
		{"too few", 49, 4, time.Minute, false},
		{"nobody wants more", 100, 3, time.Minute, false},
		{"enough", 1, 4, time.Second, true},
	} {
		if got := run(step.accepted, step.open, step.after); got != step.want {
			t.Errorf("%s: grown %t, want %t", step.what, got, step.want)
		}
	}
	if a.allowed != 5 {
		t.Errorf("allowed %d, want 5", a.allowed)
	}
}

func TestWhatARelayRefusedIsLongInBeingTriedAgain(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	a := newAllowance(0)
	a.lower(4, now, true)
	grow := func() bool {
		grown := false
		for range runAccepted {
			grown = a.raise(a.allowed, now) || grown
		}
		return grown
	}
	now = now.Add(time.Minute)
	if grow() {
		t.Error("one more is tried after a minute")
	}
	for range runDials {
		a.dialled(4)
	}
	if !grow() {
		t.Errorf("none more is tried after %d connections", runDials)
	}
	a.lower(4, now, true)
	now = now.Add(firstHold)
	if grow() {
		t.Error("the wait did not double")
	}
	now = now.Add(firstHold)
	if !grow() {
		t.Error("none more is tried after a long while")
	}
	a.dialled(5)
	now = now.Add(runTime)
	if a.ceiling != 5 || a.hold != firstHold {
		t.Errorf("the relay took 5, the ceiling is %d and the wait %s", a.ceiling, a.hold)
	}
}

func TestAnAllowanceStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
		most := rapid.IntRange(1, 20).Draw(t, "most")
		a := newAllowance(most)
		for range rapid.IntRange(0, 200).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
			before := a.allowed
			switch rapid.IntRange(0, 2).Draw(t, "event") {
			case 0:
				a.lower(rapid.IntRange(0, a.allowed).Draw(t, "others"), now, rapid.Bool().Draw(t, "door"))
			case 1:
				a.dialled(rapid.IntRange(1, a.allowed).Draw(t, "n"))
			case 2:
				for range runAccepted {
					a.raise(a.allowed, now)
				}
			}
			if a.allowed < 1 || a.allowed > most || a.allowed > before+1 {
				t.Fatalf("allowed %d after %d, of %d", a.allowed, before, most)
			}
		}
	})
}

func TestARelayThatWentDownComesBackWithAllItsConnections(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	p := &Pool{
		Relays: []*Relay{{Host: "relay.example", Port: 587, Connections: 3}},
		Now:    func() time.Time { return now },
	}
	p.start()
	r := p.routes[0]
	closing := fault{outcome: digest.Outcome{Class: digest.Session, Code: 421}, full: true}
	var seats []*seat
	for range 3 {
		seats = append(seats, p.take(t.Context(), r, &sender{}))
	}
	for i, want := range []int{2, 1, 3} {
		p.refused(t.Context(), seats[i], closing)
		if r.allowed != want || r.down() != (i == 2) {
			t.Errorf("after %d refusals: %d allowed, want %d; down: %t", i+1, r.allowed, want, r.down())
		}
	}
}

func TestARelayThatIsDownIsLeftAloneForLongerEachTime(t *testing.T) {
	p := &Pool{}
	var got []time.Duration
	for n := range 9 {
		got = append(got, p.rest(n+1))
	}
	want := []time.Duration{5, 10, 20, 40, 80, 160, 300, 300, 300}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for jitter, want := range map[float64]time.Duration{0: 4 * time.Second, 0.5: 5 * time.Second} {
		p.Jitter = func() float64 { return jitter }
		if got := p.rest(1); got != want {
			t.Errorf("with jitter %g: %s, want %s", jitter, got, want)
		}
	}
}
