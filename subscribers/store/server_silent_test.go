//go:build unix

package store

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// What a machine that is gone had in hand of an edition that is stopped is in doubt at once, and what one has that
// is heard of is left to it. One that wakes changes nothing of that.
func TestAStoppedEditionDoesNotWaitForTheLeasesOfTheDead(t *testing.T) {
	t.Parallel()
	const silent = 30 * time.Second
	ctx, url := t.Context(), pgtest.New(t)
	one, gone, alive := openServerAt(t, url, Options{}), openServerAt(t, url, Options{}), openServerAt(t, url, Options{})
	addReaders(t, one, 3)
	n := mustOpen(t, one, 0).Number
	if _, err := one.Book().Begin(ctx, n, evening); err != nil {
		t.Fatal(err)
	}
	ds := owed(t, one, n, evening)
	for i, s := range []*File{gone, alive} {
		if _, err := s.Beat(ctx, digest.Beat{Role: "serve"}); err != nil {
			t.Fatal(err)
		}
		intendAll(t, s, n, ds[i:i+1])
	}
	doubted := func(want int) {
		t.Helper()
		if got, err := one.Book().DoubtSilent(ctx, n, silent, evening); got != want || err != nil {
			t.Errorf("%d are in doubt, %v, want %d", got, err, want)
		}
	}
	doubted(0)
	change(t, one, `UPDATE machines SET beat = now() - interval '31 seconds' WHERE owner = $1`, gone.owner)
	if _, err := one.Book().DoubtSilent(ctx, n, silent, evening); !errors.Is(err, digest.ErrRunning) {
		t.Errorf("of an edition that goes on: got %v, want ErrRunning", err)
	}
	act := digest.Act{Edition: opening(0).Edition.ID, Kind: digest.Halt, By: "ada", At: evening}
	if _, _, err := one.Book().Act(ctx, act, ""); err != nil {
		t.Fatal(err)
	}
	doubted(1)
	doubted(0)
	if err := gone.Ledger(n).Settle(ctx, ds[0], accepted(evening)); !errors.Is(err, digest.ErrTaken) {
		t.Errorf("the one that wakes: got %v, want ErrTaken", err)
	}
	if err := alive.Ledger(n).Settle(ctx, ds[1], accepted(evening)); err != nil {
		t.Errorf("the one that lives: got %v", err)
	}
	got, err := one.Book().Tallied(ctx, opening(0).Edition.ID)
	if err != nil || got.Tally.Unknown != 1 || got.Tally.Sent != 1 || got.Tally.Pending != 1 || got.Recovered != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}
