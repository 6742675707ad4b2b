package main

import "testing"

func TestHowFarAMoveIs(t *testing.T) {
	for _, one := range []struct {
		done, total int64
		want        string
	}{
		{0, 0, "move: looking what there is"},
		{1000, 8000, "move: 1000 of 4000 rows are copied"},
		{4000, 8000, "move: 4000 of 4000 rows are copied"},
		{7000, 8000, "move: all is copied, 3000 of 4000 rows are compared"},
	} {
		if got := movingLine(one.done, one.total); got != one.want {
			t.Errorf("got %q, want %q", got, one.want)
		}
	}
}
