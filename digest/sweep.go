package digest

import "time"

// Sweeping is what a ledger is asked to do before a pass over it.
type Sweeping struct {
	Range Range
	// Now is the time of the sweep.
	Now time.Time
	// TooOld: what was first due, or taken up again, at or before it expires. The zero
	// time lets nothing expire.
	TooOld time.Time
	// Hold makes a row that a dead process left under way unknown. Otherwise it is
	// owed again behind the others and counted as a possible duplicate, until it has
	// [MostDoubts]; at [MostDeaths] it fails.
	Hold bool
}

// Swept is what a sweep found.
type Swept struct {
	// Next is when the next pending row of the range is due; zero: none is
	// pending.
	Next time.Time
	// Recovered is how many rows were under way in a process that is gone. Their
	// messages may have arrived.
	Recovered int
	// TooOld is how many rows expired because they were not begun in time.
	TooOld int
}

// Settlement is how a row changes after an attempt.
type Settlement struct {
	Step Step
	// At is now; Due is when a Pending row is owed again.
	At, Due time.Time
	// Outcome is kept with the row.
	Outcome Outcome
	// Counted says that the attempt counts against the reader's retries.
	Counted bool
	// Doubted says that the message may have been delivered and is sent again.
	Doubted bool
	// Suspect is what the row is suspected of from now on.
	Suspect Suspect
}
