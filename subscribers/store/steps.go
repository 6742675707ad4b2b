package store

import (
	_ "embed"
	"fmt"

	"vesper/digest"
)

//go:embed step2.sql
var step2 string

//go:embed step3.sql
var step3 string

//go:embed step4.sql
var step4 string

//go:embed step5.sql
var step5 string

// A step leads from one version of the database to the next one.
type step struct {
	// file has its statements for SQLite, server those for PostgreSQL.
	file, server string
	// adds says that the step only adds, so that the program before it may go on working on a server beside
	// machines that have it: see "How SQL is written" in CONTRIBUTING.
	adds bool
}

// steps brings an older database up: steps[i] leads from version i+1 to i+2.
// It only ever grows at its end, and the oldest form is kept in a test. This and
// the version in the database are all that is wanted of a migration library: we go
// forward only, in one transaction, and refuse what is newer than we may use.
func steps() []step {
	return append([]step{{file: step2}, {file: step3}, {file: step4}, {file: step5}}, next()...)
}

// withDepartures is the first version that records departures.
const withDepartures = 5

// firstOnServer is the first version that was ever on a server.
const firstOnServer = 5

// newest is the version that this program reads and writes.
func newest() int { return 1 + len(steps()) }

// known gives the steps that whoever opens a database knows.
func (o Options) known() []step { return append(steps(), o.further...) }

// tables is which form the tables on a server have: their version, 0 where there are none, and the oldest
// version whose program may work on them.
type tables struct{ version, worksWith int }

// after gives the form that tables have after steps.
func (t tables) after(todo []step) tables {
	t.version += len(todo)
	t.worksWith = t.version
	if todo[len(todo)-1].adds {
		t.worksWith--
	}
	return t
}

// mayBeUsed refuses tables that a program may not work on which knows the steps to a version. by is what
// [reader] gives.
func (t tables) mayBeUsed(known int, by string) error {
	if t.worksWith <= known {
		return nil
	}
	return fmt.Errorf("its schema is version %d and this program knows up to %d: %w%s", t.version, known,
		digest.ErrNewer, by)
}
