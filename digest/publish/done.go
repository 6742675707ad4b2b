package publish

import (
	"context"

	"vesper/digest"
)

// tellDone logs what became of an edition that is at its end: its sums, in the ledger's
// words, and how long it took.
func (p *Publisher) tellDone(ctx context.Context, r digest.Record) {
	log := p.Log.With("edition", r.ID)
	t, err := p.Counts.Tallied(ctx, r.ID)
	if err != nil {
		log.Info("edition done", "err", err)
		return
	}
	log.Info("edition done", "opened", t.Tally.Opened, "sent", t.Tally.Sent, "failed", t.Tally.Failed,
		"expired", t.Tally.Expired, "skipped", t.Tally.Skipped, "unknown", t.Tally.Unknown,
		"duration_seconds", t.Took().Seconds())
}
