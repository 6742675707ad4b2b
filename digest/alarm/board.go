package alarm

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"vesper/digest"
)

const (
	// calm is for how long all must have been well until an alarm is over, and calmest how
	// long that is at most for one that comes back again and again: each time it is twice
	// as long.
	calm    = 5 * time.Minute
	calmest = 2 * time.Hour
	// reasonEvery is how often the reason of an alarm that is on is written at most.
	reasonEvery = 10 * time.Minute
	// most bounds how many alarms of one look may be on, without those that count others.
	most = 50
)

// calmOf is for how long all must have been well, for an alarm that came back so often
// within a day.
func calmOf(again int) time.Duration { return min(calm<<min(again, 10), calmest) }

// broken is the alarm that says that the board can't be kept.
var broken = digest.Alarm{Kind: digest.AlarmDatabase, Hint: "vesper doctor database; is the disk full?"}

// heed compares what was found with the alarms that are on, as far as they are owned.
func (d *Desk) heed(ctx context.Context, owns func(key) bool, found []digest.Alarm) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found = tidied(found)
	now := d.Now()
	err := d.catchUp(ctx)
	if err == nil {
		err = d.settle(ctx, owns, found, now)
	}
	if ctx.Err() != nil {
		return
	}
	if d.sayKept(err); err == nil {
		return
	}
	unable := broken
	unable.Reason = "the database can't be used: " + err.Error()
	d.withoutBoard(append(tidied([]digest.Alarm{unable}), found...), now)
}

// sayKept logs once that the board can't be kept, and once that it can again.
func (d *Desk) sayKept(err error) {
	switch {
	case err != nil && !d.unable:
		d.Log.Warn("can't keep which alarms are on: told is from memory, and this is said once", "err", quiet(err))
	case err == nil && d.unable:
		d.Log.Info("which alarms are on is kept again")
	}
	d.unable = err != nil
}

// catchUp reads the board, and enters what could not be entered before.
func (d *Desk) catchUp(ctx context.Context) error {
	on, err := d.Board.On(ctx)
	if err != nil {
		return err
	}
	d.known = map[key]digest.RaisedAlarm{}
	for _, a := range on {
		d.known[keyOf(a.Alarm)] = a
	}
	for k, a := range d.unkept {
		if is, on := d.known[k]; !on || is.Edition != a.Edition {
			if err := d.Board.Begin(ctx, a, d.notTold(a.Ref)); err != nil {
				return err
			}
			d.known[k] = a
			d.pokeAll()
		}
		delete(d.unkept, k)
	}
	return nil
}

// notTold gives the ways by which an alarm was not told that stood on no board, and leaves
// that to the queue.
func (d *Desk) notTold(ref string) []string {
	var ways []string
	for way, words := range d.loose {
		is := func(w digest.AlarmWord) bool { return w.Ref == ref }
		if slices.ContainsFunc(words, is) {
			ways, d.loose[way] = append(ways, way), slices.DeleteFunc(words, is)
		}
	}
	return ways
}

// settle begins what is new, and ends what has been well for a while.
func (d *Desk) settle(ctx context.Context, owns func(key) bool, found []digest.Alarm, now time.Time) error {
	found = d.bounded(found)
	bad := map[key]bool{}
	for _, a := range found {
		bad[keyOf(a)] = true
		is, on := d.known[keyOf(a)]
		switch {
		case !on || is.Edition != a.Edition:
			if err := d.begin(ctx, digest.RaisedAlarm{Alarm: a, Ref: newRef(), Began: now}); err != nil {
				return err
			}
		case !is.Well.IsZero() || is.Reason != a.Reason && now.Sub(d.kept[is.Ref]).Abs() >= reasonEvery:
			if err := d.keep(ctx, is, a.Reason, time.Time{}, now); err != nil {
				return err
			}
		}
	}
	for k, is := range d.known {
		// Of what others raise nobody says a second time that it is well.
		own := owns(k)
		if bad[k] || !own && (is.Well.IsZero() || d.looksAt(k.kind)) {
			continue
		}
		switch {
		case own && is.Well.IsZero() || is.Well.After(now):
			if err := d.keep(ctx, is, is.Reason, now, now); err != nil {
				return err
			}
		case now.Sub(is.Well) >= calmOf(is.Again):
			if err := d.end(ctx, is, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// looksAt says whether a look has a kind as its own.
func (d *Desk) looksAt(kind digest.AlarmKind) bool {
	return slices.ContainsFunc(d.Looks, func(l Look) bool { return slices.Contains(l.Kinds, kind) })
}

func (d *Desk) begin(ctx context.Context, a digest.RaisedAlarm) error {
	if err := d.Board.Begin(ctx, a, d.ways()); err != nil {
		return err
	}
	d.known[keyOf(a.Alarm)] = a
	d.say(a)
	d.pokeAll()
	return nil
}

// say logs an alarm that begins.
func (d *Desk) say(a digest.RaisedAlarm) {
	d.Log.Error("alarm", "kind", a.Kind, "about", a.About, "reason", a.Reason, "hint", a.Hint, "ref", a.Ref)
}

func (d *Desk) keep(ctx context.Context, a digest.RaisedAlarm, reason string, well, now time.Time) error {
	if err := d.Board.Keep(ctx, a.Ref, reason, well); err != nil {
		return err
	}
	if d.kept == nil {
		d.kept = map[string]time.Time{}
	}
	a.Reason, a.Well, d.kept[a.Ref] = reason, well, now
	d.known[keyOf(a.Alarm)] = a
	return nil
}

func (d *Desk) end(ctx context.Context, a digest.RaisedAlarm, now time.Time) error {
	if err := d.Board.End(ctx, a.Ref, d.ways(), now); err != nil {
		return err
	}
	delete(d.known, keyOf(a.Alarm))
	delete(d.kept, a.Ref)
	d.Log.Info("alarm over", "kind", a.Kind, "about", a.About, "seconds", now.Sub(a.Began).Seconds(), "ref", a.Ref)
	d.pokeAll()
	return nil
}

// withoutBoard tells what was found although it can't be kept: each alarm once until it
// can.
func (d *Desk) withoutBoard(found []digest.Alarm, now time.Time) {
	if d.unkept == nil {
		d.unkept = map[key]digest.RaisedAlarm{}
	}
	for _, a := range found {
		k := keyOf(a)
		is, on := d.known[k]
		if other, told := d.unkept[k]; told {
			is, on = other, true
		}
		if on && is.Edition == a.Edition || len(d.unkept) >= most {
			continue
		}
		raised := digest.RaisedAlarm{Alarm: a, Ref: newRef(), Began: now}
		d.unkept[k] = raised
		d.say(raised)
		d.tellLoose(raised)
	}
}

// newRef draws the name of an alarm.
func newRef() string { return "alarm_" + strings.ToLower(rand.Text()) }
