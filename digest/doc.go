// Package digest is the vocabulary of Vesper: every type that crosses a package
// boundary, and the pure rules of what goes into an edition. It does no I/O and
// asks no clock.
//
// The flow goes one way. Below each arrow stands the package that makes it:
//
//	files ──► Article ──► Edition ──► Message ──► Envelope ──► Outcome ──► ledger (5)
//	    intake     publish (3)  render      render       relay     deliver (4)
//
// Up to the opening is publish's part (3). An [Article] lies on the desk as a
// file. [Pick] chooses the articles of an [Edition] and says why the others are
// left out. The edition is rendered once into a [Message] for each variant, with
// merge fields where readers differ. An [Opening] stores all of this in one
// transaction, with a [Delivery] for each reader. These rows are the edition's
// ledger (5): its queue, its record and its promise. From here on the edition needs
// no article and no template.
//
// After the opening is deliver's part (4), which drives the last three arrows. It
// has each delivery that is due made into an [Envelope]. A connection to the relay
// takes the envelopes from a [Stream]: the intent to send is on disk before the
// final dot, and the [Outcome] right after the reply. Letters go the same way, from
// a ledger of their own, the outbox.
//
// To know the whole program, read on in this order. It takes half an hour:
//
//	(1)  README.md                        what it is, and the map of the packages
//	(2)  digest/doc.go                    this page: the flow
//	(3)  digest/publish/publish.go        the evening: decide, open, deliver
//	(4)  digest/deliver/deliver.go        the heart: until nobody is owed anything
//	(5)  subscribers/store/schema.sql    the promises, as comments on the tables
//	(6)  go run ./cmd/vesper demo         all of it at work
package digest
