package deliver

import (
	"context"
	"slices"
	"sync"

	"vesper/digest"
)

// mostKnown is how many readers who were taken are remembered.
const mostKnown = 3

// known are the readers who were taken last, of all ledgers: a relay that refuses others
// can be asked for them. It is a memory and no more. The zero known is ready to use.
type known struct {
	mu     sync.Mutex
	lately []paths
}

// paths are the two addresses of an envelope.
type paths struct{ from, to string }

// took keeps who was taken: the two addresses, not the message.
func (k *known) took(e digest.Envelope) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.lately) == mostKnown {
		k.lately = slices.Delete(k.lately, 0, 1)
	}
	k.lately = append(k.lately, paths{e.From, e.To})
}

// lately gives readers who were taken, of this process or from before.
func (d *Deliverer) lately(ctx context.Context, run Run) []digest.Envelope {
	all := d.known.all()
	if len(all) == 0 && run.Known != nil {
		all = run.Known(ctx)
	}
	return all
}

func (k *known) all() []digest.Envelope {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []digest.Envelope
	for _, p := range k.lately {
		all = append(all, digest.Envelope{From: p.from, To: p.to})
	}
	return all
}
