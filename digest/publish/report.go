package publish

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
)

// Reports is the record of what is told of editions that are over. The store owes a report
// from the transaction on that ends an edition or records a day without one, so that no
// crash loses it.
type Reports interface {
	// OwedReports gives what has no report yet, the oldest first.
	OwedReports(ctx context.Context) ([]digest.OwedReport, error)
	// OwePaused owes a report on an edition that is paused, unless that was told before.
	OwePaused(ctx context.Context, number uint32, now time.Time) error
	// KeepReport keeps a report and posts its letters, in one transaction. It is
	// digest.ErrExists if another process was faster: then nothing is posted.
	KeepReport(ctx context.Context, key int64, r digest.RunReport, letters []digest.Letter, now time.Time) error
}

// Reporter tells those who run the newsroom of what is over. No edition waits for it.
type Reporter struct {
	Reports Reports
	// Facts gathers what there is to tell.
	Facts func(ctx context.Context, e digest.OwedReport) (digest.RunReport, error)
	// Letters writes it, to each who is to have it. What can't be written is kept all the
	// same.
	Letters func(r digest.RunReport) ([]digest.Letter, error)
}

// serveReports tells of what is over until ctx ends.
func (p *Publisher) serveReports(ctx context.Context) {
	if p.Reporter == nil {
		return
	}
	for ctx.Err() == nil {
		rest := lookForWork
		if p.ready(ctx) == nil && !p.report(ctx) {
			rest = lookEvery
		}
		p.pause(ctx, rest, nil)
	}
}

// report tells of what is over now, and says whether all went well. Only who has the lock
// may call it.
func (p *Publisher) report(ctx context.Context) bool {
	if p.Reporter == nil {
		return true
	}
	well := true
	all, err := p.owedReports(ctx)
	if err != nil && ctx.Err() == nil {
		p.Log.Error("can't read which editions to report on", "err", err)
	}
	for _, e := range all {
		if err := p.reportOn(ctx, e); err != nil && ctx.Err() == nil {
			well = false
			p.Log.Error("can't report on an edition", "edition", e.ID, "err", err)
		}
	}
	return well && err == nil
}

// owedReports gives what to report on. An edition that is still paused when its time is over
// is as good as over: nobody gets it unless somebody has a word.
func (p *Publisher) owedReports(ctx context.Context) ([]digest.OwedReport, error) {
	unfinished, err := p.Book.Unfinished(ctx)
	if err != nil {
		return nil, err
	}
	now := p.Now()
	for _, u := range unfinished {
		if u.State == digest.Paused && u.TooOld(now) && !p.Watch.Jumped() {
			if err := p.Reporter.Reports.OwePaused(ctx, u.Number, now); err != nil {
				return nil, err
			}
		}
	}
	return p.Reporter.Reports.OwedReports(ctx)
}

func (p *Publisher) reportOn(ctx context.Context, e digest.OwedReport) error {
	r, err := p.Reporter.Facts(ctx, e)
	if err != nil {
		return err
	}
	letters, err := p.Reporter.Letters(r)
	if err != nil {
		// The next time it would be no better.
		p.Log.Error("can't write the letter that reports on an edition; \"vesper report\" shows it", "edition", e.ID,
			"err", err)
	}
	err = p.Reporter.Reports.KeepReport(ctx, e.Key, r, letters, p.Now())
	if errors.Is(err, digest.ErrExists) {
		return nil
	}
	if err == nil && len(letters) > 0 {
		p.Log.Info("report posted", "edition", e.ID, "state", e.State, "letters", len(letters))
	}
	return err
}
