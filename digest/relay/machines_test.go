package relay

import (
	"testing"
	"testing/synctest"
	"time"
)

// Of several machines each has its part of a relay's connections and rate, and one that is alone
// again has all.
func TestMachinesShareWhatARelayAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Relay{Host: "relay.example", Port: 25, Connections: 8, Rate: 10, Now: time.Now}
		p := &Pool{Relays: []*Relay{r}}
		for _, of := range []struct {
			machines, connections int
			every                 time.Duration
		}{{1, 8, 100}, {3, 2, 300}, {20, 1, 2000}, {2, 4, 200}, {1, 8, 100}} {
			p.Among(of.machines)
			if got := p.routes[0]; got.allowed != of.connections || got.most != of.connections {
				t.Errorf("%d machines: %d connections of %d, want %d", of.machines, got.allowed, got.most, of.connections)
			}
			if got := r.pacing().every.Round(time.Millisecond); got != of.every*time.Millisecond {
				t.Errorf("%d machines: a message every %v, want %v", of.machines, got, of.every*time.Millisecond)
			}
		}
	})
}

// That a relay takes fewer connections than it might stays known.
func TestWhatARelayWasFoundToTakeStaysKnown(t *testing.T) {
	now := time.Now()
	a := newAllowance(8)
	a.lower(3, now, true)
	a.shareOf(4, now)
	if a.allowed != 3 {
		t.Errorf("got %d, want 3", a.allowed)
	}
	a.shareOf(2, now)
	a.shareOf(8, now)
	if a.allowed != 3 || a.ceiling != 3 {
		t.Errorf("got %d with a ceiling of %d, want 3 of both", a.allowed, a.ceiling)
	}
}
