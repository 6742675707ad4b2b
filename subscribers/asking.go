package subscribers

import (
	"slices"
	"time"
)

// KeepConfirmations is how long stores remember confirmation letters.
const KeepConfirmations = 30 * day

const day = 24 * time.Hour

// patience is how long an address is left alone after its first, second, and every
// later confirmation letter, whoever asks for the next one.
var patience = []time.Duration{day, 3 * day, 7 * day}

// Asking is somebody's wish that an address be asked to confirm.
type Asking struct {
	// At is now, From the IP address of whoever asks; "" is not known.
	At   time.Time
	From string
	// Form is the version of the form that was filled in; "" is none.
	Form string
	// ByDesk says that an admin asks, and nobody on the sign-up page.
	ByDesk bool
	// SignUp is the row of the inbox that the letter answers; 0 is none.
	SignUp int64
	// Once, if set, says that the address gets no other letter by this, ever. It is what
	// an admin's file says of the reader, which is kept once they confirm.
	Once *Subscriber
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
	// RefusedLately: the address, or another spelling of the same mailbox, has had
	// confirmation letters that were not answered, the last one not long enough ago.
	RefusedLately Refusal = "asked recently"
	// RefusedOnce: the address, or another spelling of the same mailbox, has had its one
	// letter, or another one within 30 days.
	RefusedOnce Refusal = "asked before"
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
func (s Facts) Ask(q Asking) (Change, Refusal) {
	switch {
	case s.barredByOthers(), q.ByDesk && len(s.Suppressions) > 0:
		return Change{After: s}, RefusedBarred
	case s.Status == Active:
		return Change{After: s}, RefusedActive
	case q.Once != nil && len(s.Confirmations)+len(s.Elsewhere) > 0:
		return Change{After: s}, RefusedOnce
	case s.askedLately(q.At):
		return Change{After: s}, RefusedLately
	}
	c := Change{After: s, Changed: true}
	c.Sent = Confirmation{SentAt: q.At, AskedFrom: q.From, Form: q.Form, Once: q.Once != nil}
	// An answered one of the same second gives way: stores tell them apart by their time.
	c.After.Confirmations = append(slices.DeleteFunc(slices.Clone(s.Confirmations), func(sent Confirmation) bool {
		return sent.SentAt.Unix() == q.At.Unix()
	}), c.Sent)
	r := &c.After
	switch s.Status {
	case "":
		c.Enter = true
		r.Status, r.Created, r.Provenance = Unconfirmed, q.At, Provenance{Source: FromSignUp}
		r.Preferences = Preferences{Evenings: EveryEvening, Variant: Designed}
		q.once(r)
	case Unconfirmed:
		c.Update = true
		if q.Once != nil {
			r.Provenance.Source = FromAsking
		}
	default:
		return c, NotRefused
	}
	r.Invited = q.At
	if r.Provenance.Source == FromSignUp {
		r.Consent.AskedAt, r.Consent.AskedFrom, r.Consent.Form = q.At, q.From, q.Form
	}
	return c, NotRefused
}

// once takes over what a file says of a reader who is asked by an admin.
func (q Asking) once(r *Facts) {
	if q.Once == nil {
		return
	}
	r.Name, r.Preferences, r.Consent.AskedAt = q.Once.Name, q.Once.Preferences, q.Once.Consent.AskedAt
	r.Provenance = q.Once.Provenance
	r.Provenance.Source = FromAsking
}

// askedLately says whether the mailbox has had as many letters as it may have. One
// that was answered does not count, nor does one from so far ahead that a clock was
// wrong.
func (s Facts) askedLately(now time.Time) bool {
	n, last := 0, time.Time{}
	for _, c := range slices.Concat(s.Confirmations, s.Elsewhere) {
		if c.Answered || !c.SentAt.After(now.Add(-KeepConfirmations)) || c.SentAt.After(now.Add(day)) {
			continue
		}
		n++
		if c.SentAt.After(last) {
			last = c.SentAt
		}
	}
	return n > 0 && last.Add(patience[min(n, len(patience))-1]).After(now)
}

// Confirm is the rule of confirming, by the reader's own word from an IP address. It
// makes a reader active who is unconfirmed, has left or has complained, and lifts what
// the reader said before. ok is false if there is no row, if the reader is active, and
// if they are suppressed by somebody else's word.
//
// A reader who is off the list needs a link that was not used and is younger than
// ConfirmWithin. Links stay in mailboxes: one brings a reader back once, and does not
// undo a leaving that came after it.
func (s Facts) Confirm(from string, now time.Time) (c Change, ok bool) {
	link, open := s.openLink(now)
	switch {
	case s.Status == "" || s.Status == Active || s.barredByOthers():
		return Change{After: s}, false
	case s.Status.Off() && !open:
		return Change{After: s}, false
	}
	c = Change{After: s, Update: true, Lift: s.Suppressions, Void: s.unused(), Changed: true}
	r := &c.After
	c.Answered = len(s.Confirmations) > 0
	r.Status, r.Reason, r.Suppressions, r.Confirmations = Active, "", nil, s.answered()
	r.Confirmed, r.Invited, r.Left = now, time.Time{}, time.Time{}
	// The newest letter that the reader may have answered becomes the proof.
	if open {
		r.Consent.AskedAt, r.Consent.AskedFrom, r.Consent.Form = link.SentAt, link.AskedFrom, link.Form
	}
	r.Consent.ConfirmedAt, r.Consent.ConfirmedFrom = now, from
	return c, true
}

// openLink gives the newest confirmation whose link still works.
func (s Facts) openLink(now time.Time) (Confirmation, bool) {
	for _, c := range slices.Backward(s.Confirmations) {
		if !c.Used && c.SentAt.After(now.Add(-ConfirmWithin)) {
			return c, true
		}
	}
	return Confirmation{}, false
}
