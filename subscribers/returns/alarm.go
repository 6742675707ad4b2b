package returns

import "context"

// deadHigh is the part of addresses that are dead of which the log tells, in parts of a
// thousand, and fewest how many they must be.
const (
	deadHigh = 20
	fewest   = 10
)

// alarm tells once of each rate of an edition that is too high.
func (d *Desk) alarm(ctx context.Context, edition uint32, id string) error {
	if edition == 0 {
		return nil
	}
	s, err := d.Scales.ReportSums(ctx, edition)
	if err != nil || s.Of == 0 {
		return err
	}
	if s.ManyComplaints() && d.first("complaints", edition, "") {
		d.log().Warn("many readers call the edition spam", "edition", id, "complaints", s.Complained, "recipients", s.Of,
			"hint", "see who was put on the list without asking; providers block senders from 0.3 % up")
	}
	switch {
	case s.ManyDead():
		if !d.first("dead", edition, "alarm") {
			break
		}
		d.log().Error("many addresses of the edition do not exist", "edition", id, "addresses", s.Dead, "recipients", s.Of,
			"hint", "see where they came from: vesper bounces list --class remove")
	case s.Dead >= fewest && s.Dead*1000 >= s.Of*deadHigh && d.first("dead", edition, ""):
		d.log().Warn("addresses of the edition do not exist", "edition", id, "addresses", s.Dead, "recipients", s.Of)
	}
	return nil
}

// told is something that is logged once.
type told struct {
	what    string
	edition uint32
	more    string
}

// mostTold is how many such things are remembered.
const mostTold = 10_000

// first says whether something has not been told yet of an edition.
func (d *Desk) first(what string, edition uint32, more string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told == nil || len(d.told) >= mostTold {
		d.told = map[told]bool{}
	}
	is := told{what, edition, more}
	if d.told[is] {
		return false
	}
	d.told[is] = true
	return true
}
