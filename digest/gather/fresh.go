package gather

import (
	"context"
	"time"

	"vesper/digest"
)

// freshWithin is how long an edition that is to open waits for its feeds.
const freshWithin = time.Minute

// Fresh asks those feeds that were not asked since an edition's cut-off, so that it knows
// all that was published by then. A feed that does not answer holds nothing up.
func (g *Gatherer) Fresh(ctx context.Context, cutOff time.Time) {
	g.round(ctx, freshWithin, func(s digest.FeedState) bool { return s.Checked.Before(cutOff) })
}
