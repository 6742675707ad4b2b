package publish

import (
	"context"
	"time"

	"vesper/digest"
)

// askWithin is how long an edition waits in all for its articles' sources.
const askWithin = 10 * time.Second

// stillThere asks for the picked articles at their sources, but for those that were asked
// already, and leaves out what was withdrawn. What moves up in its place is asked as well.
func (p *Publisher) stillThere(ctx context.Context, d Decision, asked map[string]bool) (Decision, error) {
	within, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	if asked == nil {
		asked = map[string]bool{}
	}
	for !d.Refused() && within.Err() == nil {
		var picked []digest.Article
		for _, a := range d.Edition.Articles {
			if !asked[a.ID] {
				asked[a.ID] = true
				picked = append(picked, a)
			}
		}
		if len(picked) == 0 {
			break
		}
		gone, err := p.Wire.Withdraw(within, picked)
		if err != nil {
			// Nobody waits for the evening because of what may have been withdrawn.
			p.Log.Error("look what was withdrawn at its source", "edition", d.Edition.ID, "err", err)
		}
		if !gone {
			break
		}
		if d, err = p.Decide(ctx, d.Slot, d.Edition.ID.Date, d.Edition.Window.To, d.given); err != nil {
			return d, err
		}
	}
	d.asked = asked
	return d, nil
}
