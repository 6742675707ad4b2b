package publish

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"vesper/digest"
)

// lookForWork is how often the book is asked what is owed: what another process
// opened, or posted, is taken up within it.
const lookForWork = time.Second

// Serve publishes until ctx ends. It opens what is due and records what was missed,
// delivers every unfinished edition, whoever opened it, mails letters, watches whether editions
// are finished in time, reports on those that are over, and has those to come proved: loops that
// don't wait for each other. Where no other machine works on its chunks, it signs what is frozen
// as well. Only who has the lock may call it. It returns when what is on the wire has come to its
// end.
func (p *Publisher) Serve(ctx context.Context) {
	opened := make(chan struct{}, 1)
	var loops sync.WaitGroup
	loops.Go(func() { p.serveEvenings(ctx, opened) })
	loops.Go(func() { p.serveEditions(ctx, opened) })
	loops.Go(func() { p.ServeLetters(ctx) })
	if p.Chunks == nil {
		loops.Go(func() { p.SignFrozen(ctx) })
	}
	loops.Go(func() { p.watchFinish(ctx) })
	loops.Go(func() { p.serveReports(ctx) })
	loops.Go(func() { p.serveProofs(ctx) })
	loops.Wait()
	p.beat.Store(nil)
}

// serveEvenings opens each edition at its time, and pokes opened then. Cron wakes
// it, to the second. The look each minute beside it catches what a timer skips (see
// [lookEvery]), and tries again what went wrong.
func (p *Publisher) serveEvenings(ctx context.Context, opened chan<- struct{}) {
	wake := make(chan struct{}, 1)
	timer := cron.New(cron.WithLocation(p.Zone))
	for _, s := range p.Slots {
		timer.Schedule(onOurClock{s, p.Now}, cron.FuncJob(func() { poke(wake) }))
	}
	timer.Start()
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		p.beat.Store(&now)
		switch err := p.mayOpen(ctx); {
		case err == nil && p.Watch.Jumped():
			p.Log.Warn("the clock jumped forward: nothing is opened or given up until the new time has held",
				"now", p.Now(), "seconds", secondLook.Seconds())
		case err == nil:
			if p.openDue(ctx) {
				poke(opened)
			}
		case errors.Is(err, digest.ErrBehind), errors.Is(err, digest.ErrRestored):
			p.Log.Error("held: nothing is sent until you run \"vesper restore --accept\"", "err", err)
		case errors.Is(err, digest.ErrOther):
			p.Log.Error("held: nothing is sent until the right database is back, or you run \"vesper restore --accept\"",
				"err", err)
		case errors.Is(err, digest.ErrGone):
			p.Log.Error("held: nothing is sent until the database is back and the service is restarted", "err", err)
		case errors.Is(err, digest.ErrClock):
			p.Log.Error("held: nothing is sent until the clock is right; if it is right, start with --force", "err", err)
		case errors.Is(err, digest.ErrUnseen):
			unseen, _ := errors.AsType[*digest.UnseenError](err)
			p.Log.Error("held: this machine opens nothing until it sees the shared folder", "err", err,
				"hint", unseen.Hint)
		case ctx.Err() == nil:
			p.Log.Error("can't check whether the database is behind", "err", err)
		}
		p.pause(ctx, lookEvery, wake)
	}
}

// latest is how long one look at what is due may take: feeds are asked in it, and a large
// edition is rendered and entered.
const latest = 10 * time.Minute

// Alive says whether Serve looks at what is due, as it has to each minute. Before it
// began, and once it has ended, it is alive. It goes by a clock that nobody sets.
func (p *Publisher) Alive() bool {
	beat := p.beat.Load()
	return beat == nil || time.Since(*beat) < lookEvery+latest
}

// onOurClock is the schedule of a slot's openings for cron, whose timer runs by the machine's clock:
// what is due by ours is put into its time.
type onOurClock struct {
	slot Slot
	now  func() time.Time
}

// Next implements cron.Schedule.
func (b onOurClock) Next(t time.Time) time.Time {
	now := b.now()
	at := b.slot.Next(now.Add(b.slot.Freeze))
	if at.IsZero() {
		return at
	}
	return t.Add(b.slot.Opens(at).Sub(now))
}

// openDue opens every edition that is due, and says whether there was one. What goes
// wrong is tried again at the next look, as long as the grace lasts.
func (p *Publisher) openDue(ctx context.Context) (opened bool) {
	for _, slot := range p.Slots {
		now := p.Now()
		past, err := p.Past.History(ctx, slot.Name, now)
		if ctx.Err() != nil {
			return opened // told to stop while it was asked: nothing is wrong
		}
		if err != nil {
			p.Log.Error("can't read what is due", "slot", slot.Name, "err", err)
			continue
		}
		days, err := p.recordSpans(ctx, slot, past, slot.due(past, now))
		if err != nil && ctx.Err() == nil {
			p.Log.Error("can't record what was missed", "slot", slot.Name, "err", err)
		}
		for i, date := range days {
			slot := slot
			if slot.Late == digest.Send && i < len(days)-1 {
				slot.Late = digest.Fold // the last evening is sent late, and not a week of them
			}
			d, err := p.evening(ctx, slot, date)
			if err != nil && ctx.Err() == nil {
				p.Log.Error("can't open an edition", "slot", slot.Name, "date", date, "err", err)
			}
			opened = opened || err == nil && !d.Refused()
		}
	}
	return opened
}

// evening opens the edition of a day with the cut-off at its time, or as long before it as
// it is frozen, or records why there is none.
func (p *Publisher) evening(ctx context.Context, slot Slot, date digest.Date) (Decision, error) {
	due, _ := slot.At(date)
	if d, held, err := p.held(ctx, slot, date, due); held || err != nil {
		return d, err
	}
	if slot.NeedsApproval {
		return p.approvedEvening(ctx, slot, date, due)
	}
	d, err := p.DecideFresh(ctx, slot, date, slot.Opens(due), digest.Words{})
	d.Due = due
	if err != nil {
		return d, err
	}
	for _, f := range d.Flaws {
		p.Log.Warn("an article is not in the house format", "file", f.File, "line", f.Line, "problem", f.Problem)
	}
	if err := p.doubt(slot, date); err != nil {
		return d, err
	}
	p.heed(&d)
	if d.Few() && !d.Refused() {
		p.Log.Warn("few articles: the edition goes all the same", "edition", d.Edition.ID,
			"articles", len(d.Edition.Articles), "min_articles", d.Slot.MinArticles)
	}
	if d, err = p.Open(ctx, d); err != nil {
		return d, err
	}
	return d, p.record(ctx, d)
}

// heed has the service wait for an editor's word where there is a caution, until the grace
// is over. By hand the edition may be sent all the while.
func (p *Publisher) heed(d *Decision) {
	if d.Caution == "" || d.Refused() && d.Refusal.Kind != TooLate {
		return
	}
	if d.Refusal.Kind == TooLate {
		d.Refusal.Reason = "nobody sent it by hand within the grace; it was held: " + d.Caution
		return
	}
	d.Refusal = Refusal{Held, d.Caution}
	if p.warned != d.Edition.ID {
		p.warned = d.Edition.ID
		p.Log.Error("held: the edition is not opened until you run \"vesper edition send\"", "edition", d.Edition.ID,
			"reason", d.Caution, "grace_seconds", d.Slot.Grace.Seconds())
	}
}

// doubt says why a day that was due a moment ago is neither opened nor recorded: the
// clock has been set since.
func (p *Publisher) doubt(slot Slot, date digest.Date) error {
	switch {
	case p.Watch.Jumped():
		return errors.New("the clock has jumped forward meanwhile")
	case date.Compare(slot.today(p.Now())) > 0:
		return errors.New("the clock was set back to a day before it")
	}
	return nil
}

// record enters a refused evening into the book, and then says so. One that is open already,
// or held by an editor, has its record.
func (p *Publisher) record(ctx context.Context, d Decision) error {
	id, why := d.Edition.ID, d.Refusal
	r := digest.Record{ID: id, Title: d.Slot.Title, Reason: why.Reason}
	switch why.Kind {
	case Overtaken, TooLate:
		r.State = digest.Missed
	case TooFew, Nobody:
		r.State = digest.Empty
	default:
		return nil
	}
	passed := p.passesOver(ctx, d.Slot, &r, d)
	if err := p.Book.Enter(ctx, r, passed, p.Now()); err != nil {
		return err
	}
	switch why.Kind {
	case TooFew:
		p.Log.Warn("nothing to print", "edition", id, "articles", len(d.Edition.Articles))
	case Nobody:
		p.Log.Warn("nobody to send to", "edition", id)
	default:
		p.Log.Error("edition missed", "edition", id, "reason", r.Reason)
	}
	return nil
}

// Next gives when the service sends the slot next by itself, be it an edition that is
// frozen or one that is not opened yet; the zero time if it never does.
func (p *Publisher) Next(ctx context.Context, slot Slot) (time.Time, error) {
	now := p.Now()
	unfinished, err := p.Book.Unfinished(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for _, u := range unfinished {
		if u.ID.Slot == slot.Name && u.Frozen(now) && u.State != digest.Paused {
			return u.DueAt, nil
		}
	}
	past, err := p.Past.History(ctx, slot.Name, now)
	if err != nil {
		return time.Time{}, err
	}
	return slot.upcoming(past, now), nil
}
