package publish

import (
	"context"
	"runtime"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// What one of several machines hears from a relay may be about that machine: an edition is stopped
// where none of them gets on.
func TestAnEditionGoesOnAsLongAsAnyMachineGetsOn(t *testing.T) {
	began := time.Date(2026, 11, 29, 18, 0, 0, 0, time.UTC)
	refused := digest.Outcome{Class: digest.Account, Code: 535, Reply: "who are you"}
	for _, c := range []struct {
		name     string
		machines int
		// takes is when the latest message was taken, after the beginning.
		takes, looks time.Duration
		stops        bool
	}{
		{"alone", 1, 0, time.Second, true},
		{"another gets on", 2, 20 * time.Second, 2 * time.Minute, false},
		{"no other gets on", 2, 0, 3 * time.Minute, true},
		{"another is about to", 3, 0, time.Minute, false},
		{"what it heard is over since", 1, 20 * time.Second, time.Hour, false},
	} {
		var a advance
		a.comes(digest.Mustered{Stopped: refused}, began)
		if stop := a.stopped(1, began); stop.Class != "" {
			t.Errorf("%s: what stopped an earlier run stops this one: %+v", c.name, stop)
		}
		a.comes(digest.Mustered{Stopped: refused}, began.Add(time.Second))
		if c.takes > 0 {
			a.comes(digest.Mustered{Accepted: 1}, began.Add(c.takes))
		}
		stop := a.stopped(c.machines, began.Add(c.looks))
		if stops := stop == refused; stops != c.stops || !stops && stop.Class != "" {
			t.Errorf("%s: got %+v, want a stop: %v", c.name, stop, c.stops)
		}
	}
}

// Whoever is to work on all of an edition comes to it once the chunks in hand are done, however many
// are due.
func TestWhoWorksOnAllComesBeforeTheNextChunk(t *testing.T) {
	v := newEvening(t)
	s := v.sharedOf(1)
	s.whole.RLock()
	got := make(chan bool, 1)
	go func() { got <- v.Publisher.alone(t.Context(), s) }()
	for s.wish.Load() == 0 {
		runtime.Gosched()
	}
	if w, err := v.WorkChunk(t.Context(), digest.Chunk{Edition: 1, Number: 2}); !w.Idle || err != nil {
		t.Errorf("the next chunk: got %+v, %v", w, err)
	}
	s.whole.RUnlock()
	if !<-got {
		t.Error("it did not come to it")
	}
}

// Of two runs one has all connections, or all turns of the rate. The other one hears nothing, and that is
// no fault of the way.
func TestAMachineThatHearsFromARelayIsNotAway(t *testing.T) {
	v := newEvening(t)
	over, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	lost := digest.Outcome{Class: digest.Session, Reply: "connection refused"}
	for _, c := range []struct {
		name   string
		worked digest.Worked
		heard  bool
		away   bool
	}{
		{"nothing was said to this run", digest.Worked{}, true, false},
		{"nothing was said to any", digest.Worked{}, false, true},
		{"no connection, and others have one", digest.Worked{Stopped: lost}, true, false},
		{"no connection", digest.Worked{Stopped: lost}, false, true},
		{"it was answered", digest.Worked{Answered: 3}, true, false},
	} {
		since := time.Now().Add(-time.Minute)
		away, stopped := v.away(over, c.worked, c.heard, &since)
		if (away.Class != "") != c.away || stopped.Class != "" {
			t.Errorf("%s: got away %+v and stopped %+v, want away: %v", c.name, away, stopped, c.away)
		}
	}
}

// chunked gives ledgers of chunks.
type chunked struct {
	Chunks
	ledger deliver.Ledger
}

func (c chunked) Ledger(digest.Chunk) deliver.Ledger { return c.ledger }

// All machines wait for the database where somebody opens a large edition. None of them may say that it reaches no
// relay, and rest for that.
func TestAMachineThatWaitsForTheDatabaseIsNotAway(t *testing.T) {
	for name, c := range map[string]struct {
		sweeps time.Duration
		away   bool
	}{"the database takes its time": {40 * time.Second, false}, "the relay says nothing": {2 * time.Second, true}} {
		bubble(t, func(t *testing.T, v *evening) {
			r := v.open(t, 0)
			v.Publisher.Chunks = chunked{ledger: hung{v.ledger(r.Number), c.sweeps}}
			v.Publisher.Edition = func(uint32) deliver.Relay { return mute{} }
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
			defer cancel()
			w, err := v.workChunk(ctx, r, digest.Chunk{Edition: r.Number, Number: 1, Others: true}, v.sharedOf(r.Number))
			if err != nil || (w.Away.Class != "") != c.away {
				t.Errorf("%s: got %+v, %v, want away: %v", name, w, err, c.away)
			}
		})
	}
}
