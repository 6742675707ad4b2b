package lmtp

import (
	"context"
	"time"
)

// turn lets one message after another be read and recorded, whatever the number of clients,
// with a rest behind each as long as it took: a burst of ten thousand bounces takes no more
// than half of one processor, and of the store, from an edition that is being sent.
type turn struct{ free chan struct{} }

func newTurn() *turn {
	t := &turn{make(chan struct{}, 1)}
	t.free <- struct{}{}
	return t
}

// longestRest is how long it rests at most.
const longestRest = 100 * time.Millisecond

// take waits for the turn, and gives what ends it.
func (t *turn) take(ctx context.Context) (end func(), err error) {
	select {
	case <-t.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	began := time.Now()
	return func() {
		time.AfterFunc(min(time.Since(began), longestRest), func() { t.free <- struct{}{} })
	}, nil
}
