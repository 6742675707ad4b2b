// Package alarm tells somebody that something needs a look: once when it begins and once
// when it is over.
//
// A [Desk] looks at what is so, again and again, and compares that with the alarms that
// are on. Which these are is kept in the database, together with what each [Way] is still
// to tell, so that a restart neither repeats a beginning nor forgets an end. What is told
// twice after a crash has the same name both times. Each way has a queue and a goroutine
// of its own: one that hangs holds up neither the others nor an edition.
//
// An alarm begins at once. It is over when all was well for a while, and for longer the
// more often it came back within a day. When the database can't be written, an alarm is
// told all the same, once until it can be.
package alarm
