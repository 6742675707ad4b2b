package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"vesper/subscribers"
)

// Where most readers were removed, the numbers are those of the others, however far apart
// they are.
func TestNumbersOfAListWithGaps(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "vesper.db"))
	list := f.List()
	enrolled, err := list.EnrolAll(t.Context(), strangers(t, 5), evening)
	if err != nil || enrolled.Added != 5 {
		t.Fatal(enrolled, err)
	}
	err = f.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		for id, far := range map[int]int64{2: countedIDs, 3: countedIDs + 1, 4: 40*countedIDs + 7, 5: 1 << 40} {
			if _, err := c.Exec(ctx, `UPDATE subscribers SET id = $1 WHERE id = $2`, far, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n, err := list.Numbers(t.Context(), time.UTC)
	if err != nil || n.ByStatus[subscribers.Active] != 5 || len(n.Domains) != 5 || len(n.Months) != 1 ||
		n.Months[0].Added != 5 {
		t.Errorf("got %+v, %v", n, err)
	}
}

// BenchmarkNumbers counts a list of seven years. It gives the time as a multiple of one bare
// pass over the same columns of the table.
func BenchmarkNumbers(b *testing.B) {
	const readers = 100_000
	f := openFile(b, filepath.Join(b.TempDir(), "vesper.db"))
	over := func(yield func(subscribers.Row) bool) {
		at := evening
		for row := range strangers(b, readers) {
			at = at.Add(-37 * time.Minute)
			row.Subscriber.Created, row.Subscriber.Confirmed = at, at.Add(time.Minute)
			if !yield(row) {
				return
			}
		}
	}
	if _, err := f.List().EnrolAll(b.Context(), over, evening); err != nil {
		b.Fatal(err)
	}
	var bare time.Duration
	for b.Loop() {
		n, err := f.List().Numbers(b.Context(), time.UTC)
		if err != nil || n.ByStatus[subscribers.Active] != readers {
			b.Fatal(n, err)
		}
		b.StopTimer()
		began, sum := time.Now(), int64(0)
		if err := f.read.QueryRow(b.Context(), `SELECT count(status) + sum(created_at) + sum(confirmed_at)
			+ coalesce(sum(left_at), 0) + sum(length(address_key)) FROM subscribers`).Scan(&sum); err != nil {
			b.Fatal(err)
		}
		bare += time.Since(began)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(bare), "times-a-pass")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)*1e6/readers, "ms/million")
}
