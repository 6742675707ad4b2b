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

// work runs over all of an edition's ledger, with the other machines of the house if there are any.
func (p *Publisher) work(ctx context.Context, r digest.Record, run deliver.Run) (deliver.Report, error) {
	began := p.Now()
	work := p.workAlone
	if p.Chunks != nil && !run.Probe {
		work = p.workTogether
	}
	report, err := work(ctx, r, run)
	if !run.Probe {
		p.keepPace(ctx, r, digest.RunPace{Messages: report.Answered, Took: p.Now().Sub(began)})
	}
	return report, err
}

// run runs over rows of an edition. What the run needs besides its ledger is filled in here.
func (p *Publisher) run(ctx context.Context, r digest.Record, run deliver.Run) (deliver.Report, error) {
	messages, err := p.Past.Messages(context.WithoutCancel(ctx), r.Number)
	if err != nil {
		return deliver.Report{}, fmt.Errorf("read edition %s: %w", r.ID, err)
	}
	composer, err := p.composer(messages, p.ReturnPath)
	if err != nil {
		return deliver.Report{}, fmt.Errorf("read the message of edition %s: %w", r.ID, err)
	}
	composer.Repeats = p.repeats(r)
	defer p.signed(composer, r)()
	run.Composer = composer
	if run.Relay == nil {
		run.Relay = p.Edition(r.Number)
	}
	run.Connections, run.Messages, run.Until = p.Connections, len(messages), r.Until+r.Stood
	run.Log, run.Row, run.Known = p.Log.With("edition", r.ID), "subscriber", p.taken
	w := &waiting{Publisher: p, record: r, kept: r.Reason}
	run.Waits = func(why digest.Outcome) {
		if why.Class == "" {
			p.answered.Add(1)
		}
		w.hear(ctx, why)
	}
	report, err := p.Deliverer.Work(ctx, run)
	p.tellRecovered(run.Log, report)
	p.tellDoubted(run.Log, report)
	w.end(ctx, report)
	if report.TooOld > 0 {
		run.Log.Error("recipients did not get the edition: it was too old", "recipients", report.TooOld,
			"too_old_since", r.Ends(p.Now()))
	}
	if err != nil {
		return report, fmt.Errorf("deliver edition %s: %w", r.ID, err)
	}
	return report, nil
}

// longestRun is how long a run takes at most that is believed: else the clock was set.
const longestRun = 48 * time.Hour

// keepPace keeps how fast a run of an edition was.
func (p *Publisher) keepPace(ctx context.Context, r digest.Record, run digest.RunPace) {
	if p.Paces == nil || run.Messages == 0 || run.Took <= 0 || run.Took > longestRun {
		return
	}
	durable, release := deliver.Drained(ctx, deliver.Drain)
	defer release()
	if err := p.Paces.Paced(durable, r.Number, run); err != nil {
		p.Log.Warn("can't record how fast the edition was sent", "edition", r.ID, "err", err)
	}
}

// witnesses is for how many readers a relay is asked that refuses others.
const witnesses = 3

// taken gives envelopes, without messages, of readers who were sent to lately.
func (p *Publisher) taken(ctx context.Context) []digest.Envelope {
	if p.Taken == nil {
		return nil
	}
	deliveries, err := p.Taken(ctx, witnesses)
	if err != nil {
		p.Log.Warn("can't read who was sent the edition", "err", err)
	}
	var all []digest.Envelope
	for _, d := range deliveries {
		all = append(all, digest.Envelope{
			From: strings.ReplaceAll(p.ReturnPath, "{token}", d.ReturnPath), To: d.Address,
		})
	}
	return all
}

// composer makes readers' copies of a message, signed.
func (p *Publisher) composer(messages []digest.Message, returnPath string) (*render.Composer, error) {
	c, err := render.NewComposer(messages, returnPath)
	if err != nil {
		return nil, err
	}
	c.Signer = p.Signer
	return c, nil
}

// pauseOf gives the pause that follows when the relay stopped a run, and its
// reason: none while it can merely not be reached.
func pauseOf(stop digest.Outcome) (kind digest.Pause, reason string) {
	what := ""
	switch stop.Class {
	case digest.Account:
		kind, what = digest.PausedAccount, "the relay refuses us"
	case digest.Refused:
		kind, what = digest.PausedMessage, "the relay refuses the message"
	default:
		return "", ""
	}
	return kind, what + ": " + stop.Reason()
}

// Resume is a word that a paused edition is to go on. It does not deliver yet. An
// edition that is too old is digest.ErrTooOld, unless until says for how long from now
// its messages may still be begun.
func (p *Publisher) Resume(ctx context.Context, r digest.Record, until time.Duration) error {
	now := p.Now()
	if until == 0 && r.TooOld(now) {
		return fmt.Errorf("edition %s is paused: %w", r.ID, digest.ErrTooOld)
	}
	return p.Course.Resume(ctx, r.Number, until, now)
}

// A relay that refuses us, or a message, is left alone for so long, and then for twice
// as long each time it refuses a probe. To ask it more often could lock us out.
const (
	firstProbe = 5 * time.Minute
	lastProbe  = time.Hour
)

// probes says whether a paused edition is to be tried with one message: if the relay
// paused it, or runs of it crashed and none has begun for an hour, and it is not too
// old. Every other one waits for a word.
func (p *Publisher) probes(r digest.Record) bool {
	now, last := p.Now(), r.RanAt
	if r.PausedAt.After(last) {
		last = r.PausedAt
	}
	rested := r.Pause == digest.PausedCrashLoop && !now.Before(last.Add(digest.DeathRest))
	return (r.Pause.ByRelay() || rested) && !r.TooOld(now)
}

// probe tries one message of a paused edition, and resumes it if that is taken. That
// any reader is answered for ends a pause of the account, and a crash loop. A refusal
// of the message fails nobody meanwhile: the run is not a proven one.
func (p *Publisher) probe(ctx context.Context, r digest.Record) error {
	durable, release := deliver.Drained(ctx, deliver.Drain)
	defer release()
	crashed := r.Pause == digest.PausedCrashLoop
	if crashed {
		// A probe that crashes is not tried again at once.
		if _, err := p.Runs.Begin(durable, r.Number, p.Now()); err != nil {
			return err
		}
	}
	report, err := p.work(ctx, r, deliver.Run{Probe: true})
	if err != nil {
		return err
	}
	answered := report.Answered > 0 || report.Stopped.Class == digest.Refused
	taken := report.Accepted > 0 || report.Next.IsZero() || answered && (crashed || r.Pause == digest.PausedAccount)
	if !taken {
		return nil
	}
	p.Log.Info("edition resumed: a message went out", "edition", r.ID, "kind", r.Pause)
	return p.Course.Revive(durable, r.Number, p.Now())
}

// takeOver settles what a process that is gone left under way in an edition that is
// not delivered now. Nothing expires.
func (p *Publisher) takeOver(ctx context.Context, r digest.Record) error {
	s := p.sharedOf(r.Number)
	if !p.alone(ctx, s) {
		return ctx.Err()
	}
	defer s.whole.Unlock()
	swept, err := p.Ledger(r.Number).Sweep(ctx, digest.Sweeping{
		Range: digest.Whole(), Now: p.Now(), Hold: p.Deliverer.Hold,
	})
	if err != nil {
		return fmt.Errorf("take over what is under way in edition %s: %w", r.ID, err)
	}
	p.tellRecovered(p.Log.With("edition", r.ID), deliver.Report{Recovered: swept.Recovered})
	return nil
}
