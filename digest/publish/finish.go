package publish

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/render"
)

const (
	// probeAgain is how often a paused edition is tried with one message.
	probeAgain = 5 * time.Minute
	// These begin the reason of a pause that the relay caused. Such a pause ends
	// by itself when a probe is taken; every other waits for a word.
	refusesUs      = "the relay refuses us"
	refusesMessage = "the relay refuses the message"
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
	if restErr := p.Course.Rest(durable, r.Number, p.Now()); restErr != nil {
		// It only means that the next run counts as one that began in vain.
		p.Log.Warn("record the end of a run", "edition", r.ID, "err", restErr)
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
		what := refusesUs
		if stop.Class == digest.Refused {
			what = refusesMessage
		}
		p.Log.Error("edition paused", "edition", r.ID, "class", stop.Class, "code", stop.Code)
		why := strings.TrimSpace(fmt.Sprintf("%s: %d %s", what, stop.Code, addresses.ReplaceAllString(stop.Reply, "<…>")))
		return p.Course.Mark(ctx, r.Number, digest.Paused, why, p.Now())
	case stop.Class == "" && report.Next.IsZero():
		if err := p.Course.Mark(ctx, r.Number, digest.Done, "", p.Now()); err != nil {
			return fmt.Errorf("close edition %s: %w", r.ID, err)
		}
		p.Log.Info("edition done", "edition", r.ID)
	}
	return nil
}

// addresses finds the addresses that a reply quotes: a reason stays when its
// readers are gone.
var addresses = regexp.MustCompile(`<?[^\s<>@]+@[^\s<>@]+>?`)

// owed keeps what the service knows of its own work: until when it leaves an
// edition alone after an error, when a paused one is to be probed, and until
// when letters wait after the relay refused us.
type owed struct {
	again, probe map[uint32]time.Time
	letters      time.Time
}

// finishOwed works on what is due: letters, then every unfinished edition, then
// a probe of those that the relay has paused.
func (p *Publisher) finishOwed(ctx context.Context, o *owed) {
	p.finishLetters(ctx, o)
	unfinished, err := p.Book.Unfinished(ctx)
	if err != nil && ctx.Err() == nil {
		p.Log.Error("look for what is owed", "err", err)
	}
	for _, r := range unfinished {
		// The book is asked anew each time: a word may have made something due.
		next, err := p.Book.NextDue(ctx, digest.Whole(r.Number))
		if ctx.Err() != nil {
			return
		}
		if now := p.Now(); now.Before(o.again[r.Number]) || err == nil && next.After(now) {
			continue
		}
		if _, err := p.Finish(ctx, r); err != nil {
			p.Log.Error("finish an edition", "edition", r.ID, "err", err)
			o.again[r.Number] = p.Now().Add(lookAgain)
		}
		o.probe[r.Number] = p.Now().Add(probeAgain)
	}
	p.probePaused(ctx, o)
}

func (p *Publisher) finishLetters(ctx context.Context, o *owed) {
	if p.Letters == nil || p.Now().Before(o.letters) || ctx.Err() != nil {
		return
	}
	report, err := p.Letters.Work(ctx, deliver.Run{Range: digest.Whole(0), Composer: p.Outbox, Proven: true})
	if err != nil {
		p.Log.Error("deliver letters", "err", err)
	}
	if err != nil || report.Stopped.Class != "" {
		// Asking a relay that refuses us each second would lock us out.
		o.letters = p.Now().Add(probeAgain)
	}
}

// probePaused tries one message of each edition that the relay has paused, and
// resumes it if that is taken. A paper that would come too late waits for a word.
func (p *Publisher) probePaused(ctx context.Context, o *owed) {
	paused, err := p.Book.Paused(ctx)
	if err != nil && ctx.Err() == nil {
		p.Log.Error("look for what is paused", "err", err)
	}
	for _, r := range paused {
		us := strings.HasPrefix(r.Reason, refusesUs)
		now := p.Now()
		if !us && !strings.HasPrefix(r.Reason, refusesMessage) || now.Before(o.probe[r.Number]) ||
			now.Sub(r.OpenedAt) > p.Deliverer.GiveUpAfter || ctx.Err() != nil {
			continue
		}
		o.probe[r.Number] = now.Add(probeAgain)
		report, err := p.work(ctx, r, true)
		taken := report.Accepted > 0 || report.Next.IsZero() || us && (report.Answered > 0 || report.Stopped.Class == digest.Refused)
		if err == nil && taken {
			p.Log.Info("edition resumed: the relay takes it again", "edition", r.ID)
			err = p.Resume(context.WithoutCancel(ctx), r)
		}
		if err != nil {
			p.Log.Error("probe a paused edition", "edition", r.ID, "err", err)
		}
	}
}
