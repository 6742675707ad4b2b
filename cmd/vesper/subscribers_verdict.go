package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// evidenceOf is what is known of a reader and an edition. Without a reader the
// address is not on the list.
type evidenceOf struct {
	*house
	id           digest.ID
	reader       subscribers.Subscriber
	suppressions []sqlite.Suppression
	edition      digest.Record
	delivery     *sqlite.Receipt
}

func (c *evidenceOf) find(ctx context.Context) error {
	all, err := c.store.Deliveries(ctx, c.reader.ID)
	for _, d := range all {
		if d.Edition == c.id {
			c.delivery = &d
		}
	}
	return err
}

// explained is an answer with its reason and the row that it comes from.
type explained struct{ answer, why, behind string }

const (
	hasGot     = "got"
	mayHaveGot = "may have got"
	waitsFor   = "waits for"
	didNotGet  = "did not get"
	willGet    = "will get"
	willNotGet = "will not get"
	// notKnown is the answer on a row that is gone: the ledger names it by its
	// number alone.
	notKnown = "not known"
)

func (c *evidenceOf) verdict() explained {
	if c.delivery != nil {
		return c.delivered()
	}
	opened := c.edition.State.Opened()
	if opened && c.reader.ID == 0 {
		return explained{notKnown, c.off() + "; what was sent to a row that is gone has no name", c.row()}
	}
	not := willNotGet
	if opened {
		not = didNotGet
	}
	switch off := c.off(); {
	case off != "" && (!opened || c.before(c.edition.OpenedAt)):
		return explained{not, off, c.row()}
	case !opened && (c.edition.State == digest.Empty || c.edition.State == digest.Missed):
		return explained{didNotGet, fmt.Sprintf("it was not printed: %s, %s", c.edition.State, c.edition.Reason), "editions: state=" + string(c.edition.State)}
	}
	declined := c.reader.Declines(c.id.Date.In(time.UTC), c.id.Slot)
	switch {
	case !opened && declined != "":
		return explained{willNotGet, "the reader " + declined, c.row()}
	case !opened:
		return explained{willGet, fmt.Sprintf("active since %s, and nothing the reader chose leaves it out", c.when(c.reader.Confirmed)), c.row()}
	case !c.reader.Confirmed.Before(c.edition.OpenedAt):
		return explained{didNotGet, fmt.Sprintf("confirmed at %s, after it was opened at %s", c.when(c.reader.Confirmed), c.when(c.edition.OpenedAt)), c.row()}
	case declined != "":
		return explained{didNotGet, fmt.Sprintf("the reader %s, by what is chosen now", declined), c.row()}
	}
	return explained{
		didNotGet, fmt.Sprintf("not entered when it was opened at %s; standing or choice were others then", c.when(c.edition.OpenedAt)),
		c.row(),
	}
}

// off says why the reader is mailed nothing at all, "" if that is not so.
func (c *evidenceOf) off() string {
	var because []string
	for _, s := range c.suppressions {
		because = append(because, fmt.Sprintf("%s since %s", s.Reason, c.when(s.Since)))
	}
	stands := strings.Join(because, ", ")
	switch c.reader.Status {
	case "":
		if stands != "" {
			return "not on the list, and must not be mailed: " + stands
		}
		return "not on the list"
	case subscribers.Unconfirmed:
		if !c.reader.Consent.AskedAt.IsZero() {
			return fmt.Sprintf("never confirmed: asked at %s", c.when(c.reader.Consent.AskedAt))
		}
		return fmt.Sprintf("never confirmed: on the list since %s (%s)", c.when(c.reader.Created), c.reader.Provenance.Source)
	case subscribers.Active:
		return ""
	}
	if stands == "" {
		stands = c.reader.Reason
	}
	return fmt.Sprintf("%s: %s", c.reader.Status, stands)
}

// before says whether what keeps the reader off the list did so at t already, as
// far as is known.
func (c *evidenceOf) before(t time.Time) bool {
	if c.reader.Status == subscribers.Unconfirmed {
		return true
	}
	for _, s := range c.suppressions {
		if !s.Since.After(t) {
			return true
		}
	}
	return len(c.suppressions) == 0
}

// delivered explains a row of the ledger.
func (c *evidenceOf) delivered() explained {
	d := c.delivery
	said := strings.TrimSpace(code(d.Code) + " " + d.Reply)
	v := explained{behind: fmt.Sprintf("deliveries: edition=%d subscriber=%d step=%s variant=%s code=%d enhanced=%s queue_id=%s attempts=%d at=%s",
		c.edition.Number, c.reader.ID, d.Step, d.Variant, d.Code, orNone(d.Enhanced), orNone(d.QueueID), d.Attempts, c.when(d.At))}
	switch d.Step {
	case digest.Sent:
		v.answer, v.why = hasGot, fmt.Sprintf("the relay took it at %s: %s", c.when(d.At), said)
		if d.QueueID != "" {
			v.why += ", queued as " + d.QueueID
		}
		if d.Doubts > 0 {
			v.why += "; perhaps more than once"
		}
	case digest.Failed:
		v.answer, v.why = didNotGet, fmt.Sprintf("the relay refused it at %s: %s", c.when(d.At), said)
	case digest.Expired:
		v.answer, v.why = didNotGet, fmt.Sprintf("given up at %s after %s: %s", c.when(d.At), count(d.Attempts, "deferral"), said)
	case digest.Skipped:
		v.answer, v.why = didNotGet, fmt.Sprintf("skipped at %s: %s", c.when(d.At), d.Reason)
		if off := c.off(); off != "" {
			v.why += " (" + off + ")"
		}
	case digest.Unknown:
		v.answer, v.why = mayHaveGot, fmt.Sprintf("nobody saw the end of the attempt: %s", said)
	case digest.Attempting:
		v.answer, v.why = waitsFor, "it is on the wire"
	default:
		v.answer, v.why = waitsFor, c.pending(said)
	}
	return v
}

func (c *evidenceOf) pending(said string) string {
	switch off := c.off(); {
	case off != "":
		return "it is about to be skipped: " + off
	case c.edition.State == digest.Paused:
		return "the edition is paused: " + c.edition.Reason
	case c.delivery.Attempts > 0:
		return fmt.Sprintf("deferred %s, the last time with %s; pending until %s", often(c.delivery.Attempts), said, c.when(c.delivery.Due))
	}
	return "pending until " + c.when(c.delivery.Due)
}

// row gives the reader's row, or what stands in its place.
func (c *evidenceOf) row() string {
	r := c.reader
	if r.ID == 0 {
		return fmt.Sprintf("subscribers: no row; %s", count(len(c.suppressions), "suppression"))
	}
	return fmt.Sprintf("subscribers: id=%d status=%s reason=%s evenings=%s slots=%s paused_until=%s confirmed_at=%s source=%s",
		r.ID, r.Status, orNone(r.Reason), r.Evenings, orAll(strings.Join(r.Slots, ",")), orNone(r.PausedUntil), c.when(r.Confirmed), orNone(r.Provenance.Source))
}

func (c *evidenceOf) when(t time.Time) string { return orNone(orEmpty(stamp(t, c.zone))) }
