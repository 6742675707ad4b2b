package door

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// The short answers.
const (
	Got        = "got"
	MayHaveGot = "may have got"
	WaitsFor   = "waits for"
	DidNotGet  = "did not get"
	WillGet    = "will get"
	WillNotGet = "will not get"
	// NotKnown is the answer about a row that is gone: the ledger names it by its
	// number alone.
	NotKnown = "not known"
)

// Answer is why a reader will, did or did not get an edition.
type Answer struct {
	// Short is one of the short answers.
	Short string
	// Why is the reason, in one line.
	Why string
	// Row is the row behind the answer, in one line.
	Row string
	// Line is the whole answer in a sentence.
	Line string
}

// Answer says what the evidence says. It asks nobody.
func (e Evidence) Answer() Answer {
	a := e.answer()
	a.Line = fmt.Sprintf("%s %s %s: %s", e.Address, a.Short, e.Edition, a.Why)
	if a.Short == NotKnown {
		a.Line = fmt.Sprintf("whether %s got %s is not known: %s", e.Address, e.Edition, a.Why)
	}
	return a
}

func (e Evidence) answer() Answer {
	if e.Delivery != nil {
		return e.delivered()
	}
	// Whom an edition that was opened ahead of its time does not have yet, it takes in at its
	// first run.
	opened := e.Record.State.Opened() && !e.Record.Ahead()
	if opened && e.Reader.ID == 0 {
		return Answer{NotKnown, e.off() + "; what was sent to a deleted row has no name", e.row(), ""}
	}
	not := WillNotGet
	if opened {
		not = DidNotGet
	}
	off := e.off()
	switch {
	case off != "" && (!opened || e.offBefore(e.Record.Begins())):
		return Answer{Short: not, Why: off, Row: e.row()}
	case e.Record.State == digest.Empty || e.Record.State == digest.Missed:
		return Answer{
			Short: DidNotGet, Why: fmt.Sprintf("it was not printed: %s, %s", e.Record.State, e.Record.Reason),
			Row: "editions: state=" + string(e.Record.State),
		}
	case opened:
		return Answer{Short: DidNotGet, Why: e.notEntered(), Row: e.row()}
	case e.Record.State == digest.Held:
		return Answer{
			Short: WillNotGet, Why: fmt.Sprintf("it is held %s, and nobody gets it until it is released", e.Record.Reason),
			Row: "editions: state=held",
		}
	}
	if declined := e.declined(); declined != "" {
		return Answer{Short: WillNotGet, Why: "the reader " + declined, Row: e.row()}
	}
	if held := e.waitsForWord(); held != "" {
		return Answer{Short: WillNotGet, Why: held, Row: e.row()}
	}
	return Answer{
		Short: WillGet, Row: e.row(),
		Why: fmt.Sprintf("active since %s, and no choice of the reader excludes it", e.when(e.Reader.Confirmed)),
	}
}

// declined says why the reader's choice leaves the edition out, "" if it doesn't.
func (e Evidence) declined() string {
	return e.Reader.Declines(e.Edition.Date.In(time.UTC), e.Edition.Slot)
}

// notEntered says why a reader who is on the list has no row in an opened edition.
func (e Evidence) notEntered() string {
	declined := e.declined()
	switch {
	case !e.Reader.Confirmed.Before(e.Record.Begins()):
		return fmt.Sprintf("confirmed at %s, after it was opened at %s", e.when(e.Reader.Confirmed),
			e.when(e.Record.Begins()))
	case declined != "":
		return fmt.Sprintf("the reader %s (the present choice)", declined)
	case e.held() != nil:
		return e.waitsForWord()
	}
	return fmt.Sprintf("not a recipient when it was opened at %s: status or choices were different then",
		e.when(e.Record.Begins()))
}

// off says why the reader is mailed nothing at all, "" if that is not so.
func (e Evidence) off() string {
	var because []string
	for _, s := range e.Suppressions {
		why := fmt.Sprintf("%s since %s", s.Reason, e.when(s.Since))
		if r := e.behind(s.Reason); r != nil {
			why += ": " + tell(r)
		}
		because = append(because, why)
	}
	stands := strings.Join(because, ", ")
	switch r := e.Reader; r.Status {
	case "":
		if stands != "" {
			return "not on the list, and must not be mailed: " + stands
		}
		return "not on the list"
	case subscribers.Unconfirmed:
		if !r.Consent.AskedAt.IsZero() {
			return fmt.Sprintf("never confirmed: asked at %s", e.when(r.Consent.AskedAt))
		}
		return fmt.Sprintf("never confirmed: on the list since %s (%s)", e.when(r.Created), r.Provenance.Source)
	case subscribers.Active:
		return ""
	}
	return fmt.Sprintf("%s: %s", e.Reader.Status, cmp.Or(stands, e.Reader.Reason))
}

// offBefore says whether what keeps the reader off the list did so at t already, as
// far as is known.
func (e Evidence) offBefore(t time.Time) bool {
	if e.Reader.Status == subscribers.Unconfirmed {
		return true
	}
	for _, s := range e.Suppressions {
		if !s.Since.After(t) {
			return true
		}
	}
	return len(e.Suppressions) == 0
}

// row gives the reader's row, or what stands in its place.
func (e Evidence) row() string {
	r := e.Reader
	if r.ID == 0 {
		return fmt.Sprintf("subscribers: no row; %s", counted(len(e.Suppressions), "suppression"))
	}
	slots := cmp.Or(strings.Join(r.Slots, ","), "all")
	return fmt.Sprintf("subscribers: id=%d status=%s reason=%s evenings=%s slots=%s paused_until=%s "+
		"confirmed_at=%s source=%s", r.ID, r.Status, orNone(r.Reason), r.Evenings, slots,
		orNone(r.PausedUntil), e.when(r.Confirmed), orNone(r.Provenance.Source))
}

// when gives an instant to the second, "none" for the zero time.
func (e Evidence) when(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.In(cmp.Or(e.Zone, time.UTC)).Format(time.RFC3339)
}

func orNone(s string) string { return cmp.Or(s, "none") }

// counted gives a number of things, such as "2 deferrals".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
