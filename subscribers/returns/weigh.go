package returns

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
)

// Scales have reports weighed.
type Scales interface {
	// Unweighed gives some of the reports after one that wait, in the order in which they
	// came.
	Unweighed(ctx context.Context, after int64, limit int) ([]subscribers.Report, error)
	// Weigh does what the rules say of reports, in one transaction, with the class, cause
	// and rule that they have here. Of one that does not wait any more it says nothing.
	Weigh(ctx context.Context, all []subscribers.Report, rules subscribers.Rules, now time.Time,
	) ([]subscribers.Judgement, error)
	// ReportSums counts what came back of an edition.
	ReportSums(ctx context.Context, edition uint32) (subscribers.ReportSums, error)
	// ForgetRaw forgets what came before a time as it came.
	ForgetRaw(ctx context.Context, before time.Time) (int, error)
}

// Weighed is what became of the reports of one pass.
type Weighed struct {
	Reports, Acted, Held int
}

const (
	// together is how many reports share a transaction: it must not hold up the messages
	// of an edition.
	together = 50
	// lookEvery is how often it is looked for reports that another process took.
	lookEvery = time.Second
	// keepsQuiet is for how long the same trouble is not logged again.
	keepsQuiet = time.Minute
	aDay       = 24 * time.Hour
)

// Serve weighs what comes until ctx ends, and forgets each day what is kept for 30 days.
func (d *Desk) Serve(ctx context.Context) {
	var forgot, complained time.Time
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for ctx.Err() == nil {
		_, err := d.Weigh(ctx)
		if now := d.Now(); err == nil && now.Sub(forgot).Abs() >= aDay {
			if _, err = d.Scales.ForgetRaw(ctx, now.Add(-subscribers.KeepRaw)); err == nil {
				forgot = now
			}
		}
		if now := d.Now(); err != nil && ctx.Err() == nil && now.Sub(complained).Abs() >= keepsQuiet {
			d.log().Error("can't weigh what came back", "err", err)
			complained = now
		}
		select {
		case <-ctx.Done():
		case <-look.C:
		case <-d.bell():
		}
	}
}

// Weigh has the rules say what each report means that waits, and does it. To do so in
// several processes at once is harmless. One that can't be weighed holds up no other: it
// waits for the next time.
func (d *Desk) Weigh(ctx context.Context) (Weighed, error) {
	var w Weighed
	var failed error
	last := int64(0)
	touched := map[uint32]string{}
	for {
		all, err := d.Scales.Unweighed(ctx, last, together)
		if err != nil {
			return w, err
		}
		if len(all) == 0 {
			break
		}
		last = all[len(all)-1].ID
		for i := range all {
			classify(&all[i])
			touched[all[i].Edition] = all[i].EditionID
		}
		began := time.Now()
		if err := d.weighSome(ctx, all, &w); err != nil {
			failed = err
		}
		if ctx.Err() != nil {
			return w, ctx.Err()
		}
		if len(all) == together {
			giveWay(ctx, time.Since(began))
		}
	}
	for edition, id := range touched {
		if err := d.alarm(ctx, edition, id); err != nil {
			return w, err
		}
	}
	return w, failed
}

// weighSome weighs reports together, and if that fails, one by one.
func (d *Desk) weighSome(ctx context.Context, all []subscribers.Report, w *Weighed) error {
	judged, err := d.Scales.Weigh(ctx, all, d.rules(), d.Now())
	if err == nil {
		for i, j := range judged {
			d.tell(all[i], j, w)
		}
		return nil
	}
	if len(all) == 1 {
		return fmt.Errorf("report %d: %w", all[0].ID, err)
	}
	var failed error
	for i := range all {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := d.weighSome(ctx, all[i:i+1], w); err != nil {
			failed = err
		}
	}
	return failed
}

// giveWay leaves the store to others for as long as it was in use, or a moment: an edition
// keeps its pace while much comes back.
func giveWay(ctx context.Context, took time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(min(took, lookEvery/5)):
	}
}

// classify finds out what a relay's refusal means. All else was read at its door.
func classify(r *subscribers.Report) {
	if r.Kind != subscribers.ReportRefusal || r.Class != "" {
		return
	}
	r.Cause, r.Rule = bounce.Judge(r.Code, r.Status, r.Diagnostic, r.Rule == subscribers.AtData)
	r.Class = r.Cause.Class()
	if r.Class == subscribers.ClassRemove && r.Passing() {
		r.Class = subscribers.ClassWait
	}
}

func (d *Desk) rules() subscribers.Rules {
	if d.Rules == (subscribers.Rules{}) {
		return subscribers.DefaultRules
	}
	return d.Rules
}

// tell logs what a report came to, without any address.
func (d *Desk) tell(r subscribers.Report, j subscribers.Judgement, w *Weighed) {
	if j.State == "" {
		return
	}
	w.Reports++
	switch {
	case j.State == subscribers.ReportActed:
		w.Acted++
		d.log().Info("taken off the list", "subscriber", r.Subscriber, "edition", r.EditionID, "report", r.ID,
			"cause", r.Cause, "reason", j.Why)
	case j.State == subscribers.ReportHeld:
		if w.Held++; d.first("held", r.Edition, "") {
			d.log().Warn("many readers would be taken off for one edition: they are held, and get nothing",
				"edition", r.EditionID, "reason", j.Why,
				"hint", `look with "vesper bounces list", then "bounces apply" or "discard"`)
		}
	case r.Class == subscribers.ClassSender:
		if hint := HintFor(r); d.first("sender", r.Edition, hint.Do) {
			d.log().Warn("a mail server refuses us, and not its reader", "edition", r.EditionID, "report", r.ID,
				"cause", r.Cause, "status", r.Status, "code", r.Code, "hint", hint.Do, "see", hint.Source)
		}
	}
}

// bell gives what rings when a door has recorded something.
func (d *Desk) bell() chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rung == nil {
		d.rung = make(chan struct{}, 1)
	}
	return d.rung
}

// ring tells who weighs that something came.
func (d *Desk) ring() {
	select {
	case d.bell() <- struct{}{}:
	default:
	}
}

func (d *Desk) log() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}
