package digest

import (
	"errors"
	"time"
)

// The variants of the letter that tells the readers of an edition what was wrong in it. An
// edition that is a correction has them beside its own, if it has a note.
const (
	CorrectionDesigned = "correction"
	CorrectionPlain    = "correction-plain"
)

// Correction is what an edition puts right that is one; zero for any other.
type Correction struct {
	// Note is an editor's word to readers on what was wrong; empty if the stories alone were
	// changed.
	Note string
	// At is when it was made.
	At time.Time
}

// Correct is the act that opens a correction of an edition.
const Correct ActKind = "correct"

// Corrected is a correction of the past, as a list of them shows it.
type Corrected struct {
	Printed
	Correction
}

// Toward is how many a correction goes to: Whole get the whole edition, who were sent none
// before, and Told are told what was wrong. OnTheWire are being sent one just now.
type Toward struct{ Whole, Told, OnTheWire int }

// First gives the ID of the edition that a correction is of, or its own.
func (id ID) First() ID {
	id.Sequence = 1
	return id
}

// ErrCorrected says that an edition was corrected, so that it is not sent any more as it was.
var ErrCorrected = errors.New("it was corrected")

// Correctable says whether an edition may be corrected now: nothing more of it is begun, and
// some of it may have been sent. One that is being sent is paused first.
func (r Record) Correctable() error {
	switch {
	case !r.CancelAt.IsZero() || r.Ahead():
		return ErrUnfit
	case r.State == Done, r.State == Paused && r.Pause == PausedDesk:
		return nil
	case r.State.UnderWay():
		return ErrRunning
	}
	return ErrUnfit
}
