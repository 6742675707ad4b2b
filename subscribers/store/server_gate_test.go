package store

import (
	"context"
	"sync"
	"testing"
	"time"
)

// However many wait for a long transaction, a message passes beside them.
func TestMessagesPassBesideAllWhoWaitAtTheGate(t *testing.T) {
	t.Parallel()
	s, _ := machines(t)
	addReader(t, s, "ada@news.example")
	n := mustOpen(t, s, 0).Number
	d := owed(t, s, n, evening)[0]
	within, leave := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.write.whole(t.Context(), func(context.Context, conn) error {
			close(within)
			<-leave
			return nil
		})
	})
	<-within
	for range 2 * most {
		all.Go(func() { s.write.whole(t.Context(), func(context.Context, conn) error { return nil }) })
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	// All that may wait at the gate do.
	for len(s.server.seats) < inLine && ctx.Err() == nil {
		<-time.After(time.Millisecond)
	}
	taken := make(chan bool, 1)
	go func() {
		ok, err := s.Ledger(n).Intend(t.Context(), d, evening, nil)
		taken <- ok && err == nil
	}()
	select {
	case ok := <-taken:
		if !ok {
			t.Error("the message was not begun")
		}
	case <-ctx.Done():
		t.Error("the message waits with them")
	}
	close(leave)
	all.Wait()
}
