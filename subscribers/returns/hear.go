package returns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vesper/subscribers"
)

// Event is what a provider says of one message to one reader. Its webhook was verified.
type Event struct {
	// ID is the provider's name for the event: one that comes twice is one report.
	ID string
	// Address is the reader's; MessageID, without brackets, and QueueIDs are the names that
	// the message may have in the ledger.
	Address   string
	MessageID string
	QueueIDs  []string
	Cause     subscribers.Cause
	// Passing says that the provider calls it no end: such an event never removes a reader.
	Passing bool
	// Rule is the provider's word that decided, such as "ses: Permanent/General".
	Rule       string
	Status     string
	Code       int
	Diagnostic string
	Raw        []byte
}

// Heard is what became of a provider's events.
type Heard struct {
	// New is how many had not come before. Strangers is how many are about nobody here and
	// no message of ours: nothing of them is kept.
	New, Strangers int
}

// mostSearched is for how many events of a request nobody's message is looked for in the
// whole ledger: a reader who is gone is one now and then, and an account that sends for
// others too has many.
const mostSearched = 20

// Hear records a provider's events. When it gives no error they are durable. An event of a
// reader who is erased is recorded for the edition alone. One that leads to no reader and to
// no message of ours is another list's, or of an address that we have promised to forget.
func (d *Desk) Hear(ctx context.Context, door subscribers.Door, events []Event) (Heard, error) {
	var heard Heard
	var all []subscribers.Report
	for _, e := range events {
		if e.ID == "" {
			return Heard{}, errors.New("an event has no ID")
		}
		clues := subscribers.Clues{Address: e.Address, Verified: true, QueueIDs: e.QueueIDs, Sent: d.Now()}
		if heard.Strangers >= mostSearched {
			clues.Sent = time.Time{}
		}
		// Some call their own name of a message its MessageID.
		if strings.Contains(e.MessageID, "@") {
			clues.MessageIDs = []string{e.MessageID}
		}
		found, err := d.Store.Trace(ctx, clues)
		if err != nil {
			return Heard{}, fmt.Errorf("find out whose an event is: %w", err)
		}
		if found.Proof == subscribers.NotProven {
			heard.Strangers++
			continue
		}
		all = append(all, d.event(door, e, found))
	}
	// What was recorded before an error is known when the provider sends all of it again.
	for some := range slices.Chunk(all, together) {
		n, err := d.Store.Record(ctx, some)
		if err != nil {
			return Heard{}, fmt.Errorf("record a provider's events: %w", err)
		}
		if heard.New += n; n > 0 {
			d.ring()
		}
	}
	return heard, nil
}

func (d *Desk) event(door subscribers.Door, e Event, found subscribers.Found) subscribers.Report {
	r := subscribers.Report{
		Door: door, Kind: subscribers.ReportEvent, Key: e.ID, Proof: found.Proof,
		Subscriber: found.Subscriber, Edition: found.Edition, At: d.Now(),
		Class: e.Cause.Class(), Cause: e.Cause, Rule: Quiet(e.Rule), Status: e.Status, Code: e.Code,
		Diagnostic: Quiet(e.Diagnostic), State: subscribers.ReportNew,
	}
	// There the address stands, and nobody would erase it with its reader.
	if found.Subscriber != 0 {
		r.Raw = e.Raw[:min(len(e.Raw), subscribers.MaxRaw)]
	}
	if e.Passing && r.Class == subscribers.ClassRemove {
		r.Class = subscribers.ClassWait
	}
	if r.Class == subscribers.ClassComplaint {
		r.Kind = subscribers.ReportComplaint
	}
	return r
}
