package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
	"vesper/subscribers"
)

func tally(t testing.TB, s *Store) digest.Tally {
	t.Helper()
	all, err := s.Records(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("got %d editions, %v", len(all), err)
	}
	return all[0].Tally
}

func TestNobodyGetsAnEditionTwice(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	d := owed(t, s, mustOpen(t, s, 0).Number, evening)[0]
	intendAll(t, s, []digest.Delivery{d})
	if ok, err := s.Intend(t.Context(), d, evening); ok || err != nil {
		t.Errorf("intended twice: %v, %v", ok, err)
	}
	if n := len(owed(t, s, 1, evening.Add(time.Hour))); n != 0 {
		t.Errorf("%d are owed while the attempt goes on", n)
	}
	if err := s.Settle(t.Context(), d, accepted(evening)); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Intend(t.Context(), d, evening); ok || err != nil {
		t.Errorf("intended after it was sent: %v, %v", ok, err)
	}
	if err := s.Settle(t.Context(), d, digest.Settlement{Step: digest.Pending, At: evening, Due: evening}); err == nil {
		t.Error("a sent delivery became pending")
	}
	if n, err := s.Recover(t.Context(), digest.Range{}, false, evening); n != 0 || err != nil {
		t.Errorf("recovered %d, %v: nothing was under way", n, err)
	}
	execute(t, s, `INSERT OR IGNORE INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		VALUES (1, ?, 'designed', 'pending', 0, 0, 0)`, d.Subscriber)
	if got, want := tally(t, s), (digest.Tally{Opened: 1, Sent: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWhoLeavesInTheMiddleIsNotSentTo(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 3)
	ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
	if ok, err := s.Unsubscribe(t.Context(), readers[0].PublicID, evening); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := s.Remove(t.Context(), readers[1].Address, evening); !ok || err != nil {
		t.Fatal(ok, err)
	}
	// As if by another hand, which does not look at the ledger.
	execute(t, s, `UPDATE subscribers SET status = 'suppressed' WHERE id = ?`, readers[2].ID)
	for _, d := range ds {
		if ok, err := s.Intend(t.Context(), d, evening); ok || err != nil {
			t.Errorf("intended for %d: %v, %v", d.Subscriber, ok, err)
		}
	}
	for i, want := range []string{"unsubscribed", "erased", "suppressed"} {
		receipts, err := s.Deliveries(t.Context(), readers[i].ID)
		if diff := cmp.Diff([]Receipt{{Edition: opening(0).Edition.ID, Step: digest.Skipped, Reason: want, Variant: digest.Designed, At: evening}}, receipts); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
	if got, want := tally(t, s), (digest.Tally{Opened: 3, Skipped: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSweepSettlesWhoNeedsNoMessage(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 5)
	n := mustOpen(t, s, 0).Number
	ds := owed(t, s, n, evening)
	intendAll(t, s, ds[:2])
	later := evening.Add(30 * time.Minute)
	deferred := digest.Settlement{
		Step: digest.Pending, At: evening, Due: later, Counted: true,
		Outcome: digest.Outcome{Class: digest.Transient, Code: 451, Enhanced: "4.7.1", Reply: "come again"},
	}
	if err := s.Settle(t.Context(), ds[0], deferred); err != nil {
		t.Fatal(err)
	}
	execute(t, s, `UPDATE subscribers SET status = 'unconfirmed' WHERE id = ?`, readers[2].ID)
	execute(t, s, `DELETE FROM subscribers WHERE id = ?`, readers[3].ID)
	if got := owed(t, s, n, evening); len(got) != 1 || got[0].Subscriber != readers[4].ID {
		t.Errorf("owed %+v, want only the last", got)
	}
	sweep := func(now, gaveUp time.Time) time.Time {
		t.Helper()
		next, err := s.Sweep(t.Context(), whole(n), now, gaveUp)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	if next := sweep(evening, evening.Add(-6*time.Hour)); !next.Equal(evening) {
		t.Errorf("next due %v, want %v", next, evening)
	}
	if got, want := tally(t, s), (digest.Tally{Opened: 5, Skipped: 2, Pending: 2, Attempting: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	intendAll(t, s, ds[4:])
	if next := sweep(evening, time.Time{}); !next.Equal(later) {
		t.Errorf("next due %v, want %v", next, later)
	}
	want := digest.Delivery{}
	if got := owed(t, s, n, later); len(got) == 1 {
		want = ds[0]
		want.Attempts = 1
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Error(diff)
		}
	} else {
		t.Errorf("owed %+v, want the deferred one", got)
	}
	// First due at the very time before which we give up.
	if next := sweep(later, evening); !next.IsZero() {
		t.Errorf("next due %v, want none", next)
	}
	if got, want := tally(t, s), (digest.Tally{Opened: 5, Skipped: 2, Expired: 1, Attempting: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	failures, err := s.Failures(t.Context(), n, 10)
	if diff := cmp.Diff([]Failure{{
		Subscriber: readers[0].ID, Address: "reader1@news.example", Step: digest.Expired,
		Code: 451, Enhanced: "4.7.1", Reply: "come again", At: later,
	}}, failures); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestOwedGoesThroughTheRangeInOrder(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 7)
	n := mustOpen(t, s, 0).Number
	r := digest.Range{Edition: n, Low: readers[1].ID, High: readers[5].ID}
	var got []int64
	for after := int64(0); ; {
		ds, err := s.Owed(t.Context(), r, evening, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		for _, d := range ds {
			after = d.Subscriber
			got = append(got, after)
		}
	}
	if diff := cmp.Diff([]int64{readers[1].ID, readers[2].ID, readers[3].ID, readers[4].ID, readers[5].ID}, got); diff != "" {
		t.Error(diff)
	}
	if ds := owed(t, s, n, evening.Add(-time.Second)); len(ds) != 0 {
		t.Errorf("%d are owed before their time", len(ds))
	}
}

func TestARepeatIsTheSameMessage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openStore(t, path)
	if _, _, err := s.Add(t.Context(), subscribers.Subscriber{Address: address(t, "Ines@Bücher.example"), Status: subscribers.Active}, evening); err != nil {
		t.Fatal(err)
	}
	n := mustOpen(t, s, 0).Number
	before := owed(t, s, n, evening)
	ring, err := s.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	intendAll(t, s, before)
	execute(t, s, `UPDATE keys SET current = 0 WHERE purpose = 'link'`)
	execute(t, s, `INSERT INTO keys (id, purpose, secret, created_at, current) VALUES (4, 'link', randomblob(32), 0, 1)`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path)
	if _, err := s.Recover(t.Context(), digest.Range{}, false, evening); err != nil {
		t.Fatal(err)
	}
	after := owed(t, s, n, evening)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	d := after[0]
	if d.Address != "Ines@xn--bcher-kva.example" || !d.FirstDue.Equal(evening) || !d.Since.Equal(evening) {
		t.Errorf("got %+v", d)
	}
	reader, err := s.Subscriber(t.Context(), address(t, "ines@bücher.example"))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening); id != reader.PublicID || err != nil {
		t.Errorf("the link leads to %d, %v, want %d", id, err, reader.PublicID)
	}
	if id, edition, err := ring.ReturnPath(d.ReturnPath); id != reader.PublicID || edition != n || err != nil {
		t.Errorf("the return path leads to %d of %d, %v", id, edition, err)
	}
	second := owed(t, s, mustOpen(t, s, 1).Number, evening.AddDate(0, 0, 1))[0]
	if _, err := ring.Link(second.Unsubscribe, subscribers.ToUnsubscribe, evening); err == nil {
		t.Error("the next edition is still signed with the old key")
	}
	if ring, err = s.Keyring(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, d := range []digest.Delivery{d, second} {
		if id, err := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening); id != reader.PublicID || err != nil {
			t.Errorf("edition %d: the link leads to %d, %v", d.Edition, id, err)
		}
	}
}

func TestWhatWasUnderWayIsInDoubt(t *testing.T) {
	for _, c := range []struct {
		name string
		r    digest.Range
		hold bool
		n    int
		want digest.Tally
	}{
		{"resend", digest.Range{}, false, 3, digest.Tally{Opened: 4, Pending: 4, PossibleDuplicates: 3}},
		{"hold", digest.Range{}, true, 3, digest.Tally{Opened: 4, Pending: 1, Unknown: 3}},
		{"a range", digest.Range{Edition: 1, Low: 2, High: 9}, false, 2, digest.Tally{Opened: 4, Attempting: 1, Pending: 3, PossibleDuplicates: 2}},
		{"another edition", digest.Range{Edition: 2, Low: 1, High: 9}, false, 0, digest.Tally{Opened: 4, Attempting: 3, Pending: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			addReaders(t, s, 4)
			intendAll(t, s, owed(t, s, mustOpen(t, s, 0).Number, evening)[:3])
			n, err := s.Recover(t.Context(), c.r, c.hold, evening)
			if n != c.n || err != nil {
				t.Errorf("recovered %d, %v, want %d", n, err, c.n)
			}
			if got := tally(t, s); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAnIntentNamesItsOwner(t *testing.T) {
	s := newStore(t)
	s.Owner = "17@desk"
	addReaders(t, s, 1)
	ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
	intendAll(t, s, ds)
	leased := `SELECT count(*) FROM deliveries WHERE owner = '17@desk' AND lease_until = ?`
	if count(t, s, leased, evening.Add(lease).Unix()) != 1 {
		t.Error("the row has no owner or lease")
	}
	if err := s.Settle(t.Context(), ds[0], accepted(evening)); err != nil {
		t.Fatal(err)
	}
	if count(t, s, `SELECT count(*) FROM deliveries WHERE owner = '' AND lease_until IS NULL AND code = 250 AND reply = 'ok'`) != 1 {
		t.Error("the settled row kept its owner, or lost its reply")
	}
}

func TestTheEquationAlwaysHolds(t *testing.T) {
	folder, walks := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		walks++
		s := openStore(t, filepath.Join(folder, fmt.Sprintf("walk%d.db", walks)))
		defer s.Close()
		const size = 6
		readers := addReaders(t, s, size)
		n := mustOpen(t, s, 0).Number
		now := evening
		ends := []digest.Step{digest.Sent, digest.Failed, digest.Expired, digest.Unknown, digest.Pending}
		for range rapid.IntRange(1, 25).Draw(rt, "length") {
			i := rapid.IntRange(0, size-1).Draw(rt, "reader")
			d := digest.Delivery{Edition: n, Subscriber: readers[i].ID}
			now = now.Add(time.Second)
			var err error
			switch rapid.IntRange(0, 7).Draw(rt, "act") {
			case 0, 1:
				_, err = s.Intend(t.Context(), d, now)
			case 2, 3:
				// A row at its end refuses; that it does not change is what counts.
				_ = s.Settle(t.Context(), d, digest.Settlement{
					Step: rapid.SampledFrom(ends).Draw(rt, "end"), At: now,
					Due: now.Add(time.Second), Counted: rapid.Bool().Draw(rt, "counted"),
				})
			case 4:
				_, err = s.Unsubscribe(t.Context(), readers[i].PublicID, now)
			case 5:
				_, err = s.Remove(t.Context(), readers[i].Address, now)
			case 6:
				_, err = s.Recover(t.Context(), whole(n), rapid.Bool().Draw(rt, "hold"), now)
			case 7:
				_, err = s.Resolve(t.Context(), n, rapid.Bool().Draw(rt, "resend"), now)
			}
			if err != nil {
				rt.Fatal(err)
			}
			if got := tally(t, s); !got.Balanced() || got.Opened != size {
				rt.Fatalf("got %+v", got)
			}
		}
		if _, err := s.Recover(t.Context(), digest.Range{}, true, now); err != nil {
			rt.Fatal(err)
		}
		if _, err := s.Sweep(t.Context(), whole(n), now, now); err != nil {
			rt.Fatal(err)
		}
		if err := s.Mark(t.Context(), n, digest.Sending, "", now); err != nil {
			rt.Fatal(err)
		}
		if err := s.Mark(t.Context(), n, digest.Done, "", now); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestARelaysWordsAreKeptAsOneShortLine(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	d := owed(t, s, mustOpen(t, s, 0).Number, evening)[0]
	intendAll(t, s, []digest.Delivery{d})
	said := digest.Outcome{Class: digest.Permanent, Code: 550, Reply: "no\r\n\x1b[31mway\x00\xff" + strings.Repeat("ü", 600), QueueID: "4\tA"}
	if err := s.Settle(t.Context(), d, digest.Settlement{Step: digest.Failed, At: evening, Outcome: said}); err != nil {
		t.Fatal(err)
	}
	failures, err := s.Failures(t.Context(), 1, 1)
	if err != nil || len(failures) != 1 {
		t.Fatal(failures, err)
	}
	if got, want := failures[0].Reply, "no   [31mway \ufffd"+strings.Repeat("ü", 486); got != want || utf8.RuneCountInString(got) != longest {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := text(t, s, `SELECT queue_id FROM deliveries`); got != "4 A" {
		t.Errorf("got %q", got)
	}
}
