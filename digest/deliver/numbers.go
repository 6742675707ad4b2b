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
	// lost is the lowest number whose row may stay under way for want of a ledger, 0 for
	// none. Nothing behind that may be sent in this order: it would look as if it had not
	// been. What comes next is in another one.
	lost atomic.Int64
}

// lose notes that the row of this number may stay under way.
func (o *order) lose(number int64) {
	for was := o.lost.Load(); was == 0 || number < was; was = o.lost.Load() {
		if o.lost.CompareAndSwap(was, number) {
			return
		}
	}
}

// holdsBack says whether what has this number may not be sent: a row before it is lost.
func (o *order) holdsBack(number int64) bool {
	lost := o.lost.Load()
	return lost != 0 && lost < number
}

// errLost says that the outcome of a message before is not recorded, and won't be.
var errLost = errors.New("what became of an earlier message could not be recorded")
