package publish

import (
	"context"
	"time"

	"vesper/digest"
)

// inHand is what others have of an edition.
type inHand struct {
	digest.InHandError
	// look is when it is looked at again: whoever has it may be done earlier.
	look time.Time
}

// leaves leaves an edition to those who have the last of its messages. One that is dead has
// them until its leases are over, and nobody may send them again earlier: what they are is
// said once.
func (p *Publisher) leaves(ctx context.Context, r digest.Record, others *digest.InHandError) {
	look := p.Now().Add(lookEvery)
	if others.Until.Before(look) {
		look = others.Until
	}
	was, met := p.inHand.Swap(r.Number, inHand{*others, look})
	if !met || !was.(inHand).Until.Equal(others.Until) {
		p.Log.Info("the last messages are in the hands of another process; if it is gone, they are taken over then",
			"edition", r.ID, "messages", others.Messages, "until", others.Until.In(p.Zone))
	}
	if err := p.Runs.Waits(ctx, r.Number, others.In(p.Zone)); err != nil {
		p.Log.Warn("can't record why the edition waits", "edition", r.ID, "err", err)
	}
}

// left gives until when an edition is left to others; the zero time if it is not.
func (p *Publisher) left(number uint32) time.Time {
	others, is := p.inHand.Load(number)
	if !is {
		return time.Time{}
	}
	return others.(inHand).look
}
