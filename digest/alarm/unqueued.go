package alarm

import (
	"context"
	"slices"
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

// tellUnqueued tells what stands in no queue, each word once, and gives how long it is until
// something else is due.
func (d *Desk) tellUnqueued(ctx context.Context, w Way) time.Duration {
	begun := map[string]bool{}
	for ctx.Err() == nil {
		word, next := d.takeLoose(w.Name(), begun)
		if word == nil {
			return next
		}
		begun[nameOf(*word)] = true
		now, err := d.Now(), d.tell(ctx, w, d.message(*word))
		switch {
		case err == nil:
			d.Log.Info("alarm told, without the database", "way", w.Name(), "kind", word.Kind, "ref", word.Ref)
			continue
		case now.Sub(word.Began) >= giveUp:
			d.givenUp(w, *word, err)
			continue
		}
		word.Attempts++
		word.Due = now.Add(waitAfter(word.Attempts))
		d.mu.Lock()
		d.loose[w.Name()] = append(d.loose[w.Name()], *word)
		d.mu.Unlock()
	}
	return lookAgain
}

// takeLoose takes the first word that is due and was not begun before. It gives nil, and how
// long it is until one is due, if none is now.
func (d *Desk) takeLoose(way string, begun map[string]bool) (*digest.AlarmWord, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := lookAgain
	for _, word := range inOrder(slices.Clone(d.loose[way])) {
		if wait := word.Due.Sub(d.Now()); wait > 0 && wait <= lastWait || begun[nameOf(word)] {
			next = min(next, max(wait, 0))
			continue
		}
		same := func(w digest.AlarmWord) bool { return nameOf(w) == nameOf(word) }
		d.loose[way] = slices.DeleteFunc(d.loose[way], same)
		return &word, 0
	}
	return nil, next
}
