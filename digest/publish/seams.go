package publish

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
)

// Source is where articles come from.
type Source interface {
	// Articles gives every article that can be read, in no order, and the flaws
	// of those that can't.
	Articles(ctx context.Context) ([]digest.Article, []*digest.Flaw, error)
}

// Tomorrows gives what the next day brings.
type Tomorrows interface {
	// Tomorrow gives what lies there, for whichever day: the zero value for nothing. What
	// is wrong with it is a flaw.
	Tomorrow(ctx context.Context) (digest.Tomorrow, []*digest.Flaw)
}

// Wire brings stories from elsewhere to the source.
type Wire interface {
	// Fresh brings what was published by a cut-off. What does not answer is waited for a
	// minute at most.
	Fresh(ctx context.Context, cutOff time.Time)
	// Withdraw takes those of the picked articles away that their publishers took back. It
	// says whether there were any, or any to warn of.
	Withdraw(ctx context.Context, picked []digest.Article) (bool, error)
}

// Book is the record of editions, as far as it is written at an opening and read
// to find work.
type Book interface {
	// OpenEdition enters an edition and its ledger in one transaction: either
	// all of it is there afterwards, or nothing. It gives digest.ErrExists if
	// the edition was opened before, and digest.ErrNobody if there is nobody to
	// send it to. A day recorded as empty or missed may be opened.
	OpenEdition(ctx context.Context, o digest.Opening) (digest.Tallied, error)
	// Enter records a day on which nothing is printed, or several on end: r.State is
	// Empty or Missed. A day that has a record already keeps it, unless that was made
	// later than now, or says that it is held. What it passes over is entered with it.
	Enter(ctx context.Context, r digest.Record, passed []digest.Look, now time.Time) error
	// Behind gives digest.ErrBehind while the book is older than what was sent
	// from here, and nothing may be sent from it.
	Behind(ctx context.Context) error
	// Unfinished gives the editions that are open, sending or paused, the oldest
	// first. It is asked each second, and counts no sums.
	Unfinished(ctx context.Context) ([]digest.Unfinished, error)
}

// Past is the record of editions, as far as it is read.
type Past interface {
	// Record gives an edition's record, or digest.ErrNotFound.
	Record(ctx context.Context, id digest.ID) (digest.Record, error)
	// History gives what is known at now of a slot's past.
	History(ctx context.Context, slot string, now time.Time) (digest.History, error)
	// Printed names the edition, of any slot, that printed an article.
	Printed(ctx context.Context) (map[string]digest.ID, error)
	// Messages gives the messages that an edition was opened with.
	Messages(ctx context.Context, number uint32) ([]digest.Message, error)
}

// Looks is the record of what editions looked at. It is written at an opening.
type Looks interface {
	// Looked gives what the editions of a slot decided about the articles that they
	// looked at, by article. Of what any slot printed it says so.
	Looked(ctx context.Context, slot string) (map[string]digest.Look, error)
}

// Runs counts the runs of editions, so that one which brings the process down each
// time is stopped, and knows when they were.
type Runs interface {
	// Begin is called before a run: an open edition becomes sending, and the start
	// is counted. After several starts in a row without an orderly end and without
	// progress the edition is paused instead, as digest.PausedCrashLoop; the record
	// says which. A paused edition stays paused. The first run of an edition that was
	// opened ahead of its time enters the readers who have come since.
	Begin(ctx context.Context, number uint32, now time.Time) (digest.Tallied, error)
	// Waits keeps why a sending edition gets nobody through at present, for people to
	// see; "" says that somebody does. Of one that is not sending it keeps nothing.
	Waits(ctx context.Context, number uint32, reason string) error
	// Rest is called at the orderly end of a run, however far it came.
	Rest(ctx context.Context, number uint32, now time.Time) error
	// Latest gives when an edition was last opened, or a run of one began or ended;
	// the zero time if none was.
	Latest(ctx context.Context) (time.Time, error)
}

// Course moves an opened edition through its states.
type Course interface {
	// Pause stops an edition. The kind decides who may let it go on; the reason is
	// for people.
	Pause(ctx context.Context, number uint32, kind digest.Pause, reason string, now time.Time) error
	// Resume lets a paused edition go on. Its deliveries may be begun for so long from
	// now on, or, if until is 0, for as long as before: what somebody paused it for
	// does not count.
	Resume(ctx context.Context, number uint32, until time.Duration, now time.Time) error
	// Revive lets an edition go on that the relay, or a crash loop, paused. One that
	// somebody has paused meanwhile stays so.
	Revive(ctx context.Context, number uint32, now time.Time) error
	// Cancel ends an edition that somebody cancelled, once nothing of it is under way: what
	// was not begun is skipped. It says whether it did.
	Cancel(ctx context.Context, number uint32, now time.Time) (done bool, err error)
	// Hasten makes an edition that is frozen due at now.
	Hasten(ctx context.Context, number uint32, now time.Time) error
	// Close makes a sending edition done. It is refused with digest.ErrUnbalanced
	// while the equation does not hold, and where it does while a delivery is owed with a
	// *digest.OwedError; both are looked at in the same transaction. Where all that is owed
	// is under way it is a *digest.InHandError.
	Close(ctx context.Context, number uint32, now time.Time) error
}

// Editor keeps an editor's words on editions to come, and the pins.
type Editor interface {
	// Pins gives the articles that are pinned for a slot, in their order.
	Pins(ctx context.Context, slot string) ([]string, error)
	// SetPins keeps these pins in place of those before, which the caller saw; if they are
	// others by now it is digest.ErrRepinned. A pin ends when its article is printed.
	SetPins(ctx context.Context, slot string, was, ids []string, now time.Time) error
	// Words gives what was said of an edition: the zero Words if nothing was.
	Words(ctx context.Context, id digest.ID) (digest.Words, error)
	// SetWords keeps w in place of what was said before. Once the edition is opened,
	// it is digest.ErrExists.
	SetWords(ctx context.Context, id digest.ID, w digest.Words, now time.Time) error
}

// Acts are what people did to editions, and what they do.
type Acts interface {
	// Act does an act, and keeps it: a hold of an edition that the book does not have enters
	// it as held, with this title. It gives the record as it was and as it is. An act that
	// changes nothing is digest.ErrUnchanged, and one that does not go with the edition's
	// state digest.ErrUnfit.
	Act(ctx context.Context, a digest.Act, title string) (was, is digest.Record, err error)
	// Acts gives the acts on an edition, the first one first.
	Acts(ctx context.Context, id digest.ID) ([]digest.Act, error)
}

// Cautions says what to look at before an edition goes out.
type Cautions interface {
	// Caution gives why the service opens nothing by itself at present, for people; "" if
	// it may. Who sends by hand has looked.
	Caution(ctx context.Context) (string, error)
}

// Counts gives what must be counted: it takes a second where there are a million
// readers, and is asked only when somebody looks.
type Counts interface {
	// Count gives how many readers an edition would be opened with now.
	Count(ctx context.Context, id digest.ID) (int, error)
	// Zones gives the time zones of these readers, each with how many they are.
	Zones(ctx context.Context, id digest.ID) ([]digest.Zone, error)
	// Waves gives an edition's deliveries by when they are first due, the first ones first.
	Waves(ctx context.Context, number uint32) ([]digest.Wave, error)
	// Tallied gives an edition's record with its sums, or digest.ErrNotFound.
	Tallied(ctx context.Context, id digest.ID) (digest.Tallied, error)
}

// Post is the outbox, as far as letters are put in and looked for.
type Post interface {
	// Post puts a letter into the outbox, due at now, and gives its ID there.
	Post(ctx context.Context, l digest.Letter, now time.Time) (int64, error)
	// Letter gives what has become of a letter, or digest.ErrNotFound.
	Letter(ctx context.Context, id int64) (digest.PostedLetter, error)
}

// Lock takes the right to deliver, which one process has at a time. While another process
// has it, the error is a *digest.HeldError.
type Lock func() (Right, error)

// Right is the right to deliver, in hand.
type Right struct {
	// Release hands it back.
	Release func() error
	// Lost is closed where another machine has taken it meanwhile; nil: none can.
	Lost <-chan struct{}
}

// ErrLost says that another machine has taken the right to deliver, while the database was
// out of this one's reach.
var ErrLost = errors.New("another machine has taken over the sending")

// Hold gives a context that ends with ctx, or by [ErrLost] with the right. The function
// releases it.
func (r Right) Hold(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-r.Lost:
			cancel(ErrLost)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// IsLost says whether the right has ended a context that Hold gave.
func IsLost(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrLost) }

// Paces keeps how fast editions were sent.
type Paces interface {
	// Paced adds a run of an edition: for how many messages the relays had an answer, and
	// how long it took.
	Paced(ctx context.Context, number uint32, run digest.RunPace) error
	// Pace gives the pace of the latest editions; the zero RunPace if none is known.
	Pace(ctx context.Context) (digest.RunPace, error)
}
