package returns

import (
	"context"
	"fmt"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
)

// Post is what else comes by mail than reports: readers' words that they want to leave, and
// our own tests.
type Post struct {
	Keys   Keys
	Leaver Leaver
	Tests  Tests
}

// Keys verify tokens.
type Keys interface {
	Keyring(ctx context.Context) (subscribers.Keyring, error)
}

// Leaver takes readers off the list.
type Leaver interface {
	// Leave takes the reader with this public ID off the list by their own word, and has a
	// goodbye posted. It says whether that changed anything: not for nobody, and not for who
	// has left.
	Leave(ctx context.Context, publicID uint64, now time.Time) (changed bool, err error)
}

// Tests are messages to ourselves.
type Tests interface {
	// CameBack records that the test of this number came in by a door, or that a report came
	// instead which says that it failed. One that is not known, or was answered, stays as it
	// is.
	CameBack(ctx context.Context, number uint64, door, failed string, now time.Time) error
}

// mailed takes a message that came to an address to leave by, or to one of our tests. It
// says whether it was one: such a message makes no report.
func (d *Desk) mailed(ctx context.Context, c Came, t *Taken) (done bool, err error) {
	tokens := t.Mail.Mailed
	if c.HasEnvelope {
		tokens = nil
		for _, to := range c.To {
			tokens = append(tokens, bounce.MailedIn(to)...)
		}
	}
	if len(tokens) == 0 || d.Post.Keys == nil {
		return false, nil
	}
	ring, err := d.Post.Keys.Keyring(ctx)
	if err != nil {
		return false, err
	}
	for _, token := range tokens {
		if number, err := ring.Test(token); err == nil && d.Post.Tests != nil {
			t.Test = true
			if err := d.Post.Tests.CameBack(ctx, number, c.By, failure(t.Mail), d.Now()); err != nil {
				return false, fmt.Errorf("record that a test came back: %w", err)
			}
		}
		publicID, err := ring.Leave(token)
		if err != nil || d.Post.Leaver == nil || !byReader(c, t.Mail) {
			continue
		}
		t.Asked = true
		changed, err := d.Post.Leaver.Leave(ctx, publicID, d.Now())
		if err != nil {
			return false, err
		}
		if changed {
			t.Left++
			d.log().InfoContext(ctx, "a reader unsubscribed", "by", "mail")
		}
	}
	if t.Asked || t.Test {
		t.Reports, t.NotOurs = nil, false
	}
	return t.Asked || t.Test, nil
}

// nobody is who leaves in a dry run.
type nobody struct{}

func (nobody) Leave(context.Context, uint64, time.Time) (bool, error) { return false, nil }

func (nobody) CameBack(context.Context, uint64, string, string, time.Time) error { return nil }

// byReader says whether a message may be its reader's word: machines answer with an empty
// reverse path, or say what they are (RFC 3834).
func byReader(c Came, m bounce.Mail) bool {
	return !m.Automatic && !m.NoSender && (!c.HasEnvelope || c.From != "")
}

// failure gives why a test failed, "" if it is the test itself that came.
func failure(m bounce.Mail) string {
	for _, r := range m.Recipients {
		if m.Kind == bounce.Failure && r.Action != "delivered" && r.Action != "relayed" {
			said := Quiet(r.Diagnostic)
			if said == "" {
				said = string(r.Cause) + " " + r.Status
			}
			return said
		}
	}
	return ""
}
