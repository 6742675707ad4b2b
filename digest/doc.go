// Package digest is the vocabulary of Vesper: every type that crosses a package
// boundary, and the pure rules of what goes into an edition. It does no I/O and
// asks no clock.
//
// The flow goes one way:
//
//	files ──► Article ──► Edition ──► Message ──► Envelope ──► Outcome ──► ledger
//	   intake         publish     render      render       relay      deliver
//
// An [Article] lies on the desk as a file. [Pick] decides which articles the
// [Edition] of a slot prints and says why the others are left out. An edition
// is rendered once into a [Message] per variant, in which merge fields stand
// where readers differ. Opening the edition stores all of this in one
// transaction together with one [Delivery] for each reader: the ledger, which
// is queue, record and promise in one. From there each delivery becomes an
// [Envelope], is sent, and ends in the [Outcome] that the relay gave.
package digest
