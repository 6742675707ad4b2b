package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// explainJSON is why a reader will, did or did not get an edition.
type explainJSON struct {
	Address string `json:"address"`
	Edition string `json:"edition"`
	// Answer is "got", "may have got", "waits for", "did not get", "will get" or
	// "will not get".
	Answer string `json:"answer"`
	Why    string `json:"why"`
	// Line is both in a sentence.
	Line string `json:"line"`
	// The rows behind it: the reader's, what stands against the address, the
	// edition's, and the ledger's. Nil: there is none.
	Subscriber   *subscriberJSON   `json:"subscriber"`
	Suppressions []suppressionJSON `json:"suppressions"`
	State        digest.State      `json:"edition_state"`
	Delivery     *deliveryJSON     `json:"delivery"`
}

func (a *app) subscribersExplainCommand() *cobra.Command {
	var edition string
	var out format
	cmd := &cobra.Command{
		Use: "explain ADDRESS", Short: "Why this reader will, did or did not get an edition", Args: cobra.ExactArgs(1),
		Long: `Says in one line why a reader will, did or did not get an edition, and below it the
row that says so. Without --edition that is tonight's: the one opened today, or
the next that the service sends.`,
		Example: `  vesper subscribers explain ines@news.example
  vesper subscribers explain ines@news.example --edition 2026-11-22-evening -o json`,
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			id, err := a.tonight(cmd.Context(), h, edition)
			if err != nil {
				return err
			}
			e, behind, err := h.explain(cmd.Context(), all[0], id)
			if err != nil {
				return err
			}
			if out == "json" {
				return newEncoder(a.stdout).Encode(e)
			}
			_, err = fmt.Fprintf(a.stdout, "%s\n  %s\n", printable(e.Line), printable(behind))
			return err
		}),
	}
	cmd.Flags().StringVar(&edition, "edition", "", "the edition's `ID` (default: tonight's)")
	addJSON(cmd, &out)
	return cmd
}

// tonight gives the edition that a flag names, or the one opened today, or the
// next.
func (a *app) tonight(ctx context.Context, h *house, flag string) (digest.ID, error) {
	if flag != "" {
		return editionID(flag)
	}
	now := a.now()
	records, err := h.store.Records(ctx)
	if err != nil {
		return digest.ID{}, err
	}
	for _, r := range records {
		if r.State.Opened() && r.ID.Date == digest.DateOf(now.In(h.zone)) {
			return r.ID, nil
		}
	}
	slot := h.slots[0]
	next, err := h.publisher.Next(ctx, slot, now)
	return digest.ID{Date: digest.DateOf(next.In(h.zone)), Slot: slot.Name, Sequence: 1}, err
}

// explain answers for one reader and edition, and gives the row behind the answer
// as it is told to people.
func (h *house) explain(ctx context.Context, address subscribers.Address, id digest.ID) (explainJSON, string, error) {
	e := explainJSON{Address: address.String(), Edition: id.String(), State: digest.Due}
	c := &evidenceOf{house: h, id: id}
	var err error
	if c.edition, err = h.store.Record(ctx, id); err == nil {
		e.State = c.edition.State
	} else if !errors.Is(err, digest.ErrNotFound) {
		return e, "", err
	}
	if c.suppressions, err = h.store.Suppressions(ctx, address); err != nil {
		return e, "", err
	}
	e.Suppressions = suppressionsOut(c.suppressions, h.zone)
	switch c.reader, err = h.store.Subscriber(ctx, address); {
	case err == nil:
		row := subscriberOut(c.reader, h.zone)
		e.Subscriber = &row
		if err := c.find(ctx); err != nil {
			return e, "", err
		}
	case !errors.Is(err, subscribers.ErrNotFound):
		return e, "", err
	}
	if c.delivery != nil {
		row := deliveryOut(*c.delivery, h.zone)
		e.Delivery = &row
	}
	v := c.verdict()
	e.Answer, e.Why = v.answer, v.why
	e.Line = fmt.Sprintf("%s %s %s: %s", address, v.answer, id, v.why)
	return e, v.behind, nil
}

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
)

func (c *evidenceOf) verdict() explained {
	if c.delivery != nil {
		return c.delivered()
	}
	opened := c.edition.State.Opened()
	not := willNotGet
	if opened {
		not = didNotGet
	}
	switch off := c.off(); {
	case off != "" && (!opened || c.reader.ID == 0 || c.before(c.edition.OpenedAt)):
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
		return "never seen: the address is not on the list"
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
		r.ID, r.Status, orNone(r.Reason), r.Evenings, orNone(strings.Join(r.Slots, ",")), orNone(r.PausedUntil), c.when(r.Confirmed), orNone(r.Provenance.Source))
}

func (c *evidenceOf) when(t time.Time) string { return orNone(orEmpty(stamp(t, c.zone))) }

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func often(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
