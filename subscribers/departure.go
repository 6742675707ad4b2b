package subscribers

import (
	"bytes"
	"time"
)

// Departure is one thing that a database which was put back must not undo, or that undoes
// another of them. It names nobody.
type Departure struct {
	// ID counts them from 1, without a gap.
	ID   int64
	Kind DepartureKind
	At   time.Time
	// Hash stands for the address: the same HMAC as that of suppressions. Begun has none.
	Hash []byte
	// Until is, of Paused, the first local day on which editions come again, as
	// 2026-12-24; empty if they come at once.
	Until string
}

// Same says whether two are one and the same.
func (d Departure) Same(e Departure) bool {
	return d.ID == e.ID && d.Kind == e.Kind && d.At.Equal(e.At) && bytes.Equal(d.Hash, e.Hash) && d.Until == e.Until
}

// DepartureKind is what a departure is.
type DepartureKind string

// The kinds. The first four are the Reasons.
const (
	// Begun is when departures began to be recorded.
	Begun DepartureKind = "begun"
	// Removed is a row that was deleted, Erased an address that was forgotten everywhere.
	Removed DepartureKind = "removed"
	Erased  DepartureKind = "erased"
	// Lifted is an admin's word: what is Liftable does not stand any more.
	Lifted DepartureKind = "lifted"
	// Returned is a reader who left, or was removed, and is active again.
	Returned DepartureKind = "returned"
	// Paused is a reader who chose from which day on editions come again.
	Paused DepartureKind = "paused"
)

// Reason gives the reason that a departure enters against an address, "" for none.
func (d Departure) Reason() string {
	if r := string(d.Kind); CheckReason(r) == nil {
		return r
	}
	return ""
}

// Leaves says whether the reader was on the list before and is not after.
func (d Departure) Leaves() bool { return d.Reason() != "" || d.Kind == Removed || d.Kind == Erased }

// Since is what became of one address since a backup.
type Since struct {
	// Reasons stand against the address, since when they do.
	Reasons map[string]time.Time
	// Gone says that the row was deleted, and that no other came; Erased that the address
	// was forgotten, whatever came later.
	Gone, Erased bool
	// At is when the last departure was.
	At time.Time
	// Paused says that the reader chose a day, which is Until.
	Paused bool
	Until  string
	// Returned says that the reader came back at the end.
	Returned bool
	// Done is the caller's: it was seen to.
	Done bool
}

// Leaves says whether the reader is not on the list any more.
func (s Since) Leaves() bool { return s.Gone || s.Erased || len(s.Reasons) > 0 }

// Add adds the next departure of the address. Who returned is as before the backup: it is
// not said that somebody is a reader who was none then, since the proof of that is lost.
func (s *Since) Add(d Departure) {
	reason := d.Reason()
	switch {
	case reason != "":
		if s.Reasons == nil {
			s.Reasons = map[string]time.Time{}
		}
		if _, ok := s.Reasons[reason]; !ok {
			s.Reasons[reason] = d.At
		}
	case d.Kind == Removed:
		s.Gone = true
	case d.Kind == Erased:
		s.Gone, s.Erased = true, true
	case d.Kind == Lifted:
		for r := range s.Reasons {
			if Liftable(r) {
				delete(s.Reasons, r)
			}
		}
	case d.Kind == Returned:
		s.Reasons, s.Gone, s.Returned = nil, false, true
	case d.Kind == Paused:
		s.Paused, s.Until = true, d.Until
	}
	if d.Leaves() {
		s.At, s.Returned = d.At, false
	}
}

// History is what journals have of departures.
type History struct {
	// Departures are in their order, each once. Two of one ID are those of two histories.
	Departures []Departure
	// Last is the ID up to which they should be there, and To the time up to which it is
	// known who left, if none is missing.
	Last int64
	To   time.Time
	// Read counts the journals, Damaged the lines that could not be understood.
	Read, Damaged int
}
