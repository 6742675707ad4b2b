package door_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/door"
)

// expiring is a list in which only forgetting works.
type expiring struct {
	door.List
	befores []time.Time
	gives   func(call int) (int, error)
}

func (e *expiring) Expire(_ context.Context, before time.Time) (int, error) {
	e.befores = append(e.befores, before)
	return e.gives(len(e.befores))
}

func TestWhoDoesNotAnswerIsLookedForEveryTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		list := &expiring{gives: func(call int) (int, error) {
			switch call {
			case 2:
				return 0, errors.New("the disk is full")
			case 3:
				return 7, nil
			}
			return 0, nil
		}}
		var log strings.Builder
		d := &door.Door{List: list, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { d.ForgetSilent(ctx); close(ended) }()
		time.Sleep(25 * time.Minute)
		stop()
		<-ended
		if took := time.Since(began); took != 25*time.Minute || len(list.befores) != 3 {
			t.Fatalf("it looked %d times and ended after %s, want 3 times and at once", len(list.befores), took)
		}
		for i, before := range list.befores {
			if want := began.Add(time.Duration(i)*10*time.Minute - subscribers.ConfirmWithin); !before.Equal(want) {
				t.Errorf("look %d is for who was asked before %s, want %s", i+1, before, want)
			}
		}
		said := log.String()
		if strings.Count(said, "\n") != 2 || !strings.Contains(said, `err="the disk is full"`) ||
			!strings.Contains(said, "readers=7") {
			t.Errorf("the log has %s", said)
		}
	})
}

func TestWhoHasNotConfirmedInTimeIsForgotten(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "ana@quay.example")
	l.signUp(t, ana, evening)
	for _, c := range []struct {
		after time.Duration
		want  int
	}{
		{subscribers.ConfirmWithin, 0},
		{subscribers.ConfirmWithin + time.Second, 1},
		{subscribers.ConfirmWithin + time.Hour, 0},
	} {
		if n, err := l.Forget(t.Context(), evening.Add(c.after)); n != c.want || err != nil {
			t.Errorf("after %s: %d are forgotten (%v), want %d", c.after, n, err, c.want)
		}
	}
	if is := l.facts(t, ana); is.ID != 0 {
		t.Errorf("the reader is %s", is.Status)
	}
}
