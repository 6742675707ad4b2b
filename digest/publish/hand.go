package publish

import (
	"context"
	"errors"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// Hand is how somebody delivers by hand, and looks on.
type Hand struct {
	Lock Lock
	// Held, if set, hears once that another process has the lock: its work is
	// followed then, and taken over where it leaves off.
	Held func(*digest.HeldError)
	// Patience is how many connections in a row may come to nothing before it is
	// left for later; 0 means any number.
	Patience int
	// Wait stays for what the relay deferred, however long connections come to
	// nothing.
	Wait bool
}

// once gives h with a Held that can be called any number of times.
func (h Hand) once() Hand {
	hear, told := h.Held, false
	h.Held = func(held *digest.HeldError) {
		if !told && hear != nil {
			hear(held)
		}
		told = true
	}
	return h
}

func (h Hand) patience() int {
	if h.Wait {
		return 0
	}
	return h.Patience
}

// Sent is how it stands with an edition after it was delivered by hand.
type Sent struct {
	digest.Tallied
	// Next is when the next pending delivery is due; zero: none is pending.
	Next time.Time
	// Stopped says why this process left off although deliveries are due; its Class
	// is empty if it didn't.
	Stopped digest.Outcome
}

// Send delivers what is due of an opened edition, and letters beside it. Where
// another process has the lock, it follows that one to the end, as if it had done
// it itself, or until it has stood still for [Stall]. A paused edition goes on:
// whoever sends by hand has looked at why. A frozen one is due now.
func (p *Publisher) Send(ctx context.Context, r digest.Record, h Hand) (Sent, error) {
	if now := p.Now(); r.Frozen(now) {
		if err := p.Course.Hasten(ctx, r.Number, now); err != nil {
			return Sent{}, err
		}
	}
	if r.State == digest.Paused {
		if err := p.Resume(ctx, r, 0); err != nil {
			return Sent{}, err
		}
	}
	h = h.once()
	f := &follower{Publisher: p, id: r.ID, wait: h.Wait, still: Stall}
	var report deliver.Report
	for {
		report = deliver.Report{}
		err := p.byHand(ctx, h, f.over, func(ctx context.Context) (err error) {
			report, err = p.sendBesideLetters(ctx, r.ID, h.patience())
			return err
		})
		if err != nil {
			return Sent{}, err
		}
		if !h.Wait || report.Stopped.Class != "" || report.Next.IsZero() || ctx.Err() != nil {
			break
		}
		p.until(ctx, report.Next, nil)
	}
	return p.sent(ctx, r.ID, report.Stopped)
}

// byHand does work with the lock in hand. While another process has it, or where one takes
// it meanwhile, that one's work is followed until over says that there is no more to see.
func (p *Publisher) byHand(
	ctx context.Context, h Hand, over func(context.Context) (bool, error), work func(context.Context) error,
) error {
	for {
		right, err := h.Lock()
		var held *digest.HeldError
		switch {
		case err == nil:
			lost, err := right.do(ctx, work)
			if !lost || ctx.Err() != nil {
				return err
			}
			p.Log.Warn("another machine has taken over the sending", "err", err)
			continue
		case !errors.As(err, &held):
			return err
		}
		h.Held(held)
		if seen, err := over(ctx); err != nil || seen || ctx.Err() != nil {
			return err
		}
		p.pause(ctx, lookOn, nil)
	}
}

// do does work as long as the right is in hand, hands it back, and says whether it was lost.
func (r Right) do(ctx context.Context, work func(context.Context) error) (lost bool, err error) {
	held, done := r.Hold(ctx)
	defer done()
	err = work(held)
	return IsLost(held), errors.Join(err, r.Release())
}

// sendBesideLetters delivers what is due of an edition and, meanwhile, letters.
func (p *Publisher) sendBesideLetters(ctx context.Context, id digest.ID, patience int) (deliver.Report, error) {
	if err := p.ready(ctx); err != nil {
		return deliver.Report{}, err
	}
	// Whoever had the lock before may have brought it to its end.
	r, err := p.Past.Record(context.WithoutCancel(ctx), id)
	if err != nil || r.State == digest.Done || r.State == digest.Cancelled {
		return deliver.Report{}, err
	}
	over := make(chan struct{})
	mailing, stop := context.WithCancel(ctx)
	defer stop()
	var letters sync.WaitGroup
	letters.Go(func() { p.mailUntil(mailing, over) })
	report, err := p.Deliver(ctx, r, patience)
	p.report(ctx)
	close(over)
	// What was posted meanwhile goes out too, if that takes no longer than a moment.
	defer time.AfterFunc(Stall, stop).Stop()
	letters.Wait()
	return report, err
}

// sent gives how it stands with an edition.
func (p *Publisher) sent(ctx context.Context, id digest.ID, stopped digest.Outcome) (Sent, error) {
	ctx = context.WithoutCancel(ctx)
	s := Sent{Stopped: stopped}
	u, _, err := p.unfinished(ctx, id)
	if err != nil {
		return s, err
	}
	s.Next = u.Next
	s.Tallied, err = p.Counts.Tallied(ctx, id)
	return s, err
}

// Await takes the lock, and waits while another process has it, or it can't be asked for, whatever the
// reason: only told may end the waiting with an error, each time it hears of the holder.
func (p *Publisher) Await(
	ctx context.Context, lock Lock, told func(*digest.HeldError) error,
) (Right, error) {
	said := ""
	for ctx.Err() == nil {
		right, err := lock()
		held, is := errors.AsType[*digest.HeldError](err)
		why := ""
		if err != nil && !is {
			why = err.Error()
			if errors.Is(err, digest.ErrAway) {
				why = digest.ErrAway.Error() // in whatever way
			}
		}
		switch {
		case why != "" && why != said:
			p.Log.Error("the database can't be reached: this machine goes on standing by", "err", err)
		case why == "" && said != "":
			p.Log.Info("the database can be reached again")
		}
		said = why
		if err == nil {
			return right, nil
		}
		if is {
			if err := told(held); err != nil {
				return Right{}, err
			}
		}
		p.pause(ctx, lookOn, nil)
	}
	return Right{}, ctx.Err()
}
