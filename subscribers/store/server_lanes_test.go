//go:build unix

package store

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// An edition with many parts, each of which takes long, keeps no later one waiting: neither another
// paper of the same minute nor a correction.
func TestALargeEditionKeepsNoOtherOneWaiting(t *testing.T) {
	url := pgtest.New(t)
	s := newHand(t, url)
	addReaders(t, s.File, 40)
	first, second := mustOpen(t, s.File, 0).Number, mustOpen(t, s.File, 1).Number
	// The second one is of the next day.
	asks(t, url, `UPDATE chunks SET next_at = (SELECT min(next_at) FROM chunks)`,
		`UPDATE `+s.server.jobs.table()+` SET state = 'available', scheduled_at = now() WHERE state = 'scheduled'`)
	ctx, leave := context.WithCancel(t.Context())
	came := make(chan uint32, 100)
	work := func(slice context.Context, c digest.Chunk) (digest.Worked, error) {
		came <- c.Edition
		<-slice.Done()
		return digest.Worked{Idle: true}, nil
	}
	crew := Crew{Work: work, AtOnce: 2, Log: slog.New(slog.DiscardHandler)}
	ended := make(chan error, 1)
	go func() { ended <- s.Join(ctx, crew) }()
	many, limit := map[uint32]int{}, time.After(20*time.Second)
	for many[first] < 2 || many[second] < 2 {
		select {
		case number := <-came:
			many[number]++
		case <-limit:
			t.Fatalf("in hand are %v, want 2 of each", many)
		}
	}
	leave()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
