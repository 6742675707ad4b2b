package door

import (
	"fmt"
	"strconv"
	"strings"

	"vesper/digest"
)

// delivered explains a row of the ledger.
func (e Evidence) delivered() Answer {
	d := e.Delivery
	said := d.Reply
	if d.Code != 0 {
		said = strconv.Itoa(d.Code) + " " + said
	}
	said = strings.TrimSpace(said)
	a := Answer{Row: e.deliveryRow()}
	switch d.Step {
	case digest.Sent:
		a.Short, a.Why = Got, fmt.Sprintf("the relay took it at %s: %s", e.when(d.At), said)
		if d.QueueID != "" {
			a.Why += ", queued as " + d.QueueID
		}
		if d.Doubts > 0 {
			a.Why += "; perhaps more than once"
		}
		if r := e.cameBack(); r != nil {
			a.Short = DidNotGet
			a.Why += fmt.Sprintf("; it came back at %s: %s", e.when(r.At), tell(r))
		}
	case digest.Failed:
		a.Short, a.Why = DidNotGet, fmt.Sprintf("the relay refused it at %s: %s", e.when(d.At), said)
	case digest.Expired:
		a.Short, a.Why = DidNotGet, fmt.Sprintf("given up at %s after %s: %s",
			e.when(d.At), counted(d.Attempts, "deferral"), said)
	case digest.Skipped:
		a.Short, a.Why = DidNotGet, fmt.Sprintf("skipped at %s: %s", e.when(d.At), d.Reason)
		if off := e.off(); off != "" {
			a.Why += " (" + off + ")"
		}
	case digest.Unknown:
		a.Short, a.Why = MayHaveGot, fmt.Sprintf("how the attempt ended is not known: %s", said)
	case digest.Attempting:
		a.Short, a.Why = WaitsFor, "it is in transit"
	default:
		a.Short, a.Why = WaitsFor, e.pending(said)
	}
	return a
}

// pending says what a delivery waits for.
func (e Evidence) pending(said string) string {
	switch d := e.Delivery; {
	case e.off() != "":
		return "it is about to be skipped: " + e.off()
	case e.held() != nil:
		return e.waitsForWord()
	case e.Record.State == digest.Paused:
		return "the edition is paused: " + e.Record.Reason
	case d.Attempts > 0:
		return fmt.Sprintf("deferred %s, the last time with %s; pending until %s",
			times(d.Attempts), said, e.when(d.Due))
	}
	until := "pending until " + e.when(e.Delivery.Due)
	if e.Record.State == digest.Sending && e.Record.Reason != "" {
		return until + "; the edition says: " + e.Record.Reason
	}
	return until
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (e Evidence) deliveryRow() string {
	d := e.Delivery
	return fmt.Sprintf("deliveries: edition=%d subscriber=%d step=%s variant=%s code=%d enhanced=%s queue_id=%s "+
		"attempts=%d at=%s", e.Record.Number, e.Reader.ID, d.Step, d.Variant, d.Code, orNone(d.Enhanced),
		orNone(d.QueueID), d.Attempts, e.when(d.At))
}
