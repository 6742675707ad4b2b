package store

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/pgtest"
)

// TestAnImportMakesWayForWhoSends and for nobody else: without a process that delivers, its
// transactions are as long as their rows take.
func TestAnImportMakesWayForWhoSends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	importer, other := openFile(t, path), openFile(t, path)
	var way giveWay
	rested, cancel := context.WithCancel(t.Context())
	cancel() // so that nobody rests in a test
	next := func() time.Duration {
		t.Helper()
		way.before(rested, path)
		if err := importer.write.whole(t.Context(), way.within); err != nil {
			t.Fatal(err)
		}
		way.before(rested, path)
		return way.most
	}
	addMany(t, other, 1)
	if most := next(); most != 0 || way.over(time.Now().Add(-time.Hour)) {
		t.Errorf("a transaction is to end after %s, and nobody delivers", most)
	}
	lock, err := other.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	if most := next(); most != besideIdle {
		t.Errorf("beside an idle process it is to end after %s", most)
	}
	execute(t, other, `UPDATE subscribers SET name = 'A Reader'`)
	if most := next(); most != besideBusy || way.over(time.Now()) || !way.over(time.Now().Add(-most)) {
		t.Errorf("beside one that writes it is to end after %s", most)
	}
	execute(t, importer, `UPDATE subscribers SET name = 'Reader'`)
	if most := next(); most != besideIdle {
		t.Errorf("after one's own write it is to end after %s", most)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if most := next(); most != 0 {
		t.Errorf("when nobody delivers any more it is to end after %s", most)
	}
}

// TestWhoRemovesManyMakesWay as an import does: a transaction that removes or suppresses
// ends when its time is over, and the next one goes on with whom it left.
func TestWhoRemovesManyMakesWay(t *testing.T) {
	s := newFile(t)
	addMany(t, s, 10)
	var all []subscribers.Address
	for r, err := range s.List().Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Address)
	}
	suppress := func(ctx context.Context, c conn, some []subscribers.Address, over func() bool) (int, int, error) {
		return s.suppressChunk(ctx, c, some, subscribers.Manual, over, evening)
	}
	remove := func(ctx context.Context, c conn, some []subscribers.Address, over func() bool) (int, int, error) {
		found, err := s.removeChunk(ctx, c, some, over, evening)
		return len(found), len(found), err
	}
	for i, do := range []func(context.Context, conn, []subscribers.Address, func() bool) (int, int, error){
		suppress, remove,
	} {
		var way giveWay
		var turns []int
		total, err := s.turns(t.Context(), &way, all[5*i:5*i+5],
			func(ctx context.Context, c conn, some []subscribers.Address, _ func() bool) (n, took int, err error) {
				asked := 0
				n, took, err = do(ctx, c, some, func() bool { asked++; return asked == 3 })
				turns = append(turns, took)
				return n, took, err
			}, nil)
		if total != 5 || err != nil || !slices.Equal(turns, []int{3, 2}) {
			t.Errorf("%d in turns of %d, %v", total, turns, err)
		}
	}
	got, err := s.List().CountByStatus(t.Context())
	if want := (map[subscribers.Status]int{subscribers.Suppressed: 5}); !maps.Equal(got, want) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestOfEachWhoIsRemovedIsTold what became of them, in their order and when it is durable.
func TestOfEachWhoIsRemovedIsTold(t *testing.T) {
	s := newFile(t)
	addMany(t, s, 3)
	var all []subscribers.Address
	for r, err := range s.List().Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Address)
	}
	stranger := address(t, "nobody@quay.example")
	all = []subscribers.Address{all[0], stranger, all[1], all[0], all[2]}
	var told []bool
	err := s.List().RemoveEach(t.Context(), all, evening, func(a subscribers.Address, found bool) error {
		if a != all[len(told)] {
			t.Errorf("told of %s after %v", a, told)
		}
		told = append(told, found)
		left, err := s.List().CountByStatus(t.Context())
		if left[subscribers.Active] != 0 || err != nil {
			t.Errorf("%v are left, %v", left, err)
		}
		return nil
	})
	if want := []bool{true, false, true, false, true}; err != nil || !slices.Equal(told, want) {
		t.Errorf("told %v, %v, want %v", told, err, want)
	}
}

// On a server who sends may be on another machine: it shows by an edition that is being sent.
func TestAnImportMakesWayForMachinesThatSend(t *testing.T) {
	url := pgtest.New(t)
	importer, other := openServerAt(t, url, Options{}), openServerAt(t, url, Options{})
	var way giveWay
	most := func() time.Duration {
		t.Helper()
		importer.makesWay(t.Context(), &way)
		return way.most
	}
	addReaders(t, other, 1)
	n := mustOpen(t, other, 0).Number
	if got := most(); got != 0 {
		t.Errorf("a transaction is to end after %s, and nobody sends", got)
	}
	if _, err := other.Book().Begin(t.Context(), n, evening); err != nil {
		t.Fatal(err)
	}
	if got := most(); got != besideBusy {
		t.Errorf("beside an edition that is being sent it is to end after %s, want %s", got, besideBusy)
	}
	began := time.Now()
	if most(); time.Since(began) < restsBusy {
		t.Errorf("it rests for %s between two, want %s", time.Since(began), restsBusy)
	}
	if err := other.Book().Pause(t.Context(), n, digest.PausedDesk, "wait", evening); err != nil {
		t.Fatal(err)
	}
	if got := most(); got != 0 {
		t.Errorf("beside one that is paused it is to end after %s", got)
	}
}
