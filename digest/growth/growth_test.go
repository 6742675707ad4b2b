package growth

import (
	"slices"
	"testing"
)

func TestTwiceTheTextMayTakeTwoAndAHalfTimesAsMuch(t *testing.T) {
	for _, c := range []struct {
		once, twice, base uint64
		want              bool
	}{{100, 200, 0, true}, {100, 250, 0, true}, {100, 251, 0, false}, {100, 400, 0, false}, {100, 260, 10, true}} {
		if got := within(c.once, c.twice, c.base); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// TestWhatGrowsWithTheSquareIsSeen reads a text as a bad parser does, and as a good one.
func TestWhatGrowsWithTheSquareIsSeen(t *testing.T) {
	var kept []byte
	cost := func(read func(n int), n int) uint64 {
		octets, _ := allocated(func() { read(n) })
		return octets
	}
	square := func(n int) {
		for range n {
			kept = slices.Clone(append(kept[:0], make([]byte, n)...))
		}
	}
	line := func(n int) { kept = make([]byte, 1000*n) }
	if once, twice := cost(square, 2000), cost(square, 4000); within(once, twice, baseOctets) {
		t.Errorf("%d and %d are taken for linear", once, twice)
	}
	if once, twice := cost(line, 2000), cost(line, 4000); !within(once, twice, baseOctets) {
		t.Errorf("%d and %d are taken for more", once, twice)
	}
}
