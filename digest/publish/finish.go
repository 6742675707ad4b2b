package publish

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/render"
)

const (
	// probeAgain is how often a paused edition is tried with one message.
	probeAgain = 5 * time.Minute
	// refusal begins the reason of a pause that the relay caused. Such a pause
	// ends by itself when a probe is taken; every other waits for a word.
	refusal = "the relay refuses "
)

// Finish works through the edition's ledger until nothing is due, and closes it
// when nobody is owed. What stops it for longer is recorded as a pause. A paused
// edition is left alone: see [Publisher.Resume].
func (p *Publisher) Finish(ctx context.Context, r digest.Record) (deliver.Report, error) {
	// Nothing here is undone when ctx ends: the run itself looks at it.
	durable := context.WithoutCancel(ctx)
	// Nobody else delivers, so what is under way was left by a run that died.
	n, err := p.Course.Recover(durable, digest.Whole(r.Number), p.Hold, p.Now())
	if err != nil {
		return deliver.Report{}, err
	}
	if n > 0 {
		p.Log.Warn("an earlier run ended in the middle of messages, which may have arrived", "edition", r.ID, "messages", n, "hold", p.Hold)
	}
	began, err := p.Course.Begin(durable, r.Number, p.Now())
	if err != nil {
		return deliver.Report{}, err
	}
	if began.State == digest.Paused {
		p.Log.Error("edition paused", "edition", r.ID, "reason", began.Reason)
		return deliver.Report{}, nil
	}
	report, err := p.work(ctx, began, false)
	if err == nil {
		err = p.close(durable, r, report)
	}
	if restErr := p.Course.Rest(durable, r.Number, p.Now()); err == nil {
		err = restErr
	}
	return report, err
}

// Resume is a word that a paused edition is to go on. It does not deliver yet.
func (p *Publisher) Resume(ctx context.Context, r digest.Record) error {
	return p.Course.Mark(ctx, r.Number, digest.Sending, "", p.Now())
}

func (p *Publisher) work(ctx context.Context, r digest.Record, probe bool) (deliver.Report, error) {
	messages, err := p.Past.Messages(context.WithoutCancel(ctx), r.Number)
	if err != nil {
		return deliver.Report{}, fmt.Errorf("read edition %s: %w", r.ID, err)
	}
	composer, err := render.NewComposer(messages, p.ReturnPath)
	if err != nil {
		return deliver.Report{}, fmt.Errorf("read the message of edition %s: %w", r.ID, err)
	}
	composer.Signer = p.Signer
	report, err := p.Deliverer.Work(ctx, deliver.Run{
		Range:    digest.Whole(r.Number),
		Composer: composer, Proven: r.Tally.Sent > 0, Probe: probe,
	})
	if err != nil {
		return report, fmt.Errorf("deliver edition %s: %w", r.ID, err)
	}
	return report, nil
}

// close moves the edition to where a run has brought it.
func (p *Publisher) close(ctx context.Context, r digest.Record, report deliver.Report) error {
	switch stop := report.Stopped; {
	case stop.Class == digest.Account || stop.Class == digest.Refused:
		what := map[digest.Class]string{digest.Account: "us", digest.Refused: "the message"}[stop.Class]
		p.Log.Error("edition paused", "edition", r.ID, "class", stop.Class, "code", stop.Code)
		return p.Course.Mark(ctx, r.Number, digest.Paused, fmt.Sprintf("%s%s: %d %s", refusal, what, stop.Code, stop.Reply), p.Now())
	case stop.Class == "" && report.Next.IsZero():
		if err := p.Course.Mark(ctx, r.Number, digest.Done, "", p.Now()); err != nil {
			return fmt.Errorf("close edition %s: %w", r.ID, err)
		}
		p.Log.Info("edition done", "edition", r.ID)
	}
	return nil
}

// owed keeps when each edition, by its number, has something to do again, and
// when each paused one is to be probed.
type owed struct{ again, probe map[uint32]time.Time }

// finishOwed works on what is due: letters, then every unfinished edition, then
// a probe of those that the relay has paused.
func (p *Publisher) finishOwed(ctx context.Context, o owed) {
	if p.Letters != nil {
		if _, err := p.Letters.Work(ctx, deliver.Run{Range: digest.Whole(0), Composer: p.Outbox, Proven: true}); err != nil {
			p.Log.Error("deliver letters", "err", err)
		}
	}
	unfinished, err := p.Book.Unfinished(ctx)
	if err != nil {
		p.Log.Error("look for what is owed", "err", err)
	}
	for _, r := range unfinished {
		if p.Now().Before(o.again[r.Number]) || ctx.Err() != nil {
			continue
		}
		report, err := p.Finish(ctx, r)
		if err != nil {
			p.Log.Error("finish an edition", "edition", r.ID, "err", err)
			report.Next = p.Now().Add(lookAgain)
		}
		o.again[r.Number] = report.Next
		o.probe[r.Number] = p.Now().Add(probeAgain)
	}
	p.probePaused(ctx, o)
}

// probePaused tries one message of each edition that the relay has paused, and
// resumes it if that is taken.
func (p *Publisher) probePaused(ctx context.Context, o owed) {
	paused, err := p.Book.Paused(ctx)
	if err != nil {
		p.Log.Error("look for what is paused", "err", err)
	}
	for _, r := range paused {
		if !strings.HasPrefix(r.Reason, refusal) || p.Now().Before(o.probe[r.Number]) || ctx.Err() != nil {
			continue
		}
		o.probe[r.Number] = p.Now().Add(probeAgain)
		report, err := p.work(ctx, r, true)
		if err == nil && (report.Accepted > 0 || report.Next.IsZero()) {
			p.Log.Info("edition resumed: the relay takes it again", "edition", r.ID)
			delete(o.again, r.Number)
			err = p.Resume(context.WithoutCancel(ctx), r)
		}
		if err != nil {
			p.Log.Error("probe a paused edition", "edition", r.ID, "err", err)
		}
	}
}
