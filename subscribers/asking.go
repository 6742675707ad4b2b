package subscribers

import (
	"slices"
	"time"
)

// How often one address may be sent a confirmation letter, whoever asks for it:
// once a day and three times in 30 days. KeepConfirmations is how long stores
// remember them for it.
const (
	perDay            = 24 * time.Hour
	KeepConfirmations = 30 * perDay
	mostConfirmations = 3
)

// Asking is somebody's wish that an address be asked to confirm.
type Asking struct {
	// At is now, From the IP address of whoever asks; "" is not known.
	At   time.Time
	From string
	// ByDesk says that an admin asks, and nobody on the sign-up page.
	ByDesk bool
}

// Refusal is why an address is not asked to confirm.
type Refusal string

// The refusals. Whoever asks on the sign-up page is told none of them.
const (
	// NotRefused: the letter goes out.
	NotRefused Refusal = ""
	// RefusedActive: the reader is on the list.
	RefusedActive Refusal = "active already"
	// RefusedBarred: something stands against the address that only somebody else
	// can lift.
	RefusedBarred Refusal = "must not be mailed"
	// RefusedLately: the address has had a confirmation letter within 24 hours, or
	// three within 30 days.
	RefusedLately Refusal = "asked lately"
)

// Ask is the rule of signing up: may a confirmation letter go to this address?
//
// A new address gets a row as Unconfirmed. A reader who has left or complained gets
// the letter and stays off the list until they confirm. Anybody may have asked, so
// nothing is overwritten in the row of a reader who is off the list, or who did not
// come by the sign-up page.
//
// No letter goes to an address that an admin suppressed, or to a hard bounce. If an
// admin asks, none goes to an address against which anything stands: only the reader
// can say that they want to be asked anew.
func (s Standing) Ask(q Asking) (Change, Refusal) {
	switch {
	case s.barredByOthers(), q.ByDesk && len(s.Suppressions) > 0:
		return Change{After: s}, RefusedBarred
	case s.Status == Active:
		return Change{After: s}, RefusedActive
	case s.askedLately(q.At):
		return Change{After: s}, RefusedLately
	}
	c := Change{After: s, Sent: Confirmation{SentAt: q.At, AskedFrom: q.From}, Changed: true}
	c.After.Confirmations = append(slices.Clone(s.Confirmations), c.Sent)
	r := &c.After
	switch s.Status {
	case "":
		c.Enter = true
		r.Status, r.Created, r.Provenance = Unconfirmed, q.At, Provenance{Source: FromSignUp}
		r.Preferences = Preferences{Evenings: EveryEvening, Variant: Designed}
	case Unconfirmed:
		c.Update = true
	default:
		return c, NotRefused
	}
	r.Invited = q.At
	if r.Provenance.Lapses() {
		r.Consent.AskedAt, r.Consent.AskedFrom = q.At, q.From
	}
	return c, NotRefused
}

// askedLately says whether the address has had as many letters as it may have.
func (s Standing) askedLately(now time.Time) bool {
	n := 0
	for _, c := range s.Confirmations {
		if c.SentAt.After(now.Add(-perDay)) {
			return true
		}
		if c.SentAt.After(now.Add(-KeepConfirmations)) {
			n++
		}
	}
	return n >= mostConfirmations
}

// Confirm is the rule of confirming, by the reader's own word from an IP address. It
// makes a reader active who is unconfirmed, has left or has complained, and lifts what
// the reader said before. ok is false if there is no row, if the reader is active, and
// if they are suppressed by somebody else's word.
//
// A reader who is off the list needs a link that was not used and is younger than
// ConfirmWithin. Links stay in mailboxes: one brings a reader back once, and does not
// undo a leaving that came after it.
func (s Standing) Confirm(from string, now time.Time) (c Change, ok bool) {
	link, open := s.openLink(now)
	switch {
	case s.Status == "" || s.Status == Active || s.barredByOthers():
		return Change{After: s}, false
	case s.Status.Off() && !open:
		return Change{After: s}, false
	}
	c = Change{After: s, Update: true, Lift: s.Suppressions, Void: s.unused(), Changed: true}
	r := &c.After
	r.Status, r.Reason, r.Suppressions, r.Confirmations = Active, "", nil, s.used()
	r.Confirmed, r.Invited, r.Left = now, time.Time{}, time.Time{}
	// The newest letter that the reader may have answered becomes the proof.
	if open {
		r.Consent.AskedAt, r.Consent.AskedFrom = link.SentAt, link.AskedFrom
	}
	r.Consent.ConfirmedAt, r.Consent.ConfirmedFrom = now, from
	return c, true
}

// openLink gives the newest confirmation whose link still works.
func (s Standing) openLink(now time.Time) (Confirmation, bool) {
	for _, c := range slices.Backward(s.Confirmations) {
		if !c.Used && c.SentAt.After(now.Add(-ConfirmWithin)) {
			return c, true
		}
	}
	return Confirmation{}, false
}
