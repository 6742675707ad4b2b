package main

import (
	"testing"
	"time"

	"vesper/digest"
)

// TestAWaveToComeIsNotLate: the last wave of six waits for eleven o'clock, and may take till
// three.
func TestAWaveToComeIsNotLate(t *testing.T) {
	six := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	at := func(hours time.Duration) time.Time { return six.Add(hours * time.Hour) }
	const owed = " owed edition 2026-11-22-evening beyond its time, which was over at 2026-11-2"
	for _, c := range []struct {
		now         time.Time
		first, last int
		next        time.Time
		late, waits string
	}{
		{at(4).Add(time.Minute), 0, 4, at(5), "", "the next wave is due at 2026-11-22 23:00"},
		{
			at(4).Add(time.Minute), 1, 4, at(4).Add(time.Hour / 2), "1 reader is" + owed + "2 22:00",
			"deferred by the relay until 22:30:00 UTC",
		},
		{at(8), 0, 4, six, "", ""},
		{at(9).Add(time.Minute), 0, 4, six, "4 readers are" + owed + "3 03:00", ""},
		{at(9).Add(time.Minute), 2, 4, six, "6 readers are" + owed + "2 22:00", ""},
	} {
		u := underWay{next: c.next, until: at(4), rate: 3}
		u.ID, u.State = digest.ID{Date: digest.DateOf(six), Slot: "evening", Sequence: 1}, digest.Sending
		u.OpenedAt, u.LastDueAt = six, at(5)
		u.Tally = digest.Tally{Opened: 13, Sent: 13 - c.first - c.last, Pending: c.first + c.last}
		u.inWaves([]digest.Wave{{Due: six, Readers: 9, Owed: c.first}, {Due: at(5), Readers: 4, Owed: c.last}}, c.now)
		s := &standing{at: c.now, zone: time.UTC, holder: &digest.HeldError{}}
		if late, waits := u.beyond(s), u.waits(s); late != c.late || waits != c.waits {
			t.Errorf("at %s: %q and %q", c.now, late, waits)
		}
		if left := u.leftText(); left != "" {
			t.Errorf("at %s: %q, and nobody knows that", c.now, left)
		}
	}
}
