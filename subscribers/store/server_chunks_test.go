//go:build unix

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// byTwos opens a new database on a server, with chunks of two readers.
func byTwos(t testing.TB) *File { return openServerAt(t, pgtest.New(t), Options{Chunk: 2}) }

// onlyOwed reads as much of an edition as there is room for.
func onlyOwed(t testing.TB, s *File, number uint32, room int) []digest.Delivery {
	t.Helper()
	ds, err := s.Ledger(number).Owed(t.Context(), digest.Whole(), evening, nil, room)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// counts gives how many deliveries there are, and how many chunks that are not entered.
func counts(t testing.TB, s *File) (rows, waiting int) {
	t.Helper()
	if err := s.read.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM deliveries),
		(SELECT count(*) FROM chunks WHERE entered_at IS NULL)`).Scan(&rows, &waiting); err != nil {
		t.Fatal(err)
	}
	return rows, waiting
}

func rowsAre(t testing.TB, s *File, rows, waiting int) {
	t.Helper()
	if r, w := counts(t, s); r != rows || w != waiting {
		t.Errorf("there are %d deliveries and %d chunks wait, want %d and %d", r, w, rows, waiting)
	}
}

// addsUp wants these sums of the first edition, and nothing that does not hold.
func addsUp(t testing.TB, s *File, number uint32, want digest.Tally) {
	t.Helper()
	got, err := s.Book().Tallied(t.Context(), opening(0).Edition.ID)
	if err != nil || got.Tally != want {
		t.Errorf("got %+v, %v, want %+v", got.Tally, err, want)
	}
	if faults, err := s.Book().Verify(t.Context(), number); len(faults) > 0 || err != nil {
		t.Errorf("%q, %v", faults, err)
	}
}

// change runs SQL that the program itself never does.
func change(t testing.TB, s *File, statement string, args ...any) {
	t.Helper()
	if _, err := s.server.pool.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// An edition is opened without a delivery, and each reader is told of it all the same. Then
// chunks are entered as far as who sends has come.
func TestReadersAreEnteredAsTheSendingGoes(t *testing.T) {
	s := byTwos(t)
	readers := addReaders(t, s, 5)
	n := mustOpen(t, s, 0).Number
	rowsAre(t, s, 0, 3)
	addsUp(t, s, n, digest.Tally{Opened: 5, Pending: 5})
	r, err := s.Book().Receipt(t.Context(), opening(0).Edition.ID, readers[4].ID)
	if err != nil || r.Step != digest.Pending || !r.Due.Equal(evening) || r.Variant != digest.Designed {
		t.Errorf("got %+v, %v", r, err)
	}
	change(t, s, `INSERT INTO reports (door, key, kind, proof, subscriber, edition, address, at, class, cause, rule,
		status,
		code, diagnostic, state) VALUES ('d', 'k', 'reply', 'admin', $1, $2, '', 1, 'count', '', '', '', 0, '', 'new')`,
		readers[4].ID, n)
	if sums, err := s.List().ReportSums(t.Context(), n); sums.Bounced != 0 || err != nil {
		t.Errorf("what was not sent came back: %+v, %v", sums, err)
	}
	if all, err := s.Book().ByDomain(t.Context(), n); len(all) != 1 || all[0].Tally.Pending != 5 || err != nil {
		t.Errorf("got %+v, %v", all, err)
	}
	if all, err := s.Book().Unfinished(t.Context()); len(all) != 1 || !all[0].Next.Equal(evening) || err != nil {
		t.Errorf("got %+v, %v", all, err)
	}
	if len(onlyOwed(t, s, n, 1)) != 1 {
		t.Error("nobody is owed")
	}
	rowsAre(t, s, 2, 2)
	addsUp(t, s, n, digest.Tally{Opened: 5, Pending: 5})
	swept, err := s.Ledger(n).Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: evening})
	if err != nil || !swept.Next.Equal(evening) {
		t.Errorf("got %+v, %v", swept, err)
	}
	if all := onlyOwed(t, s, n, 100); len(all) != 5 || !slices.IsSortedFunc(all, byKey) {
		t.Errorf("got %v", all)
	}
	rowsAre(t, s, 5, 0)
	addsUp(t, s, n, digest.Tally{Opened: 5, Pending: 5})
}

func byKey(a, b digest.Delivery) int { return int(a.Key - b.Key) }

// Whoever leaves before they are entered is skipped at once, and never sent to. So is whoever
// is gone without a word to the ledger, once the chunk is entered.
func TestWhoLeavesBeforeTheyAreEnteredIsNotSentTo(t *testing.T) {
	s := byTwos(t)
	readers := addReaders(t, s, 7)
	n := mustOpen(t, s, 0).Number
	for range 2 {
		if _, err := s.List().Unsubscribe(t.Context(), readers[1].PublicID, evening); err != nil {
			t.Fatal(err)
		}
	}
	addsUp(t, s, n, digest.Tally{Opened: 7, Skipped: 1, Pending: 6})
	removeReader(t, s, readers[2].Address)
	addsUp(t, s, n, digest.Tally{Opened: 7, Skipped: 2, Pending: 5})
	rowsAre(t, s, 2, 4)
	if _, err := s.List().Return(t.Context(), readers[1].PublicID, evening, evening); err != nil {
		t.Fatal(err)
	}
	change(t, s, `UPDATE subscribers SET status = 'suppressed' WHERE id = $1`, readers[4].ID)
	change(t, s, `DELETE FROM subscribers WHERE id = $1`, readers[6].ID)
	addsUp(t, s, n, digest.Tally{Opened: 7, Skipped: 2, Pending: 5})
	got := onlyOwed(t, s, n, 100)
	if want := []int64{readers[0].ID, readers[3].ID, readers[5].ID}; !slices.EqualFunc(got, want,
		func(d digest.Delivery, id int64) bool { return d.Key == id }) {
		t.Errorf("owed to %v, want %v", got, want)
	}
	addsUp(t, s, n, digest.Tally{Opened: 7, Skipped: 4, Pending: 3})
	for i, want := range map[int]string{1: "unsubscribed", 2: "erased", 4: "suppressed", 6: "erased"} {
		r, err := s.Book().Receipt(t.Context(), opening(0).Edition.ID, readers[i].ID)
		if err != nil || r.Step != digest.Skipped || r.Reason != want {
			t.Errorf("reader %d: got %+v, %v, want %s", i, r, err, want)
		}
	}
}

// To enter a chunk twice, from wherever, is harmless.
func TestAChunkIsEnteredOnce(t *testing.T) {
	s := byTwos(t)
	addReaders(t, s, 9)
	n := mustOpen(t, s, 0).Number
	if err := s.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		return errors.Join(enterChunk(ctx, c, n, 1, evening), enterChunk(ctx, c, n, 1, evening))
	}); err != nil {
		t.Fatal(err)
	}
	rowsAre(t, s, 2, 4)
	ended := make(chan error)
	for range 4 {
		go func() {
			_, err := s.Ledger(n).Owed(t.Context(), digest.Whole(), evening, nil, 100)
			ended <- err
		}()
	}
	for range 4 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	rowsAre(t, s, 9, 0)
	addsUp(t, s, n, digest.Tally{Opened: 9, Pending: 9})
}

// The readers of a chunk have one variant and are due at once. Later waves are entered later, and
// who joins before the first run once.
func TestChunksAreOfOneVariantAndOneWave(t *testing.T) {
	s := byTwos(t)
	addReaders(t, s, 3)
	for i := range 4 {
		one := activeReader(t, fmt.Sprintf("wave%d@news.example", i))
		one.Timezone, one.Variant = "America/New_York", []string{digest.Designed, digest.Plain}[i%2]
		if _, _, err := s.List().Add(t.Context(), one, evening); err != nil {
			t.Fatal(err)
		}
	}
	o := opening(0)
	later := evening.Add(time.Hour)
	o.At, o.Due, o.Waves = o.At.Add(-time.Minute), o.At, map[string]time.Time{"America/New_York": later}
	o.Edition.Window.To = o.At
	opened, err := s.Book().OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	rowsAre(t, s, 0, 4)
	addReader(t, s, "joins@news.example")
	for range 2 {
		if _, err := s.Book().Begin(t.Context(), opened.Number, evening); err != nil {
			t.Fatal(err)
		}
	}
	addsUp(t, s, opened.Number, digest.Tally{Opened: 8, Pending: 8})
	wavesHave(t, s, opened.Number, 4, 4)
	if got := owed(t, s, opened.Number, evening); len(got) != 4 {
		t.Errorf("owed to %v", got)
	}
	rowsAre(t, s, 4, 2)
	wavesHave(t, s, opened.Number, 4, 4)
	got := owed(t, s, opened.Number, later)
	isDesigned := func(d digest.Delivery) bool { return d.Variant != digest.Plain }
	plain := slices.DeleteFunc(slices.Clone(got), isDesigned)
	if len(got) != 8 || len(plain) != 2 || !plain[0].FirstDue.Equal(later) {
		t.Errorf("owed to %v", got)
	}
	addsUp(t, s, opened.Number, digest.Tally{Opened: 8, Pending: 8})
}

func wavesHave(t testing.TB, s *File, number uint32, want ...int) {
	t.Helper()
	waves, err := s.Book().Waves(t.Context(), number)
	var got []int
	for _, w := range waves {
		got = append(got, w.Owed)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", waves, err, want)
	}
}
