package store

import (
	"path/filepath"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// gone gives a database whose server has ended.
func gone(t *testing.T) *File {
	t.Helper()
	server := pgtest.Start(t)
	s, err := OpenServer(t.Context(), server.Database(t, "paper"), filepath.Join(t.TempDir(), "vesper"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	server.Stop()
	return s
}

// A page is asked for, and needs several answers.
func TestWhoIsInAHurryWaitsForNoServerThatIsAway(t *testing.T) {
	t.Parallel()
	s := gone(t)
	began := time.Now()
	ctx := InHurry(t.Context(), began.Add(2*time.Second))
	for range 5 {
		if _, err := s.Book().Unfinished(ctx); err == nil {
			t.Fatal("it answers")
		}
		if _, err := s.List().Unsubscribe(ctx, 1, evening); err == nil {
			t.Fatal("it answers")
		}
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %v, want 2 s", took)
	}
}

func TestAProcessThatEndsWaitsForNoServerThatIsAway(t *testing.T) {
	t.Parallel()
	s := gone(t)
	began := time.Now()
	d := digest.Delivery{Key: 1, Connection: 1, Ordinal: 1}
	settled := make(chan error, 2)
	for range 2 {
		s.Ledger(1).SettleInTurn(t.Context(), d, deferral(), func(err error) { settled <- err })
	}
	s.EndsIn(time.Second)
	for range 2 {
		if err := <-settled; err == nil {
			t.Error("an outcome is durable")
		}
	}
	if _, err := s.Book().Unfinished(t.Context()); err == nil {
		t.Error("it answers")
	}
	s.Close()
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v, want a second", took)
	}
}
