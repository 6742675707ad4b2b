package deliver

import (
	"errors"
	"sync/atomic"
)

// order numbers the messages of a stream, so that the ledger knows what was sent after
// what: the dot of each waits until the outcomes of all before it are durable. So of
// several rows that a dead process had under way in one order only the first may have
// been sent.
type order struct {
	// connection is what the ledger knows the order by, latest the number of its latest
	// message.
	connection, latest int64
	// lost says that a row of it may stay under way for want of a ledger. Nothing more may
	// be sent in this order then: it would look as if it had not been. What comes next is
	// in another one.
	lost atomic.Bool
}

// errLost says that the outcome of a message before is not recorded, and won't be.
var errLost = errors.New("what became of an earlier message could not be recorded")
