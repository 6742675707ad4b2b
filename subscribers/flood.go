package subscribers

import (
	"fmt"
	"time"
)

// Flood is how much came back for one edition. Many removals at once are more often a
// server's mistake, or somebody's bad will, than that many dead addresses.
type Flood struct {
	// Opened is to how many readers the edition went, and First says that it was the
	// list's first one: an old list that is new here has more dead addresses.
	Opened int
	First  bool
	// Removed is how many other readers were taken off, or are held, for this edition
	// within [FloodWithin].
	Removed int
	// At is the same of the readers at the domain of the report's.
	At DomainFlood
}

// DomainFlood is how much came back from one domain.
type DomainFlood struct {
	Readers, Removed int
	// WasGood says that most of its readers' former edition did not come back.
	WasGood bool
}

// The bounds: this many removals of one edition are never held, nor this part of its
// readers in percent; nor fewer than that many at one domain.
const (
	neverHeld   = 10
	heldPercent = 5
	heldFirst   = 15
	floodHours  = 24
)

// over says why one more removal is too many, "" if it isn't.
func (f Flood) over() string {
	percent := heldPercent
	if f.First {
		percent = heldFirst
	}
	bound := max(neverHeld, f.Opened*percent/100)
	if f.Removed+1 > bound {
		return fmt.Sprintf("held: more than %d removals for one edition within %d hours", bound, floodHours)
	}
	n := f.At.Removed + 1
	if f.At.WasGood && n >= HeldAtDomain && 2*n > f.At.Readers {
		return fmt.Sprintf("held: %d of the %d readers at its domain, whose former edition did not come back",
			n, f.At.Readers)
	}
	return ""
}

// HeldAtDomain is how many removals at one domain are the fewest that are held.
const HeldAtDomain = 5

// FloodWithin is within which time removals are counted.
const FloodWithin = floodHours * time.Hour
