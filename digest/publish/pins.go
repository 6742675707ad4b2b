package publish

import (
	"context"
	"slices"
)

// MaxPins is how many articles may be pinned for a slot.
const MaxPins = 50

// Pins gives the articles that are pinned for a slot, in their order.
func (p *Publisher) Pins(ctx context.Context, slot string) ([]string, error) {
	return p.Editor.Pins(ctx, slot)
}

// SetPins has a slot's next edition print these articles first, in this order, in place
// of those pinned before, which the caller saw: if they are others by now it is
// [digest.ErrRepinned]. No article is pinned twice: its first pin counts.
func (p *Publisher) SetPins(ctx context.Context, slot string, was, ids []string) error {
	if _, err := p.Slot(slot); err != nil {
		return err
	}
	var once []string
	for _, id := range ids {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return p.Editor.SetPins(ctx, slot, was, once, p.Now())
}
