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
	// Keep enters also the row of an address that must not be mailed, as
	// Unsubscribed or Suppressed with all that is known of its reader. Otherwise
	// nothing is kept of it but the suppression. It is not entered where something
	// stood against the address before: whoever was removed or erased here does
	// not come back by an old file.
	Keep bool
}

// Reasons gives why the address must not be mailed, the gravest first; none for a
// reader to add.
func (r Row) Reasons() []string { return ByGravity(r.Subscriber.Suppressions) }

// Check refuses a row that no import may have. The names of variants and time
// zones are not looked at.
func (r Row) Check() error {
	s := r.Subscriber
	if s.Address == (Address{}) {
		return errors.New("the address is empty")
	}
	if len(s.Suppressions) == 0 {
		if s.Status != Active && s.Status != Unconfirmed {
			return fmt.Errorf("nobody is added as %q", s.Status)
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

// Outline is as much of a standing as decides what a row does to it. It is small:
// a plan of an import remembers many.
type Outline struct {
	// Status is Suppressed where anything stands against the address, and "" where
	// there is neither that nor a row.
	Status Status
	// Asked and Consented say which proofs of consent there are.
	Asked, Consented bool
}

// Outline gives the standing's. A reader who is unconfirmed and against whom
// something stands counts as Suppressed: that the row is there says only that
// somebody asked.
func (s Standing) Outline() Outline {
	o := Outline{s.Status, !s.Consent.AskedAt.IsZero(), !s.Consent.ConfirmedAt.IsZero()}
	return o.Barred(len(s.Suppressions) > 0)
}

// Open says whether the outline may still change by what stands against the
// address: an active reader has nothing, and one who is off the list is so anyway.
func (o Outline) Open() bool { return o.Status == "" || o.Status == Unconfirmed }

// Barred gives the outline of the same reader, something standing against the
// address or not.
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

// Effect says what the row does to a reader of whom this is known, and gives what
// is known after it. Who has left or is suppressed is not brought back by an
// import. A reader who is there keeps what is known.
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

// Import is the rule of a row of an import, which Check has passed.
func (s Standing) Import(row Row, now time.Time) (Change, Effect) {
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

// newRow gives the row of a new reader, as of now where the file does not say
// when. IDs are the store's to give.
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

// gain gives a reader what they lacked: a confirmation, or a proof of consent.
func (s Standing) gain(row Row, now time.Time) Change {
	c := Change{After: s, Update: true, Changed: true}
	r, from := &c.After, row.Subscriber.Consent
	if row.Subscriber.Status == Active && s.Status == Unconfirmed {
		r.Status, r.Confirmed, r.Invited = Active, row.confirmed(now), time.Time{}
	}
	if r.Consent.AskedAt.IsZero() && !from.AskedAt.IsZero() {
		r.Consent.AskedAt, r.Consent.AskedFrom = from.AskedAt, from.AskedFrom
	}
	if r.Consent.ConfirmedAt.IsZero() && !from.ConfirmedAt.IsZero() {
		r.Consent.ConfirmedAt, r.Consent.ConfirmedFrom = from.ConfirmedAt, from.ConfirmedFrom
	}
	return c
}
