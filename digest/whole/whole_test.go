package whole_test

import (
	"testing"

	"vesper/digest/whole"
)

// TestAPartIsTheFirstCasesAndTheWholeIsAll: what is few enough already runs as it is.
func TestAPartIsTheFirstCasesAndTheWholeIsAll(t *testing.T) {
	want := 2
	if whole.Asked() {
		want = 5
	}
	if got := whole.First(t, 2, []int{1, 2, 3, 4, 5}); len(got) != want || got[0] != 1 || got[1] != 2 {
		t.Errorf("got %v, want the first %d", got, want)
	}
	if got := whole.Times(t, 7, 3); got != 3 {
		t.Errorf("got %d, want all 3", got)
	}
}
