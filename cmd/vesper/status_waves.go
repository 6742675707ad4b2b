package main

import (
	"context"
	"slices"
	"time"

	"vesper/digest"
)

// lookWaves has the time of each wave of an edition count for itself. An edition that goes to
// all at once has one time.
func (u *underWay) lookWaves(ctx context.Context, h *house, now time.Time) error {
	u.late = u.Tally.Owed()
	if u.LastDueAt.IsZero() {
		return nil
	}
	waves, err := h.book.Waves(ctx, u.Number)
	if err == nil {
		u.inWaves(waves, now)
	}
	return err
}

// inWaves counts only who is owed beyond the time of their own wave, which is over when that
// of the first wave is that is not all sent. How long the rest takes is not known by how
// long the first took: most of it is waiting.
func (u *underWay) inWaves(waves []digest.Wave, now time.Time) {
	may := u.until.Sub(u.Begins())
	u.late, u.rate = 0, 0
	for _, w := range slices.Backward(waves) {
		if w.Owed == 0 {
			continue
		}
		u.until = w.Due.Add(may)
		if now.After(u.until) {
			u.late += w.Owed
		}
		if w.Due.After(now) {
			u.wave = w.Due
		}
	}
}
