package subscribers

import (
	"errors"
	"fmt"
	"time"
)

// Row is a row of an import: a reader to add as Active or Unconfirmed or, where
// Suppressions are given, an address that must not be mailed.
type Row struct {
	// Line is where the row begins in its file, counted from 1; 0 is no file.
	Line int
	// Subscriber is what the row says. Its Suppressions are why the address must not
	// be mailed.
	Subscriber Subscriber
	// Keep enters also the row of a reader who must not be mailed, as Unsubscribed or
	// Suppressed and with all that the file has. Without it only the suppression is
	// kept. If something stood against the address before, the row is not entered: a
	// reader who was removed or erased here does not come back by an old file.
	Keep bool
}

// Reasons gives why the address must not be mailed, the gravest first. A reader to add
// has none.
func (r Row) Reasons() []string { return ByGravity(r.Subscriber.Suppressions) }

// Check refuses a row that no import may have. It does not look at the names of
// variants and time zones.
func (r Row) Check() error {
	s := r.Subscriber
	if s.Address == (Address{}) {
		return errors.New("the address is empty")
	}
	if len(s.Suppressions) == 0 {
		if s.Status != Active && s.Status != Unconfirmed {
			return fmt.Errorf("a reader can't be added as %q", s.Status)
		}
		return s.Preferences.Check()
	}
	var errs []error
	for _, reason := range s.Suppressions {
		errs = append(errs, CheckReason(reason))
	}
	if r.Keep {
		errs = append(errs, s.Preferences.Check())
	}
	return errors.Join(errs...)
}

// Outline is the part of the facts that decides what a row does to it. It is small,
// because a plan of an import remembers many.
type Outline struct {
	// Status is Suppressed if anything stands against the address, and "" if there is
	// neither that nor a row.
	Status Status
	// Asked and Consented say which proofs of consent there are.
	Asked, Consented bool
}

// Outline gives the outline of the facts. An unconfirmed reader against whom something
// stands counts as Suppressed: the row says only that somebody asked.
func (s Facts) Outline() Outline {
	o := Outline{s.Status, !s.Consent.AskedAt.IsZero(), !s.Consent.ConfirmedAt.IsZero()}
	return o.Barred(len(s.Suppressions) > 0)
}

// Open says whether it matters if something stands against the address. It does not
// for an active reader, who has nothing, and for one who is off the list anyway.
func (o Outline) Open() bool { return o.Status == "" || o.Status == Unconfirmed }

// Barred gives the outline once we know if something stands against the address.
func (o Outline) Barred(is bool) Outline {
	if is && o.Open() {
		o.Status = Suppressed
	}
	return o
}

// Effect is what a row of an import does.
type Effect int

// The effects.
const (
	// LeavesAlone: the reader is there, and nothing is new.
	LeavesAlone Effect = iota
	// Adds: a new reader.
	Adds
	// Changes: the reader was unconfirmed and is active now, or has a proof of
	// consent that was missing.
	Changes
	// KeepsOff: the address is left off the list, or taken off it.
	KeepsOff
)

// Effect says what the row does to a reader with this outline, and gives their outline
// after it. An import does not bring back a reader who has left or is suppressed. One
// who is there keeps what is known of them.
func (r Row) Effect(o Outline) (Effect, Outline) {
	s := r.Subscriber
	if len(s.Suppressions) > 0 || o.Status.Off() {
		return KeepsOff, Outline{Status: Suppressed}
	}
	then := Outline{o.Status, o.Asked || !s.Consent.AskedAt.IsZero(), o.Consented || !s.Consent.ConfirmedAt.IsZero()}
	if o.Status == "" || s.Status == Active {
		then.Status = s.Status
	}
	switch {
	case o.Status == "":
		return Adds, then
	case then == o:
		return LeavesAlone, o
	}
	return Changes, then
}

// Import is the rule of a row of an import. The row has passed Check.
func (s Facts) Import(row Row, now time.Time) (Change, Effect) {
	effect, _ := row.Effect(s.Outline())
	switch {
	case len(row.Subscriber.Suppressions) > 0:
		return s.keepOff(row, now), effect
	case effect == Adds:
		c := Change{After: s, Enter: true, Changed: true}
		c.After.Subscriber = row.newRow(now)
		return c, effect
	case effect == Changes:
		return s.gain(row, now), effect
	}
	return Change{After: s}, effect
}

// newRow gives the row of a new reader. Times that the file does not have are now. The
// store gives the IDs.
func (r Row) newRow(now time.Time) Subscriber {
	s := r.Subscriber
	s.ID, s.PublicID, s.Reason, s.Left, s.Suppressions = 0, 0, "", time.Time{}, nil
	s.Evenings = s.Evenings.Whole()
	s.Confirmed = r.confirmed(now)
	if s.Created.IsZero() {
		s.Created = now
	}
	if s.Variant == "" {
		s.Variant = Designed
	}
	if s.Provenance.Source == "" {
		s.Provenance.Source = FromAdmin
	}
	return s
}

// confirmed gives since when the row's reader counts as confirmed.
func (r Row) confirmed(now time.Time) time.Time {
	switch s := r.Subscriber; {
	case s.Status != Active || !s.Confirmed.IsZero():
		return s.Confirmed
	case !s.Consent.ConfirmedAt.IsZero():
		return s.Consent.ConfirmedAt
	}
	return now
}

// gain gives a reader what was missing: a confirmation, or a proof of consent.
func (s Facts) gain(row Row, now time.Time) Change {
	c := Change{After: s, Update: true, Changed: true}
	r, from := &c.After, row.Subscriber.Consent
	if row.Subscriber.Status == Active && s.Status == Unconfirmed {
		r.Status, r.Confirmed, r.Invited = Active, row.confirmed(now), time.Time{}
	}
	if r.Consent.AskedAt.IsZero() && !from.AskedAt.IsZero() {
		r.Consent.AskedAt, r.Consent.AskedFrom, r.Consent.Form = from.AskedAt, from.AskedFrom, from.Form
	}
	if r.Consent.ConfirmedAt.IsZero() && !from.ConfirmedAt.IsZero() {
		r.Consent.ConfirmedAt, r.Consent.ConfirmedFrom = from.ConfirmedAt, from.ConfirmedFrom
	}
	return c
}
