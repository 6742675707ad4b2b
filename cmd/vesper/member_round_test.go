package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/ahead"
	"vesper/digest/publish"
	"vesper/subscribers/pgtest"
	"vesper/subscribers/store"
)

// Who has the lock opens editions, by its own clock and from the folders that it sees.
func TestAMachineThatIsWorseGivesTheLockToABetterOne(t *testing.T) {
	for name, c := range map[string]struct {
		unseeing, late, away bool
		unready              time.Duration
		others, fit          int
		want                 error
	}{
		"all is well":                    {false, false, false, 0, 1, 1, nil},
		"its clock is wrong":             {false, true, false, 0, 1, 1, errLate},
		"its clock is wrong, and alone":  {false, true, false, 0, 0, 0, nil},
		"it sees no folder":              {true, false, false, 0, 2, 2, errUnseeing},
		"it sees no folder, and is late": {true, true, false, 0, 1, 1, errUnseeing},
		"no other does its part":         {false, true, false, 0, 1, 0, errLate},
		"it reaches no relay":            {false, false, true, 0, 2, 1, errAway},
		"nobody reaches a relay":         {false, false, true, 0, 2, 0, nil},
		"it may send nothing":            {false, false, false, unreadyFor, 2, 1, errUnready},
		"it may not for a moment":        {false, false, false, unreadyFor - 1, 2, 1, nil},
		"all are held":                   {false, false, false, unreadyFor, 2, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := &member{drains: make(chan struct{})}
			ctx, done := m.sends(t.Context())
			defer done()
			m.lead(true)
			m.unseeing.Store(c.unseeing)
			m.late.Store(c.late)
			if c.away {
				m.away.Store(new(string))
			}
			if now := time.Now(); c.unready > 0 {
				m.isReady(digest.ErrOther, now.Add(-c.unready))
				m.isReady(digest.ErrOther, now)
			}
			m.givesAway(digest.Heard{Machines: 1 + c.others, Others: c.others, Fit: c.fit}, nil)
			if got := context.Cause(ctx); !errors.Is(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// Whom PostgreSQL lets in no more hears of nobody else. Its lock must not outlast that.
func TestAMachineThatHearsNothingGivesTheLockAway(t *testing.T) {
	m := &member{drains: make(chan struct{})}
	ctx, done := m.sends(t.Context())
	defer done()
	m.lead(true)
	m.givesAway(digest.Heard{}, digest.ErrAway)
	if ctx.Err() != nil {
		t.Fatalf("PostgreSQL was away for a moment: got %v", context.Cause(ctx))
	}
	m.silent.Store(true)
	m.givesAway(digest.Heard{}, digest.ErrAway)
	if got := context.Cause(ctx); !errors.Is(got, errSilent) {
		t.Errorf("got %v", got)
	}
}

// Of machines of which each reaches no relay, none knows it of the others for long.
func TestTheLockDoesNotGoToAndFroInQuickTurns(t *testing.T) {
	m := &member{drains: make(chan struct{})}
	m.away.Store(new(string))
	heard := digest.Heard{Machines: 2, Others: 1, Fit: 1}
	for turn, want := range []error{errAway, nil} {
		ctx, done := m.sends(t.Context())
		m.lead(true)
		m.givesAway(heard, nil)
		if got := context.Cause(ctx); !errors.Is(got, want) {
			t.Errorf("turn %d: got %v, want %v", turn, got, want)
		}
		done()
	}
}

// PostgreSQL may be away for a moment just as a machine begins with its part: then it begins once more, although it
// would go on signing what is frozen.
func TestAMachineThatCanNotBeginWithItsPartBeginsAnew(t *testing.T) {
	beside := filepath.Join(t.TempDir(), "vesper")
	file, err := store.OpenServer(t.Context(), pgtest.New(t), beside, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	publisher := &publish.Publisher{
		Book: file.Book(), Signatures: signatures{ahead.Folder{Database: beside}}, Now: time.Now,
	}
	m := &member{
		role: "serve", log: slog.New(slog.DiscardHandler), house: &house{file: file, publisher: publisher},
	}
	j := m.join(t.Context())
	defer j.stop()
	select {
	case <-j.ended:
	case <-time.After(20 * time.Second):
		t.Error("it does not hear that it has not begun")
	}
}
