package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func owedGoesThroughTheRangeInOrder(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 7)
	l := s.Ledger(mustOpen(t, s, 0))
	r := digest.Range{Low: readers[1].ID, High: readers[5].ID}
	var got []int64
	var after *digest.Delivery
	for {
		ds, err := l.Owed(t.Context(), r, evening, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		for _, d := range ds {
			got = append(got, d.Key)
		}
		after = &ds[len(ds)-1]
	}
	var want []int64
	for _, one := range readers[1:6] {
		want = append(want, one.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if ds := owed(t, l, evening.Add(-time.Second)); len(ds) != 0 {
		t.Errorf("%d are owed before their time", len(ds))
	}
	if _, err := s.Ledger(99).Owed(t.Context(), r, evening, nil, 2); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("an edition that is not there: got %v, want ErrNotFound", err)
	}
}

func theLongestDueComesFirst(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 6)
	l := s.Ledger(mustOpen(t, s, 0))
	waits := []time.Duration{30, 10, 20, 10, 40, 30}
	for i, d := range owed(t, l, evening) {
		intend(t, l, d)
		settle(t, l, d, deferred(evening, evening.Add(waits[i]*time.Minute), "later"))
	}
	// With every size of a page, nobody is left out and nobody comes twice.
	for limit := 1; limit <= 7; limit++ {
		var got []int64
		var after *digest.Delivery
		for {
			ds, err := l.Owed(t.Context(), digest.Whole(), evening.Add(30*time.Minute), after, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(ds) == 0 {
				break
			}
			for _, d := range ds {
				if want := evening.Add(waits[d.Key-1] * time.Minute); !d.Due.Equal(want) {
					t.Errorf("row %d is due %v, want %v", d.Key, d.Due, want)
				}
				got = append(got, d.Key)
			}
			after = &ds[len(ds)-1]
		}
		if diff := cmp.Diff([]int64{2, 4, 3, 1, 6}, got); diff != "" {
			t.Errorf("%d at a time: %s", limit, diff)
		}
	}
}

func suspectsComeBehindTheOthers(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 6)
	l := s.Ledger(mustOpen(t, s, 0))
	for i, d := range owed(t, l, evening) {
		switch i {
		case 0, 2:
			intend(t, l, d)
			settle(t, l, d, suspected(d, digest.OfConnection))
		case 1:
			// It is told late, when the row is nobody's.
			settle(t, l, d, suspected(d, digest.OfAddress))
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, Options{}).Ledger(1)
	for limit := 1; limit <= 7; limit++ {
		if diff := cmp.Diff([]int64{4, 5, 6, 1, 2, 3}, inPages(t, l, evening, limit)); diff != "" {
			t.Errorf("%d at a time: %s", limit, diff)
		}
	}
	ds := owed(t, l, evening)
	for i, want := range []digest.Suspect{"", "", "", digest.OfConnection, digest.OfAddress, digest.OfConnection} {
		if ds[i].Suspect != want {
			t.Errorf("row %d is suspected of %q, want %q", ds[i].Key, ds[i].Suspect, want)
		}
	}
	// Where another has settled the row meanwhile, a late suspicion changes nothing.
	intend(t, l, ds[0])
	settle(t, l, ds[0], accepted(evening))
	if err := l.Settle(t.Context(), ds[0], suspected(ds[0], digest.OfConnection)); !errors.Is(err, digest.ErrTaken) {
		t.Errorf("a row at its end: got %v, want ErrTaken", err)
	}
	// An answer clears it.
	intend(t, l, ds[3])
	settle(t, l, ds[3], deferred(evening, evening, "later"))
	if diff := cmp.Diff([]int64{1, 5, 6, 2, 3}, inPages(t, l, evening, 9)); diff != "" {
		t.Error(diff)
	}
}

func whoWasRefusedFailsAtTheEnd(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 4)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	for i, of := range []digest.Suspect{digest.OfAddress, digest.OfOurs, digest.OfMessage, digest.OfConnection} {
		d := owed(t, l, evening)[0]
		refusal := suspected(d, of)
		refusal.Outcome = digest.Outcome{Class: digest.Permanent, Code: 550 + i, Enhanced: "5.1.1", Reply: "no such user"}
		intend(t, l, d)
		settle(t, l, d, refusal)
	}
	later := evening.Add(6 * time.Hour)
	if swept := sweep(t, l, digest.Sweeping{Now: later, TooOld: evening}); !swept.Next.IsZero() || swept.TooOld != 1 {
		t.Errorf("got %+v, want one too old and none due", swept)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 4, Failed: 3, Expired: 1})
	failures, err := s.Book.Failures(t.Context(), n, 10)
	if err != nil || len(failures) != 4 {
		t.Fatalf("got %+v, %v", failures, err)
	}
	for _, f := range failures {
		if f.Step == digest.Failed && (f.Reply != "no such user" || f.Enhanced != "5.1.1" || f.Code < 550 || f.Code > 552) {
			t.Errorf("a reader failed with %d %s %q", f.Code, f.Enhanced, f.Reply)
		}
	}
}

func readersWhoWereSentToLatelyAreKnown(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 4)
	known := func(want ...int64) {
		t.Helper()
		ds, err := s.Book.Taken(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, d := range ds {
			if got = append(got, d.Key); d.Address == "" || d.ReturnPath == "" {
				t.Errorf("reader %d can't be asked for: %+v", d.Key, d)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	known()
	l := s.Ledger(mustOpen(t, s, 0))
	for i, d := range owed(t, l, evening) {
		intend(t, l, d)
		if i != 1 {
			settle(t, l, d, accepted(evening))
		}
	}
	known(readers[0].ID, readers[2].ID, readers[3].ID)
	// The next edition has been sent to nobody yet; who has left is not asked for.
	mustOpen(t, s, 1)
	if _, err := s.List.Unsubscribe(t.Context(), uint64(readers[2].PublicID), evening); err != nil {
		t.Fatal(err)
	}
	known(readers[0].ID, readers[3].ID)
}

// suspected gives a row back under suspicion.
func suspected(d digest.Delivery, of digest.Suspect) digest.Settlement {
	return digest.Settlement{Step: digest.Pending, At: d.Due, Due: d.Due, Suspect: of}
}

// inPages gives the keys of all that is due at a time, so many at a time.
func inPages(t *testing.T, l Ledger, now time.Time, limit int) (keys []int64) {
	t.Helper()
	var after *digest.Delivery
	for {
		ds, err := l.Owed(t.Context(), digest.Whole(), now, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) == 0 {
			return keys
		}
		for _, d := range ds {
			keys = append(keys, d.Key)
		}
		after = &ds[len(ds)-1]
	}
}

func aRepeatIsTheSameMessage(t *testing.T, open Open) {
	s := open(t, Options{})
	addReader(t, s, "Ines@Bücher.example")
	n := mustOpen(t, s, 0)
	before := owed(t, s.Ledger(n), evening)
	ring, err := s.List.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	intend(t, s.Ledger(n), before...)
	if _, err := s.List.Rotate(t.Context(), evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{})
	l := s.Ledger(n)
	later := evening.Add(before[0].Lease)
	if n := sweep(t, l, digest.Sweeping{Now: later}).Recovered; n != 1 {
		t.Fatalf("recovered %d, want 1", n)
	}
	after := owed(t, l, later)
	before[0].Doubts, before[0].Due = 1, later
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	d := after[0]
	since := evening.Add(-time.Hour)
	if d.Address != "Ines@xn--bcher-kva.example" || !d.FirstDue.Equal(evening) || !d.Since.Equal(since) {
		t.Errorf("got %+v", d)
	}
	reader, err := s.List.Subscriber(t.Context(), address(t, "ines@bücher.example"))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening); id != reader.PublicID || err != nil {
		t.Errorf("the link leads to %d, %v, want %d", id, err, reader.PublicID)
	}
	if id, edition, err := ring.ReturnPath(d.ReturnPath); id != reader.PublicID || edition != n || err != nil {
		t.Errorf("the return path leads to %d of %d, %v", id, edition, err)
	}
	second := owed(t, s.Ledger(mustOpen(t, s, 1)), evening.AddDate(0, 0, 1))[0]
	if second.MessageID == d.MessageID {
		t.Error("two editions have the same Message-ID")
	}
	if _, err := ring.Link(second.Unsubscribe, subscribers.ToUnsubscribe, evening); err == nil {
		t.Error("the next edition is still signed with the old key")
	}
	if ring, err = s.List.Keyring(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, d := range []digest.Delivery{d, second} {
		id, err := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening)
		if id != reader.PublicID || err != nil {
			t.Errorf("edition %d: the link leads to %d, %v", i+1, id, err)
		}
	}
}

func aRelaysWordsAreKeptAsOneShortLine(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 1)
	l := s.Ledger(mustOpen(t, s, 0))
	d := owed(t, l, evening)[0]
	intend(t, l, d)
	said := digest.Outcome{
		Class: digest.Permanent, Code: 550, QueueID: "4\tA",
		Reply: "no\r\n\x1b[31mway\x00\xff" + strings.Repeat("ü", 600),
	}
	settle(t, l, d, digest.Settlement{Step: digest.Failed, At: evening, Outcome: said})
	failures, err := s.Book.Failures(t.Context(), 1, 1)
	if err != nil || len(failures) != 1 {
		t.Fatal(failures, err)
	}
	want := "no   [31mway \ufffd" + strings.Repeat("ü", 486)
	if got := failures[0].Reply; got != want || utf8.RuneCountInString(got) != 500 {
		t.Errorf("got %q, want %q", got, want)
	}
	r, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, readers[0].ID)
	if r.QueueID != "4 A" || r.Reply != want || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}
