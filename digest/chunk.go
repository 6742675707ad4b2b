package digest

import "time"

// Chunk names a part of an opened edition's readers, which one of several machines works on at
// a time. Chunks are numbered from 1 in each edition.
type Chunk struct {
	// Edition is the edition's ledger number.
	Edition uint32
	Number  int64
	// Served says that somebody was sent the edition before this chunk was taken in hand, Others
	// that other machines live, who may get through where this one does not.
	Served, Others bool
}

// Worked is what has become of a run over a chunk.
type Worked struct {
	// Idle says that nothing was done: the edition is not being sent at present. Over says
	// that it is at its end.
	Idle, Over bool
	// Stopped says why the run was stopped although messages are due; its Class is empty if
	// it was not. Away is the same of one that ended since no relay is reached from this machine.
	Stopped, Away Outcome
	// Answered is for how many readers the relay had an answer, Accepted how many of those
	// messages it took.
	Answered, Accepted int
}

// Mustered is how it stands with all chunks of an edition.
type Mustered struct {
	// Open are those of which messages are owed, Due those of them of which some are due now.
	Open, Due int
	// Next is when the next message of an open one is due; zero if none is.
	Next time.Time
	// Left are those that are due, and that a machine had in hand which is gone.
	Left []Chunk
	// Machines is how many live.
	Machines int
	// Halted says that somebody has stopped the edition.
	Halted bool
	// The sums over all runs; Stopped is of one that was stopped since the last [Mustered].
	Stopped            Outcome
	Answered, Accepted int
}
