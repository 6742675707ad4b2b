package store

import (
	"context"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest/whole"
	"vesper/subscribers"
)

// An import of many rows does what its plan says, row by row: also where readers are in
// the file twice, are there already, have left, or must not be mailed, between others who
// are new.
func TestAnImportDoesWhatItsPlanSays(t *testing.T) {
	whole.NotRaced(t)
	f, active := openFile(t, filepath.Join(t.TempDir(), "vesper.db")), 0
	list, all := f.List(), many(t, chunk+3*block+7)
	for i, known := range all {
		if i%40 >= 4 {
			continue
		}
		a := known.Subscriber.Address
		if i%40 < 3 {
			if _, _, err := list.Add(t.Context(), known.Subscriber, evening); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		switch i % 40 {
		case 1:
			_, err = list.Suppress(t.Context(), a, subscribers.ByReader, evening)
		case 2:
			if known.Subscriber.Status == subscribers.Active {
				active++
			}
			_, err = list.Remove(t.Context(), a, nil, evening)
		case 3:
			_, err = list.Suppress(t.Context(), a, subscribers.HardBounce, evening)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	rows := func(yield func(subscribers.Row) bool) {
		for i, row := range all {
			if !yield(row) || i%7 == 0 && !yield(row) {
				return
			}
		}
	}
	planned, err := list.EnrolPlan(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	did, err := list.EnrolAll(t.Context(), rows, evening)
	if err != nil || did != planned || did.Added == 0 || did.Unchanged == 0 || did.Suppressed == 0 {
		t.Errorf("got %+v, %v, want %+v", did, err, planned)
	}
	again, err := list.EnrolAll(t.Context(), rows, evening)
	if want := (subscribers.Counts{Unchanged: did.Added + did.Unchanged, Suppressed: did.Suppressed}); again != want ||
		err != nil {
		t.Errorf("again: got %+v, %v, want %+v", again, err, want)
	}
	// That active readers who were removed are back is written down for a database that is
	// put back from a backup.
	returned := 0
	if err := f.read.QueryRow(t.Context(), `SELECT count(*) FROM departures WHERE kind = 'returned'`).
		Scan(&returned); err != nil || returned != active || active == 0 {
		t.Errorf("%d were removed and %d came back, %v", active, returned, err)
	}
}

// many gives n rows of different readers, every third of them unconfirmed.
func many(t *testing.T, n int) []subscribers.Row {
	var all []subscribers.Row
	for row := range strangers(t, n) {
		if s := &row.Subscriber; len(all)%3 == 2 {
			s.Status, s.Confirmed, s.Consent = subscribers.Unconfirmed, time.Time{}, subscribers.Consent{}
		}
		all = append(all, row)
	}
	return all
}

// Where a row can't be used, those of the transactions before it hold, it is told, and
// nobody reads on.
func TestAnImportThatFailsReadsNoFurther(t *testing.T) {
	list := openFile(t, filepath.Join(t.TempDir(), "vesper.db")).List()
	read := 0
	rows := iter.Seq[subscribers.Row](func(yield func(subscribers.Row) bool) {
		for row := range strangers(t, 10*chunk) {
			if read++; read == chunk+5*block {
				row.Subscriber.Address = subscribers.Address{}
			}
			if !yield(row) {
				return
			}
		}
	})
	counts, err := list.EnrolAll(t.Context(), rows, evening)
	if err == nil || counts.Added < chunk || counts.Added > chunk+block {
		t.Errorf("got %+v, %v, want an error after the first transaction", counts, err)
	}
	if read > chunk+12*block {
		t.Errorf("%d rows were read", read)
	}
	by, err := list.CountByStatus(t.Context())
	if by[subscribers.Active] != counts.Added || err != nil {
		t.Errorf("%v, %v on the list, want %d", by, err, counts.Added)
	}
}

// Who stops an import keeps what was counted.
func TestAnImportThatIsStoppedKeepsWhatItCounted(t *testing.T) {
	list := openFile(t, filepath.Join(t.TempDir(), "vesper.db")).List()
	ctx, stop := context.WithCancel(t.Context())
	n := 0
	counts, err := list.EnrolAll(ctx, func(yield func(subscribers.Row) bool) {
		for row := range strangers(t, 3*bulk) {
			if n++; n == chunk+bulk/2 {
				stop()
			}
			if !yield(row) {
				return
			}
		}
	}, evening)
	by, countErr := list.CountByStatus(t.Context())
	if err == nil || countErr != nil || by[subscribers.Active] != counts.Added || counts.Added < chunk {
		t.Errorf("got %+v, %v; %v, %v on the list", counts, err, by, countErr)
	}
}
