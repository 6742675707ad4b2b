package main

import (
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
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
	row := func(s digest.Step) *sqlite.Receipt {
		return &sqlite.Receipt{Edition: sunday, Step: s, Variant: "designed", Code: 450, Reply: "4.2.0 not now", Due: opened.Add(time.Minute), At: opened}
	}
	since := func(reason string, t time.Time) []sqlite.Suppression {
		return []sqlite.Suppression{{Reason: reason, Since: t}}
	}
	for name, c := range map[string]struct {
		evidence     evidenceOf
		answer, says string
	}{
		"not on the list": {evidenceOf{}, willNotGet, "not on the list"},
		"gone, and must not come back": {
			evidenceOf{suppressions: since(subscribers.HardBounce, opened)},
			willNotGet, "not on the list, and must not be mailed: hard bounce since 2026-11-22T23:00:00Z",
		},
		"asked": {
			evidenceOf{reader: reader(func(r *subscribers.Subscriber) {
				r.Status, r.Consent.AskedAt = subscribers.Unconfirmed, opened
			})},
			willNotGet, "never confirmed: asked at 2026-11-22T23:00:00Z",
		},
		"asked, and it was opened": {evidenceOf{reader: as(subscribers.Unconfirmed, ""), edition: in(digest.Done)}, didNotGet, "never confirmed"},
		"will":                     {evidenceOf{reader: plain}, willGet, "active since 2026-11-22T22:00:00Z"},
		"other evenings":           {evidenceOf{reader: wants(subscribers.Preferences{Evenings: subscribers.MondayToFriday})}, willNotGet, "wants monday-friday, and this is a Sunday"},
		"other slots":              {evidenceOf{reader: wants(subscribers.Preferences{Slots: []string{"morning"}})}, willNotGet, "wants the slots morning"},
		"paused":                   {evidenceOf{reader: wants(subscribers.Preferences{PausedUntil: "2026-11-23"})}, willNotGet, "paused until 2026-11-23"},
		"paused when it was opened": {
			evidenceOf{reader: wants(subscribers.Preferences{PausedUntil: "2026-11-23"}), edition: in(digest.Done)},
			didNotGet, "paused until 2026-11-23, by what is chosen now",
		},
		"gone, and opened": {evidenceOf{edition: in(digest.Done)}, notKnown, "what was sent to a row that is gone has no name"},
		"not entered":      {evidenceOf{reader: plain, edition: in(digest.Sending)}, didNotGet, "not entered when it was opened"},
		"left":             {evidenceOf{reader: as(subscribers.Unsubscribed, "by the reader"), suppressions: since(subscribers.ByReader, opened)}, willNotGet, "unsubscribed: unsubscribed since"},
		"left of old":      {evidenceOf{reader: as(subscribers.Unsubscribed, "by the reader")}, willNotGet, "unsubscribed: by the reader"},
		"empty":            {evidenceOf{reader: plain, edition: in(digest.Empty)}, didNotGet, "it was not printed: empty"},
		"sent":             {evidenceOf{reader: plain, edition: in(digest.Done), delivery: row(digest.Sent)}, hasGot, "the relay took it"},
		"failed":           {evidenceOf{reader: plain, edition: in(digest.Done), delivery: row(digest.Failed)}, didNotGet, "the relay refused it at 2026-11-22T23:00:00Z: 450 4.2.0 not now"},
		"expired":          {evidenceOf{reader: plain, edition: in(digest.Done), delivery: row(digest.Expired)}, didNotGet, "given up"},
		"skipped":          {evidenceOf{reader: plain, edition: in(digest.Done), delivery: row(digest.Skipped)}, didNotGet, "skipped"},
		"unknown":          {evidenceOf{reader: plain, edition: in(digest.Done), delivery: row(digest.Unknown)}, mayHaveGot, "nobody saw the end"},
		"attempting":       {evidenceOf{reader: plain, edition: in(digest.Sending), delivery: row(digest.Attempting)}, waitsFor, "on the wire"},
		"pending":          {evidenceOf{reader: plain, edition: in(digest.Sending), delivery: row(digest.Pending)}, waitsFor, "pending until 2026-11-22T23:01:00Z"},
		"pending, held":    {evidenceOf{reader: plain, edition: in(digest.Paused), delivery: row(digest.Pending)}, waitsFor, "the edition is paused: the relay refuses us"},
		"pending, left":    {evidenceOf{reader: as(subscribers.Suppressed, subscribers.Manual), edition: in(digest.Sending), delivery: row(digest.Pending)}, waitsFor, "about to be skipped: suppressed: manual"},
		"left afterwards": {
			evidenceOf{reader: as(subscribers.Unsubscribed, ""), suppressions: since(subscribers.ByReader, opened.Add(time.Hour)), edition: in(digest.Done), delivery: row(digest.Sent)},
			hasGot, "the relay took it",
		},
	} {
		c.evidence.house, c.evidence.id = &house{zone: time.UTC}, sunday
		v := c.evidence.verdict()
		if v.answer != c.answer || !strings.Contains(v.why, c.says) || v.behind == "" || strings.Contains(v.why, "\n") {
			t.Errorf("%s: got %q: %s (%s), want %q: %s", name, v.answer, v.why, v.behind, c.answer, c.says)
		}
	}
}
