package alarm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// Message is what somebody is told.
type Message struct {
	// ID is the same at each repeat.
	ID string
	// At is when it is told.
	At time.Time
	// Ends says that the alarm is over.
	Ends  bool
	Alarm digest.RaisedAlarm
	// Publication and Host say whose it is.
	Publication, Host string
	// Number is the paper number of the alarm's edition, LedgerNumber the program's own; 0 is
	// none.
	Number, LedgerNumber uint32
}

const (
	// tellLimit is how long one telling may take, and lastWord how long when the service
	// ends meanwhile.
	tellLimit = time.Minute
	lastWord  = 3 * time.Second
	// lookAgain is how often a way looks at its queue without a poke.
	lookAgain = time.Minute
	// giveUp is for how long a way is tried.
	giveUp = 24 * time.Hour
)

// waits are how long a way is left alone after it failed, the last one again and again.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

func waitAfter(attempts int) time.Duration { return waits[min(max(attempts, 1), len(waits))-1] }

// message gives what is told.
func (d *Desk) message(w digest.AlarmWord) Message {
	id := w.Ref + "_began"
	if w.Ends {
		id = w.Ref + "_over"
	}
	m := Message{
		ID: id, At: d.Now(), Ends: w.Ends, Alarm: w.RaisedAlarm, Publication: d.Publication, Host: d.Host,
	}
	if d.Numbers != nil && w.Edition != "" {
		m.Number, m.LedgerNumber = d.Numbers(w.Edition)
	}
	return m
}

// Ways are the names of all ways that there are.
var Ways = []string{Command{}.Name(), Webhook{}.Name(), (*Mail)(nil).Name()}

// dropOthers forgets what is owed to ways that are not configured any more.
func (d *Desk) dropOthers(ctx context.Context) {
	for _, way := range Ways {
		if slices.Contains(d.ways(), way) {
			continue
		}
		words, err := d.Queue.Owed(ctx, way)
		for len(words) > 0 && err == nil {
			for _, w := range words {
				err = errors.Join(err, d.Queue.Told(ctx, w))
			}
			if err == nil {
				words, err = d.Queue.Owed(ctx, way) // the ends, after their beginnings
			}
		}
		if err != nil && ctx.Err() == nil {
			d.Log.Warn("can't forget what a way was to tell that is not configured", "way", way, "err", err)
		}
	}
}

// serveWay tells by one way until ctx ends.
func (d *Desk) serveWay(ctx context.Context, w Way) {
	poke := d.poked(w.Name())
	for ctx.Err() == nil {
		next := d.tellOwed(ctx, w)
		if !rest(ctx, min(lookAgain, max(next, time.Second)), poke) {
			return
		}
	}
}

// tellOwed tells what is due, each word once, and gives how long it is until something else
// is. What is owed is read anew after each word: where many are owed to a way that hangs, a
// worse one that comes meanwhile is the next.
func (d *Desk) tellOwed(ctx context.Context, w Way) time.Duration {
	next, begun := d.tellUnqueued(ctx, w), map[string]bool{}
	for ctx.Err() == nil {
		words, err := d.Queue.Owed(ctx, w.Name())
		if ctx.Err() != nil {
			return next
		}
		if d.sayRead(w.Name(), err); err != nil {
			return next
		}
		wait, told := d.tellOne(ctx, w, inOrder(words), begun)
		if !told {
			return min(next, wait)
		}
	}
	return next
}

// sayRead logs once that a way's queue can't be read, and once that it can again.
func (d *Desk) sayRead(way string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil && !d.unread[way]:
		d.Log.Warn("can't read which alarms are to be told: this is said once", "way", way, "err", quiet(err))
	case err == nil && d.unread[way]:
		d.Log.Info("which alarms are to be told is read again", "way", way)
	}
	if d.unread == nil {
		d.unread = map[string]bool{}
	}
	d.unread[way] = err != nil
}

// tellOne tells the first of these words that is due and was not begun before. It gives how
// long it is until one is due if none is now.
func (d *Desk) tellOne(
	ctx context.Context, w Way, words []digest.AlarmWord, begun map[string]bool,
) (time.Duration, bool) {
	next := lookAgain
	for _, word := range words {
		left, told := d.remembered(ctx, &word)
		switch now := d.Now(); {
		case told:
		case begun[nameOf(word)]:
			next = min(next, max(left, 0))
		case left <= 0 || left > lastWait+time.Minute: // the clock was set back
			begun[nameOf(word)] = true
			d.tellQueued(ctx, w, word, now)
			return 0, true
		default:
			next = min(next, left)
		}
	}
	return next, false
}

var lastWait = waits[len(waits)-1]

// remembered completes a word by what the queue could not keep, and gives how long it is
// not due, or that it was told.
func (d *Desk) remembered(ctx context.Context, word *digest.AlarmWord) (left time.Duration, told bool) {
	d.mu.Lock()
	is, known := d.memo[nameOf(*word)]
	d.mu.Unlock()
	if known && is.Due.IsZero() {
		d.forget(ctx, *word)
		return 0, true
	}
	if known {
		word.Attempts, word.Due = is.Attempts, is.Due
	}
	return word.Due.Sub(d.Now()), false
}

func nameOf(w digest.AlarmWord) string { return fmt.Sprint(w.Ref, w.Ends, w.Way) }

// tellQueued tells a word, or has it wait.
func (d *Desk) tellQueued(ctx context.Context, w Way, word digest.AlarmWord, now time.Time) {
	err := d.tell(ctx, w, d.message(word))
	if err != nil && ctx.Err() != nil {
		return // it is told after the next start
	}
	since := word.Began
	if word.Ends {
		since = word.Over
	}
	switch {
	case err == nil:
		d.forget(ctx, word)
		d.Log.Info("alarm told", "way", w.Name(), "kind", word.Kind, "over", word.Ends, "ref", word.Ref)
		return
	case now.Sub(since) >= giveUp:
		d.givenUp(w, word, err)
		d.forget(ctx, word)
		return
	case word.Attempts == 0:
		d.Log.Warn("alarm not told yet: tried again", "way", w.Name(), "kind", word.Kind, "ref", word.Ref, "err", quiet(err))
	}
	word.Attempts++
	word.Due = now.Add(waitAfter(word.Attempts))
	if err := d.Queue.Later(ctx, word); err != nil {
		d.remember(word)
	}
}

// givenUp logs what a way could not tell within a day.
func (d *Desk) givenUp(w Way, word digest.AlarmWord, err error) {
	d.Log.Error("alarm not told: given up", "way", w.Name(), "kind", word.Kind, "attempts", word.Attempts+1,
		"ref", word.Ref, "err", quiet(err))
}

// forget removes a word from the queue, or remembers that it was told.
func (d *Desk) forget(ctx context.Context, word digest.AlarmWord) {
	durable, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	if err := d.Queue.Told(durable, word); err != nil {
		word.Due = time.Time{}
		d.remember(word)
		return
	}
	d.mu.Lock()
	delete(d.memo, nameOf(word))
	d.mu.Unlock()
}

func (d *Desk) remember(word digest.AlarmWord) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.memo == nil {
		d.memo = map[string]digest.AlarmWord{}
	}
	d.memo[nameOf(word)] = word
}

// tell tells by a way, in the time that there is.
func (d *Desk) tell(ctx context.Context, w Way, m Message) error {
	telling, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellLimit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(lastWord, cancel) })
	defer stop()
	return w.Tell(telling, m)
}

// Test gives a message about an alarm that stands on no board, to try a way with.
func (d *Desk) Test(a digest.Alarm) Message {
	now := d.Now()
	return d.message(digest.AlarmWord{RaisedAlarm: digest.RaisedAlarm{Alarm: a, Ref: newRef(), Began: now}})
}
