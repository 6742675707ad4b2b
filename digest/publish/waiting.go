package publish

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"vesper/digest"
	"vesper/digest/deliver"
)

// waiting keeps in the book what a run of an edition waits for.
type waiting struct {
	*Publisher
	record digest.Record

	mu   sync.Mutex
	kept string
}

// hear takes why nobody gets through, or the zero outcome when somebody does.
func (w *waiting) hear(ctx context.Context, why digest.Outcome) {
	if why.Class == "" {
		w.keep(ctx, "")
		return
	}
	w.keep(ctx, "waiting for the relay: "+why.Reason())
}

// end takes what has become of the run. Who stops while the relay is away goes on
// waiting for it.
func (w *waiting) end(ctx context.Context, report deliver.Report) {
	switch {
	case report.Stopped.Class != "" || ctx.Err() != nil:
	case report.Doubted > 0:
		w.keep(ctx, w.inDoubt(report))
	default:
		w.keep(ctx, "")
	}
}

func (w *waiting) keep(ctx context.Context, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if reason == w.kept {
		return
	}
	w.kept = reason
	durable, release := deliver.Drained(ctx, deliver.Drain)
	defer release()
	if err := w.Runs.Waits(durable, w.record.Number, reason); err != nil {
		w.Log.Warn("can't record why the edition waits", "edition", w.record.ID, "err", err)
	}
}

// inDoubt says how many messages of a run may have arrived, and when they are sent
// again.
func (p *Publisher) inDoubt(report deliver.Report) string {
	messages := "messages"
	if report.Doubted == 1 {
		messages = "message"
	}
	return fmt.Sprintf("%d %s may have arrived, and will be sent again at %s", report.Doubted, messages,
		report.Again.In(p.Zone).Format("15:04:05 MST"))
}

// tellDoubted logs what the relay may or may not have taken in a run.
func (p *Publisher) tellDoubted(log *slog.Logger, report deliver.Report) {
	if report.Doubted > 0 {
		log.Warn("messages may have arrived, and are sent again", "messages", report.Doubted,
			"again_at", report.Again.In(p.Zone))
	}
}
