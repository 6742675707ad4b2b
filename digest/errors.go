package digest

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// ErrExists says that an edition with this ID has been opened already: the
// lock against double firing, restarts and two processes.
var ErrExists = errors.New("the edition is open already")

// ErrReworded says that an editor wrote other words for an edition after it was
// decided. It is not open.
var ErrReworded = errors.New("the subject or note was changed meanwhile")

// ErrRepinned says that an editor pinned other articles after an edition was decided.
var ErrRepinned = errors.New("the pins were changed meanwhile")

// ErrRenumbered says that another edition of the slot was opened after an edition was
// decided, so that its paper number is another by now. It is not open.
var ErrRenumbered = errors.New("another edition of the slot was opened meanwhile")

// ErrNotFound says that what was asked for is not there: an edition, an article,
// a letter or a reader.
var ErrNotFound = errors.New("not found")

// ErrNobody says that an edition would have no recipient.
var ErrNobody = errors.New("no active reader wants it")

// ErrBehind says that the book is older than what was sent from here: it was
// put back from a backup, or copied. Sending from it would repeat editions.
var ErrBehind = errors.New("the database is older than what was sent from here")

// ErrRestored says that the book was made of a backup, and that nobody has accepted that
// yet.
var ErrRestored = errors.New("the database was restored from a backup and is not accepted yet")

// ErrMoved says that the book was moved elsewhere: what is done here would not be known there.
var ErrMoved = errors.New("the database was moved")

// ErrUnfinished says that a move into this database was broken off.
var ErrUnfinished = errors.New("the database is not moved here to its end")

// ErrClock says that the clock is behind what the book has: it was set back, or
// lost its battery.
var ErrClock = errors.New("the clock is behind the database")

// ErrOther says that another database than this one was sent from in its place.
var ErrOther = errors.New("this is not the database that was last used to send from here")

// ErrGone says that the database is not where it was: it was removed, replaced, or
// lies on a volume that is not mounted.
var ErrGone = errors.New("the database is missing")

// ErrNoDesk says that the folder with the articles is not there.
var ErrNoDesk = errors.New("there is no desk folder")

// ErrUnseen says that a folder which all machines share is not seen from this one.
var ErrUnseen = errors.New("a shared folder is not seen from this machine")

// UnseenError is the [ErrUnseen] of one folder.
type UnseenError struct {
	// Kind is what lies in it, such as "desk"; Why and Hint are for people.
	Kind, Why, Hint string
}

// Error says which folder it is, and why.
func (u *UnseenError) Error() string {
	return fmt.Sprintf("the shared folder of the %s is not seen from this machine: %s", u.Kind, u.Why)
}

// Unwrap gives ErrUnseen.
func (u *UnseenError) Unwrap() error { return ErrUnseen }

// ErrNewer says that a newer program made the database: this one changes nothing in it.
var ErrNewer = errors.New("a newer program made it")

// ErrOlder says that a database is not brought up since machines live whose program could not work on it any more.
var ErrOlder = errors.New("machines live whose program is older, and could not work on it any more")

// ErrForeign says that a database is another program's.
var ErrForeign = errors.New("it is a database of another program")

// ErrTooOld says that a paused edition is too old to go on, unless somebody says for
// how long it still may.
var ErrTooOld = errors.New("the edition is too old to be sent")

// ErrStopped says that somebody has stopped an edition: nothing more of it is begun.
var ErrStopped = errors.New("somebody stopped the edition")

// ErrBusy says that another process has been writing to the database for so long that
// we stopped waiting for it. Nothing was changed.
var ErrBusy = errors.New("another process has been writing to the database for over a minute")

// BlockedError is an ErrBusy of which it is known whose transaction on the server is the oldest: a
// program by the name it gives itself, "" for none, and the server's number of its process.
type BlockedError struct {
	Program string
	PID     int
	Since   time.Time
}

func (e *BlockedError) Error() string {
	return fmt.Sprintf("others have held what is to be written for over a minute: the oldest open transaction is that of "+
		"%s, process %d on the server, since %s", cmp.Or(e.Program, "a program without a name"), e.PID,
		e.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// Is says that it is an ErrBusy.
func (e *BlockedError) Is(target error) bool { return target == ErrBusy }

// ErrNoRight says that the user of a server's database may make no tables in it. Nothing was changed.
var ErrNoRight = errors.New("the user may make no tables there")

// ErrAway says that the server that the database lies on can't be reached now, or lets nobody write.
var ErrAway = errors.New("the database's server is away")

// ErrRunning says that another process is delivering an edition just now.
var ErrRunning = errors.New("another process is delivering the edition")

// ErrUnbalanced says that an edition's deliveries do not add up, or that some
// are still owed.
var ErrUnbalanced = errors.New("the ledger does not add up")

// InHandError says that all that is still owed of an edition was begun by another process. Only
// that one may say what became of it, until its leases are over. It is an ErrUnbalanced.
type InHandError struct {
	Messages int
	// Until is when the last lease is over.
	Until time.Time
}

// Error gives the time in UTC.
func (h *InHandError) Error() string { return h.In(time.UTC) }

// In says it, with the time in a zone.
func (h *InHandError) In(zone *time.Location) string {
	messages := "messages are"
	if h.Messages == 1 {
		messages = "message is"
	}
	return fmt.Sprintf("%d %s in the hands of another process until %s", h.Messages, messages,
		h.Until.In(zone).Format("15:04:05 MST"))
}

// Unwrap gives ErrUnbalanced.
func (h *InHandError) Unwrap() error { return ErrUnbalanced }

// OwedError says that an edition adds up, and that messages of it are still to be sent: another
// process may have had some deferred just now. It is an ErrUnbalanced.
type OwedError struct{ Messages int }

func (o *OwedError) Error() string {
	return fmt.Sprintf("%d of its messages are still to be sent", o.Messages)
}

// Unwrap gives ErrUnbalanced.
func (o *OwedError) Unwrap() error { return ErrUnbalanced }

// ErrTaken says that an outcome can't be recorded: another owner attempts the row
// by now, or the row is at its end. The message may arrive twice.
var ErrTaken = errors.New("another process has this delivery, or it is finished")

// HeldError says that another process has the lock, which gives the right to
// deliver. What could not be told of the holder is zero.
type HeldError struct {
	// Role is what the holder does: "serve", "send".
	Role string
	PID  int
	// Since is when it took the lock.
	Since time.Time
	// Host is the machine that it runs on, if that is another one.
	Host string
}

// Error names the holder.
func (h *HeldError) Error() string {
	if h.PID == 0 {
		return "another process is sending from this database"
	}
	if h.Host != "" {
		return fmt.Sprintf("%s on %s (process %d) has been sending from this database since %s", h.Role, h.Host, h.PID,
			h.Since.Format(time.RFC3339))
	}
	return fmt.Sprintf("%s (process %d) has been sending from this database since %s", h.Role, h.PID,
		h.Since.Format(time.RFC3339))
}
