package subscribers

import (
	"slices"
	"time"
)

// leftByReader is the reason in the row of a reader who left.
const leftByReader = "by the reader"

// Leave is the rule of unsubscribing, by the reader's own word. To leave twice is as
// good as once, and without a row it does nothing. A reader who is suppressed leaves
// too: an admin who lifts the suppression must not bring them back.
func (s Facts) Leave(now time.Time) Change {
	if s.Status == "" {
		return Change{After: s}
	}
	c := s.bar([]string{ByReader}, Unsubscribed, now)
	if s.Status.Off() {
		c.nameGravest()
		return c
	}
	c.takeOff(Unsubscribed, leftByReader, now)
	return c
}

// UndoWithin is how long a reader may take back that they left by a page of ours.
const UndoWithin = 24 * time.Hour

// Return is the rule of taking back that a reader left, by their own word, at a certain time:
// they are on the list as they were, with all that they had chosen. It says no if they left
// at another time, if that is longer ago than UndoWithin, and if anybody has spoken against
// the address meanwhile.
func (s Facts) Return(left, now time.Time) (Change, bool) {
	alone := slices.Equal(s.Suppressions, []string{ByReader})
	if s.Status != Unsubscribed || s.Reason != leftByReader || !s.Left.Equal(left) || !alone ||
		now.Before(left) || !now.Before(left.Add(UndoWithin)) {
		return Change{After: s}, false
	}
	c := Change{After: s, Lift: s.Suppressions, Update: true, Changed: true}
	c.After.Suppressions, c.After.Reason = nil, ""
	c.After.comeBack()
	return c, true
}

// Suppress is the rule of somebody's word against an address, for one of Reasons. The
// address may have a row or not. The row names the gravest reason that stands, not the
// last one.
func (s Facts) Suppress(reason string, now time.Time) Change {
	c := s.bar([]string{reason}, Suppressed, now)
	switch {
	case s.Status == "":
	case len(c.Bar) == 0 && s.Status.Off():
		c.nameGravest()
	default:
		c.takeOff(Suppressed, Gravest(c.After.Suppressions), now)
	}
	return c
}

// Lift is the rule of an admin's word for an address: manual suppressions and hard
// bounces don't stand any more. If nothing stands then, a reader is active if they had
// confirmed, and else unconfirmed. Suppressions that After still has are lifted by
// the reader's own new confirmation alone.
func (s Facts) Lift() Change {
	c := Change{After: s}
	c.After.Suppressions = nil
	for _, r := range s.Suppressions {
		if Liftable(r) {
			c.Lift = append(c.Lift, r)
		} else {
			c.After.Suppressions = append(c.After.Suppressions, r)
		}
	}
	if c.Changed = len(c.Lift) > 0; !c.Changed || s.Status != Suppressed {
		return c
	}
	c.Update = true
	r := &c.After
	switch r.Reason = Gravest(r.Suppressions); r.Reason {
	case "":
		r.comeBack()
	case ByReader:
		r.Status = Unsubscribed
	}
	return c
}

// comeBack puts a reader back on the list as they were. One who signed up and has not
// confirmed still has to do so, within ConfirmWithin of the sign-up.
func (s *Facts) comeBack() {
	s.Left, s.Invited = time.Time{}, time.Time{}
	if !s.Confirmed.IsZero() {
		s.Status = Active
		return
	}
	if s.Status = Unconfirmed; s.Provenance.Lapses() {
		if s.Invited = s.Consent.AskedAt; s.Invited.IsZero() {
			s.Invited = s.Created
		}
	}
}

// bar is what every word against an address does. The reasons stand from now on, links
// on their way do nothing any more, and what waits for the reader is skipped.
func (s Facts) bar(reasons []string, word Status, now time.Time) Change {
	c := Change{After: s, Bar: s.newAgainst(reasons), Since: now, Void: s.unused()}
	c.After.Suppressions, c.After.Confirmations = s.with(reasons), s.used()
	if c.Changed = len(c.Bar) > 0; s.Status != "" {
		c.Skip = word
	}
	return c
}

// takeOff moves the reader's row off the list. Left is when they first went off it.
func (c *Change) takeOff(to Status, reason string, now time.Time) {
	r := &c.After
	if !r.Status.Off() || r.Left.IsZero() {
		r.Left = now
	}
	r.Status, r.Reason, r.Invited = to, reason, time.Time{}
	c.Update, c.Changed = true, true
}

// nameGravest makes the row of a suppressed reader name the gravest reason.
func (c *Change) nameGravest() {
	r := &c.After
	if gravest := Gravest(r.Suppressions); r.Status == Suppressed && r.Reason != gravest {
		r.Reason, c.Update = gravest, true
	}
}

// keepOff is the rule of an import row whose reader must not be mailed. A row that
// says what stands already changes nothing, so that a file can be imported twice. In
// that it differs from Suppress: a file only repeats what was said long ago.
func (s Facts) keepOff(row Row, now time.Time) Change {
	if row.Keep && s.Status == "" && len(s.Suppressions) == 0 {
		return s.enterOff(row, now)
	}
	c := s.bar(row.Reasons(), Suppressed, now)
	if len(c.Bar) == 0 {
		if s.Status == "" || s.Status.Off() {
			return Change{After: s}
		}
		c.Void, c.After.Confirmations = false, s.Confirmations
	}
	if s.Status != "" {
		c.takeOff(Suppressed, Gravest(c.After.Suppressions), now)
	}
	return c
}

// enterOff enters a reader who is off the list, as of the time when they left if the
// file has it.
func (s Facts) enterOff(row Row, now time.Time) Change {
	since := now
	if left := row.Subscriber.Left; !left.IsZero() && left.Before(now) {
		since = left
	}
	c := s.bar(row.Reasons(), Suppressed, since)
	c.Enter, c.After.Subscriber = true, row.newRow(now)
	r := &c.After.Subscriber
	r.Confirmed, r.Left, r.Suppressions = row.Subscriber.Confirmed, row.Subscriber.Left, row.Reasons()
	if r.Left.IsZero() {
		r.Left = since
	}
	switch r.Reason = row.Subscriber.Reason; {
	case r.Status != Unsubscribed:
		r.Status, r.Reason = Suppressed, r.Suppressions[0]
	case r.Reason == "":
		r.Reason = leftByReader
	}
	return c
}
