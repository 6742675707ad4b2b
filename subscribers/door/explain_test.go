package door_test

import (
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/door"
)

func TestExplainSaysWhatIsTrue(t *testing.T) {
	opened := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	sunday := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 22}, Slot: "evening", Sequence: 1}
	reader := func(change func(*subscribers.Subscriber)) subscribers.Subscriber {
		r := subscribers.Subscriber{ID: 7, Status: subscribers.Active, Confirmed: opened.Add(-time.Hour)}
		change(&r)
		return r
	}
	as := func(s subscribers.Status, reason string) subscribers.Subscriber {
		return reader(func(r *subscribers.Subscriber) { r.Status, r.Reason = s, reason })
	}
	wants := func(p subscribers.Preferences) subscribers.Subscriber {
		return reader(func(r *subscribers.Subscriber) { r.Preferences = p })
	}
	plain := as(subscribers.Active, "")
	in := func(s digest.State) digest.Record {
		return digest.Record{ID: sunday, Number: 3, State: s, OpenedAt: opened, Reason: "the relay refuses us"}
	}
	row := func(s digest.Step) *digest.Receipt {
		return &digest.Receipt{
			Edition: sunday, Step: s, Variant: "designed", Code: 450, Reply: "4.2.0 not now",
			Due: opened.Add(time.Minute), At: opened,
		}
	}
	since := func(reason string, t time.Time) []subscribers.Suppression {
		return []subscribers.Suppression{{Reason: reason, Since: t}}
	}
	for name, c := range map[string]struct {
		evidence     door.Evidence
		answer, says string
	}{
		"not on the list": {door.Evidence{}, door.WillNotGet, "not on the list"},
		"gone, and must not come back": {
			door.Evidence{Suppressions: since(subscribers.HardBounce, opened)},
			door.WillNotGet, "not on the list, and must not be mailed: hard bounce since 2026-11-22T23:00:00Z",
		},
		"asked": {
			door.Evidence{Reader: reader(func(r *subscribers.Subscriber) {
				r.Status, r.Consent.AskedAt = subscribers.Unconfirmed, opened
			})},
			door.WillNotGet, "never confirmed: asked at 2026-11-22T23:00:00Z",
		},
		"asked, and it was opened": {
			door.Evidence{Reader: as(subscribers.Unconfirmed, ""), Record: in(digest.Done)},
			door.DidNotGet, "never confirmed",
		},
		"will": {door.Evidence{Reader: plain}, door.WillGet, "active since 2026-11-22T22:00:00Z"},
		"other evenings": {
			door.Evidence{Reader: wants(subscribers.Preferences{Evenings: subscribers.MondayToFriday})},
			door.WillNotGet, "wants monday-friday, and this is a Sunday",
		},
		"other slots": {
			door.Evidence{Reader: wants(subscribers.Preferences{Slots: []string{"morning"}})},
			door.WillNotGet, "wants the slots morning",
		},
		"paused": {
			door.Evidence{Reader: wants(subscribers.Preferences{PausedUntil: "2026-11-23"})},
			door.WillNotGet, "paused until 2026-11-23",
		},
		"paused when it was opened": {
			door.Evidence{Reader: wants(subscribers.Preferences{PausedUntil: "2026-11-23"}), Record: in(digest.Done)},
			door.DidNotGet, "paused until 2026-11-23 (the present choice)",
		},
		"gone, and opened": {
			door.Evidence{Record: in(digest.Done)},
			door.NotKnown,
			"what was sent to a deleted row has no name",
		},
		"not entered": {
			door.Evidence{Reader: plain, Record: in(digest.Sending)},
			door.DidNotGet,
			"not a recipient when it was opened",
		},
		"left": {door.Evidence{
			Reader:       as(subscribers.Unsubscribed, "by the reader"),
			Suppressions: since(subscribers.ByReader, opened),
		}, door.WillNotGet, "unsubscribed: unsubscribed since"},
		"left of old": {
			door.Evidence{Reader: as(subscribers.Unsubscribed, "by the reader")},
			door.WillNotGet,
			"unsubscribed: by the reader",
		},
		"empty": {
			door.Evidence{Reader: plain, Record: in(digest.Empty)},
			door.DidNotGet,
			"it was not printed: empty",
		},
		"sent": {
			door.Evidence{Reader: plain, Record: in(digest.Done), Delivery: row(digest.Sent)},
			door.Got, "the relay took it",
		},
		"failed": {
			door.Evidence{Reader: plain, Record: in(digest.Done), Delivery: row(digest.Failed)},
			door.DidNotGet, "the relay refused it at 2026-11-22T23:00:00Z: 450 4.2.0 not now",
		},
		"expired": {
			door.Evidence{Reader: plain, Record: in(digest.Done), Delivery: row(digest.Expired)},
			door.DidNotGet, "given up",
		},
		"skipped": {
			door.Evidence{Reader: plain, Record: in(digest.Done), Delivery: row(digest.Skipped)},
			door.DidNotGet, "skipped",
		},
		"unknown": {
			door.Evidence{Reader: plain, Record: in(digest.Done), Delivery: row(digest.Unknown)},
			door.MayHaveGot, "how the attempt ended is not known",
		},
		"attempting": {door.Evidence{
			Reader: plain, Record: in(digest.Sending),
			Delivery: row(digest.Attempting),
		}, door.WaitsFor, "in transit"},
		"pending": {
			door.Evidence{Reader: plain, Record: in(digest.Sending), Delivery: row(digest.Pending)},
			door.WaitsFor, "pending until 2026-11-22T23:01:00Z; the edition says: the relay refuses us",
		},
		"pending, held": {
			door.Evidence{Reader: plain, Record: in(digest.Paused), Delivery: row(digest.Pending)},
			door.WaitsFor, "the edition is paused: the relay refuses us",
		},
		"pending, left": {
			door.Evidence{
				Reader: as(subscribers.Suppressed, subscribers.Manual),
				Record: in(digest.Sending), Delivery: row(digest.Pending),
			},
			door.WaitsFor,
			"about to be skipped: suppressed: manual",
		},
		"left afterwards": {
			door.Evidence{Reader: as(subscribers.Unsubscribed, ""), Suppressions: since(subscribers.ByReader,
				opened.Add(time.Hour)), Record: in(digest.Done), Delivery: row(digest.Sent)},
			door.Got, "the relay took it",
		},
	} {
		c.evidence.Zone, c.evidence.Edition = time.UTC, sunday
		a := c.evidence.Answer()
		if a.Short != c.answer || !strings.Contains(a.Why, c.says) || a.Row == "" || strings.Contains(a.Why, "\n") {
			t.Errorf("%s: got %q: %s (%s), want %q: %s", name, a.Short, a.Why, a.Row, c.answer, c.says)
		}
	}
}
