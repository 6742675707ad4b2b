package alarm

import (
	"context"
	"time"

	"vesper/digest"
)

// mostLoose bounds the words that stand in no queue, of each way.
const mostLoose = 50

// tellLoose has all ways tell an alarm that stands on no board. The caller holds mu.
func (d *Desk) tellLoose(a digest.RaisedAlarm) {
	if d.loose == nil {
		d.loose = map[string][]digest.AlarmWord{}
	}
	for _, way := range d.ways() {
		if len(d.loose[way]) < mostLoose {
			d.loose[way] = append(d.loose[way], digest.AlarmWord{RaisedAlarm: a, Way: way, Due: a.Began})
		}
	}
	d.pokeAll()
}

// tellUnqueued tells what stands in no queue, and gives how long it is until something
// else is due.
func (d *Desk) tellUnqueued(ctx context.Context, w Way) time.Duration {
	d.mu.Lock()
	all := d.loose[w.Name()]
	delete(d.loose, w.Name())
	d.mu.Unlock()
	next := lookAgain
	var left []digest.AlarmWord
	for _, word := range all {
		now := d.Now()
		if wait := word.Due.Sub(now); wait > 0 && wait <= lastWait || ctx.Err() != nil {
			next, left = min(next, wait), append(left, word)
			continue
		}
		err := d.tell(ctx, w, d.message(word))
		switch {
		case err == nil:
			d.Log.Info("alarm told, without the database", "way", w.Name(), "kind", word.Kind, "ref", word.Ref)
			continue
		case now.Sub(word.Began) >= giveUp:
			d.givenUp(w, word, err)
			continue
		}
		word.Attempts++
		wait := waitAfter(word.Attempts)
		word.Due = now.Add(wait)
		next, left = min(next, wait), append(left, word)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(left) > 0 {
		d.loose[w.Name()] = append(left, d.loose[w.Name()]...)
	}
	return next
}
