package relay_test

import (
	"context"
	"testing"

	"vesper/digest"
)

// byLine notes over which connection each envelope went.
type byLine struct {
	digest.Stream
	of map[int64]int
}

func (l byLine) Settle(ctx context.Context, e digest.Envelope, o digest.Outcome) {
	l.of[o.Line]++
	l.Stream.Settle(ctx, e, o)
}

func TestOutcomesTellTheirConnection(t *testing.T) {
	server := (&scripted{most: 3, farewell: "421 4.7.0 enough"}).start(t)
	l := byLine{share{owed(9)}, map[int64]int{}}
	for {
		if end := poolOf(&clock{}, server).Relays[0].Work(t.Context(), l); end.Class == "" {
			break
		}
	}
	dials, _ := server.count()
	if taken := l.of[1]; taken < 3 || len(l.of) < 2 || len(l.of) > dials || l.of[0] > 0 {
		t.Errorf("over %d connections: %v", dials, l.of)
	}
}
