package sqlite

import (
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Many who are removed together are so as each would be alone.
func TestManyAreRemovedAsOneIs(t *testing.T) {
	s := newStore(t)
	if _, err := s.EnrolAll(t.Context(), manyReaders(t, chunk+20), evening); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, s, 0)
	var all []subscribers.Address
	for r, err := range s.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Address)
	}
	stays, gone := all[:10], append(all[10:], address(t, "nobody@quay.example"))
	for _, a := range []subscribers.Address{stays[0], gone[0], gone[len(gone)-2]} {
		mustPost(t, s, digest.Welcome, a.Mailbox())
	}
	commits := s.Stats().Commits
	for i := range 2 {
		want := (1 - i) * (chunk + 10)
		if n, err := s.RemoveAll(t.Context(), slices.Values(gone), evening); n != want || err != nil {
			t.Errorf("removed %d, %v, want %d", n, err, want)
		}
	}
	if n := s.Stats().Commits - commits; n != 4 {
		t.Errorf("it took %d transactions, want 2 each time", n)
	}
	r, err := s.Record(t.Context(), opening(0).Edition.ID)
	if want := (digest.Tally{Opened: chunk + 20, Skipped: chunk + 10, Pending: 10}); r.Tally != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", r.Tally, err, want)
	}
	if letters := owedLetters(t, s, evening); len(letters) != 1 || letters[0].Address != stays[0].Mailbox() {
		t.Errorf("%d letters wait, want one to %s", len(letters), stays[0])
	}
}

func BenchmarkRemoving40000(b *testing.B) {
	s := newStore(b)
	if _, err := s.EnrolAll(b.Context(), manyReaders(b, 40_000), evening); err != nil {
		b.Fatal(err)
	}
	mustOpen(b, s, 0)
	var all []subscribers.Address
	for r := range s.Subscribers(b.Context()) {
		all = append(all, r.Address)
	}
	began := time.Now()
	if n, err := s.RemoveAll(b.Context(), slices.Values(all), evening); n != 40_000 || err != nil {
		b.Fatal(n, err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s/40000")
}
