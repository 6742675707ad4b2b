package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// evening is the time of most promises: a slot's time.
var evening = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

func address(t testing.TB, s string) subscribers.Address {
	t.Helper()
	a, err := subscribers.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// addReader puts an active reader on the list.
func addReader(t testing.TB, s Store, a string) subscribers.Subscriber {
	t.Helper()
	one, isNew, err := s.List.Add(t.Context(), subscribers.Subscriber{
		Address: address(t, a), Status: subscribers.Active,
	}, evening.Add(-time.Hour))
	if err != nil || !isNew {
		t.Fatalf("add %s: %v, %v", a, isNew, err)
	}
	return one
}

// addReaders puts n active readers on the list: reader1@news.example …
func addReaders(t testing.TB, s Store, n int) []subscribers.Subscriber {
	t.Helper()
	all := make([]subscribers.Subscriber, 0, n)
	for i := range n {
		all = append(all, addReader(t, s, fmt.Sprintf("reader%d@news.example", i+1)))
	}
	return all
}

// removeReader takes a reader's row away.
func removeReader(t testing.TB, s Store, a subscribers.Address) {
	t.Helper()
	n, err := s.List.RemoveAll(t.Context(), slices.Values([]subscribers.Address{a}), evening)
	if n != 1 || err != nil {
		t.Fatalf("removed %d, %v", n, err)
	}
}

// Opening is an edition of day n of the evening slot, counted from 22 November 2026.
// What a store is tested for by itself begins with it too.
func Opening(n int) digest.Opening {
	at := evening.AddDate(0, 0, n)
	return digest.Opening{
		Edition: digest.Edition{
			ID:     digest.ID{Date: digest.DateOf(at), Slot: "evening", Sequence: 1},
			Title:  "Evening Edition",
			Window: digest.Window{From: at.Add(-24 * time.Hour), To: at},
			Articles: []digest.Article{
				{
					ID: fmt.Sprintf("harbour-%d", n), Headline: "The harbour reopens",
					URL: "https://news.example/harbour", Published: at.Add(-time.Hour),
				},
				{
					ID: fmt.Sprintf("ferry-%d", n), Headline: "A ferry for winter",
					QuickLooks: []string{"It runs hourly."}, Published: at.Add(-2 * time.Hour),
				},
			},
		},
		Messages: []digest.Message{
			{Variant: digest.Designed, Subject: "The harbour reopens", Bytes: []byte("Subject: x\r\n\r\ndesigned")},
			{Variant: digest.Plain, Subject: "The harbour reopens", Bytes: []byte("Subject: x\r\n\r\nplain")},
		},
		WebView: []byte("<p>The harbour reopens</p>"),
		At:      at,
		Until:   24 * time.Hour,
	}
}

// mustOpen opens the edition of day n and gives its number.
func mustOpen(t testing.TB, s Store, n int) uint32 {
	t.Helper()
	r, err := s.Book.OpenEdition(t.Context(), Opening(n))
	if err != nil {
		t.Fatal(err)
	}
	return r.Number
}

// begins begins a run and wants the edition in a state after it.
func begins(t testing.TB, s Store, number uint32, want digest.State) digest.Tallied {
	t.Helper()
	r, err := s.Book.Begin(t.Context(), number, evening)
	if err != nil || r.State != want {
		t.Fatalf("got %s (%q), %v, want %s", r.State, r.Reason, err, want)
	}
	return r
}

func closeEdition(t testing.TB, s Store, number uint32) {
	t.Helper()
	if err := s.Book.Close(t.Context(), number, evening); err != nil {
		t.Fatal(err)
	}
}

// tally gives the sums of the edition of day n.
func tally(t testing.TB, s Store, n int) digest.Tally {
	t.Helper()
	r, err := s.Book.Tallied(t.Context(), Opening(n).Edition.ID)
	if err != nil {
		t.Fatal(err)
	}
	return r.Tally
}

// wantTally wants these sums of the edition of day n.
func wantTally(t testing.TB, s Store, n int, want digest.Tally) {
	t.Helper()
	if got := tally(t, s, n); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func pause(t testing.TB, s Store, number uint32, kind digest.Pause, reason string) {
	t.Helper()
	if err := s.Book.Pause(t.Context(), number, kind, reason, evening); err != nil {
		t.Fatal(err)
	}
}

func resume(t testing.TB, s Store, number uint32, now time.Time) {
	t.Helper()
	if err := s.Book.Resume(t.Context(), number, 0, now); err != nil {
		t.Fatal(err)
	}
}

// verified wants nothing wrong with an edition.
func verified(t testing.TB, s Store, number uint32) {
	t.Helper()
	if faults, err := s.Book.Verify(t.Context(), number); len(faults) > 0 || err != nil {
		t.Errorf("edition %d: %v, %v", number, faults, err)
	}
}

func owed(t testing.TB, l Ledger, now time.Time) []digest.Delivery {
	t.Helper()
	ds, err := l.Owed(t.Context(), digest.Whole(), now, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func intend(t testing.TB, l Ledger, ds ...digest.Delivery) {
	t.Helper()
	for _, d := range ds {
		if ok, err := l.Intend(t.Context(), d, evening, nil); err != nil || !ok {
			t.Fatalf("intend %d: %v, %v", d.Key, ok, err)
		}
	}
}

func settle(t testing.TB, l Ledger, d digest.Delivery, s digest.Settlement) {
	t.Helper()
	if err := l.Settle(t.Context(), d, s); err != nil {
		t.Fatal(err)
	}
}

// sendOne brings one owed delivery to its end.
func sendOne(t testing.TB, l Ledger) {
	t.Helper()
	d := owed(t, l, evening)[0]
	intend(t, l, d)
	settle(t, l, d, accepted(evening))
}

// sweep gives what a sweep of the whole ledger finds.
func sweep(t testing.TB, l Ledger, s digest.Sweeping) digest.Swept {
	t.Helper()
	if s.Range == (digest.Range{}) {
		s.Range = digest.Whole()
	}
	swept, err := l.Sweep(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return swept
}

// cutShort takes over what is under way, which its own process left there.
func cutShort(t testing.TB, l Ledger, hold bool) int {
	t.Helper()
	return sweep(t, l, digest.Sweeping{Now: evening, Hold: hold}).Recovered
}

func accepted(at time.Time) digest.Settlement {
	return digest.Settlement{
		Step: digest.Sent, At: at, Outcome: digest.Outcome{Class: digest.Accepted, Code: 250, Reply: "ok"},
	}
}

func deferred(at, due time.Time, reply string) digest.Settlement {
	return digest.Settlement{
		Step: digest.Pending, At: at, Due: due, Counted: true,
		Outcome: digest.Outcome{Class: digest.Transient, Code: 451, Enhanced: "4.7.1", Reply: reply},
	}
}

func failed(at time.Time, reply string) digest.Settlement {
	return digest.Settlement{
		Step: digest.Failed, At: at,
		Outcome: digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1", Reply: reply},
	}
}
