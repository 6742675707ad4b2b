package digest

import "time"

// Signing says how an edition's messages are signed: what is kept of it beside the
// edition. It has no key in it, only what one is known by.
type Signing struct {
	// Domain and Selector are the signature's d= and s=.
	Domain, Selector string
	// Keys has the fingerprint of each key, with a blank between two.
	Keys string
}

// Prepared signs the copies of a message some time before they are sent. Each copy has its
// own values, between texts that all have in common. Any number of goroutines may use it.
type Prepared interface {
	// Size is how long what Make gives is.
	Size() int
	// Name is a hash of what the signatures of all copies of a time have in common: the
	// texts, the time, and how they are signed with which keys.
	Name(at time.Time) [32]byte
	// Sum is a hash of all that enters the signature of a copy: those, and its values.
	Sum(values [][]byte, at time.Time) [32]byte
	// Make appends what takes long of a copy's signature. It is false for a copy that can
	// only be signed as a whole.
	Make(dst []byte, values [][]byte, at time.Time) (made []byte, ok bool, err error)
	// Write appends the signature's fields, from what Make gave for the copy.
	Write(dst, made []byte, at time.Time) ([]byte, error)
}
