package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/render"
)

// Publisher decides, opens and delivers editions.
type Publisher struct {
	// Slots are the configured editions, Zone is the publication's time zone.
	Slots  []Slot
	Zone   *time.Location
	Source Source
	// Tomorrows gives what the next day brings; nil: editions don't say.
	Tomorrows Tomorrows
	// Wire brings stories to Source; nil: they are only what lies there.
	Wire Wire
	// What the book does for us, by role.
	Book   Book
	Past   Past
	Looks  Looks
	Runs   Runs
	Course Course
	Acts   Acts
	Editor Editor
	// Corrections opens corrections, and Corrected gives what they are of.
	Corrections Corrections
	Corrected   Printed
	// Full is how many articles of an edition are set in full, and Sections are those
	// whose briefs come first.
	Full     int
	Sections []string
	Counts   Counts
	// Cautions are asked before the service opens an edition; nil: there are none.
	Cautions Cautions
	// Paces keeps how fast editions were sent; nil: nobody asks. Rate is how many messages a
	// second the relay is sent at most; 0 is no limit.
	Paces Paces
	Rate  float64
	// Newest is asked for what somebody has to look at; nil: nobody asks.
	Newest Newest
	// Reporter tells of what is over; nil: nobody does.
	Reporter *Reporter
	// Prover has editions to come proved; nil: nobody looks at them.
	Prover *Prover
	// Ledger gives the ledger of an edition.
	Ledger func(number uint32) deliver.Ledger
	// Chunks have several machines send an edition; nil: this one does all.
	Chunks   Chunks
	Outbox   Outbox
	Renderer *render.Renderer
	// Signer signs the messages; nil: the relay does.
	Signer render.Signer
	// Signatures keeps what is signed ahead of an edition's time; nil: nothing is.
	Signatures Signatures
	// Signing is what Signer's signatures are known by, and Known gives the signer of
	// an edition that was opened with others, as long as its keys can be read.
	Signing digest.Signing
	Known   func(digest.Signing) (render.Signer, error)
	// ReturnPath is the envelope sender; "{token}" stands for the reader's token.
	ReturnPath string
	// Taken gives up to limit deliveries of the latest edition that somebody was sent: a
	// relay that refuses others is asked for these readers. Nil: nobody is known.
	Taken func(ctx context.Context, limit int) ([]digest.Delivery, error)
	// Deliverer has the policies of sending.
	Deliverer *deliver.Deliverer
	// Edition gives an edition's share of the relay's connections, Letters is that
	// of the letters.
	Edition func(number uint32) deliver.Relay
	Letters deliver.Relay
	// Connections is how many an edition uses at once, if it gets them.
	Connections int
	Now         func() time.Time
	// Seen gives a *[digest.UnseenError] while a folder that all machines of the house share is
	// not seen from this one: then it opens nothing, and delivers what is open. Nil: none is.
	Seen func(context.Context) error
	// Watch judges the clock; nil: it is believed.
	Watch *Watch
	// Force is somebody's word that the clock is right, although the book has later
	// times.
	Force bool
	Log   *slog.Logger

	// trusted says that the clock was not behind the book.
	trusted atomic.Bool
	// beat is when Serve last looked at what is due.
	beat atomic.Pointer[time.Time]
	// warned is the edition that the service last said it does not open by itself.
	warned digest.ID
	// slow are the editions that can't be finished in time, as Serve saw them last.
	slow atomic.Pointer[[]digest.Alarm]
	// unproved has what went wrong with proofs, by edition.
	unproved sync.Map
	// answered counts those for whom a relay has answered: readers of all editions, letters, alarms.
	answered atomic.Int64
	// reach says whether any relay does.
	reach reach
	// inHand has, by number, what others have of editions of which nothing else is owed.
	inHand sync.Map
	// slowly has the numbers of editions that a probe has resumed, until they go on.
	slowly sync.Map
	// sharing has what the runs of an edition share, by its number: see [shared].
	sharing sync.Map
}

// ErrNoSlot says that a slot is not among the configured ones.
var ErrNoSlot = errors.New("no such slot")

// Slot gives the configured slot of this name; with an empty name, the first.
func (p *Publisher) Slot(name string) (Slot, error) {
	for _, s := range p.Slots {
		if s.Name == name || name == "" {
			return s, nil
		}
	}
	return Slot{}, fmt.Errorf("%w: %q", ErrNoSlot, name)
}
