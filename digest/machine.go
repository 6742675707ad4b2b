package digest

import "time"

// BeatEvery is how often a machine says that it lives. One that the others have not heard of for
// Beatless sends nothing: they have its share of the relays' limits by then.
const (
	BeatEvery = 3 * time.Second
	Beatless  = 6 * time.Second
)

// ClocksDiffer is how far a machine's clock and the server's may be apart.
const ClocksDiffer = 30 * time.Second

// Machine is one process of several that work on one database on a server.
type Machine struct {
	// Owner names the process, Host its machine, Role what it is, as "serve"; Place is where it
	// keeps its own files.
	Owner, Host, Role, Place string
	// Draining says that it is to leave off, Drained that it has.
	Draining, Drained bool
	// Unseeing says that it does not see a folder that all machines share.
	Unseeing bool
	// Alive says that it was heard of lately; Since is when it began, Beat when it was heard of last.
	Alive       bool
	Since, Beat time.Time
	// Silent is how long nothing was heard of it.
	Silent time.Duration
	// Chunks is how many chunks it has in hand.
	Chunks int
	// Ahead is how far the server's clock is ahead of its own.
	Ahead time.Duration
	// Unfit says why it does no part of the editions, and UnfitFor for how long it has not; "" if it does.
	Unfit    string
	UnfitFor time.Duration
	// Alike is what it must have as the others have it.
	Alike Alike
	// Older says that its program is older than the database's form.
	Older bool
}

// Serves says that it lives and may send and open, as far as the others know.
func (m Machine) Serves() bool { return m.Alive && m.Role == "serve" && !m.Draining }

// Timely says that its clock and the server's agree.
func (m Machine) Timely() bool { return m.Ahead.Abs() <= ClocksDiffer }

// Beat is what a machine says of itself as it says that it lives.
type Beat struct {
	// Role is what it is, as "serve".
	Role string
	// Drained says that it has left off as it was told, Unseeing that it does not see a folder that
	// all machines share.
	Drained, Unseeing bool
	// Unfit says why it does no part of the editions; "" if it does.
	Unfit string
	// Alike is what it must have as the others have it.
	Alike Alike
}

// Heard is what a machine hears when it says that it lives.
type Heard struct {
	// Machines is how many live, itself among them.
	Machines int
	// Draining says that it is to leave off.
	Draining bool
	// Others is how many services besides it live that may send and open: they see the shared
	// folders, and nobody has told them to leave off.
	Others int
	// Fit is how many of these do their part of the editions: they reach a relay, as far as they know.
	Fit int
	// Clock is the server's; Timely is how many machines besides it live whose clocks agree with that.
	Clock  time.Time
	Timely int
	// Newer names the program that has brought the database further than this machine's knows, which may
	// work on it all the same; "" if it is not newer.
	Newer string
}

// Jobs is how much there is for machines to do.
type Jobs struct {
	// Open is how many chunks of all editions are not closed, InHand how many of them a machine has.
	Open, InHand int
	// Running, Waiting and PutOff are the jobs of chunks.
	Running, Waiting, PutOff int
}

// Timeline is one history that a server writes. A replica that takes over begins a new one, and
// so does a server that is put back from a backup.
type Timeline struct {
	// Server names the server and its replicas.
	Server string
	Number int64
	// Seen is when it was first seen.
	Seen time.Time
}
