package digest

import "time"

// BeatEvery is how often a machine says that it lives. One that the others have not heard of for
// Beatless sends nothing: they have its share of the relays' limits by then.
const (
	BeatEvery = 3 * time.Second
	Beatless  = 6 * time.Second
)

// Machine is one process of several that work on one database on a server.
type Machine struct {
	// Owner names the process, Host its machine, Role what it is, as "serve"; Place is where it
	// keeps its own files.
	Owner, Host, Role, Place string
	// Draining says that it is to leave off, Drained that it has.
	Draining, Drained bool
	// Alive says that it was heard of lately; Since is when it began, Beat when it was heard of last.
	Alive       bool
	Since, Beat time.Time
	// Chunks is how many chunks it has in hand.
	Chunks int
}

// Heard is what a machine hears when it says that it lives.
type Heard struct {
	// Machines is how many live, itself among them.
	Machines int
	// Draining says that it is to leave off.
	Draining bool
	// Clock is the server's, to the second.
	Clock time.Time
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
