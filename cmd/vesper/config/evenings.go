package config

import (
	"fmt"
	"slices"

	"vesper/digest"
)

// mostExcept bounds the days that are excepted: with more, a schedule of its own says it
// better.
const mostExcept = 366

// instead checks what becomes of evenings on which no edition would be sent.
func (r *Report) instead(key string, e Edition) {
	for _, k := range []struct{ name, value string }{{"below_min", e.BelowMin}, {"late", e.Late}} {
		switch digest.Instead(k.value) {
		case digest.Fold, digest.Skip, digest.Send:
		default:
			r.Flaw(key+k.name, fmt.Sprintf("%s is %q, not fold, skip or send", k.name, k.value),
				`"fold" leaves its stories to the next edition, "skip" passes them over, "send" sends it all the same`)
		}
	}
	if len(e.Except) > mostExcept {
		r.Flaw(key+"except", fmt.Sprintf("except has %d days, and may have %d", len(e.Except), mostExcept),
			"days of the week are better left out of schedule")
	}
	for i, day := range e.Except {
		if _, err := digest.ParseDate(day); err != nil {
			r.Flaw(key+"except", "except: "+err.Error(), "a day that there is, with the year first")
		} else if slices.Contains(e.Except[:i], day) {
			r.Flaw(key+"except", fmt.Sprintf("except has %s twice", day), "once is enough")
		}
	}
	if e.Schedule != "" {
		return
	}
	for _, k := range []struct {
		name  string
		given bool
	}{
		{"except", len(e.Except) > 0},
		{"finish_by", e.FinishBy != ""},
		{"freeze", e.Freeze > 0},
		{"proof_before", e.ProofBefore > 0},
		{"late", digest.Instead(e.Late) != digest.Fold},
		{"wave", e.Wave != ""},
	} {
		if k.given {
			r.Flaw(key+k.name, k.name+" says nothing of an edition without a schedule",
				"leave it out: such an edition is sent by hand")
		}
	}
}

// Exceptions gives the days of Except that can be read.
func (e Edition) Exceptions() []digest.Date {
	var days []digest.Date
	for _, day := range e.Except {
		if d, err := digest.ParseDate(day); err == nil {
			days = append(days, d)
		}
	}
	return days
}

// checkWaves checks when readers of other time zones get an edition.
func checkWaves(r *Report, key string, e Edition) {
	if e.Wave != "" && e.Wave != digest.WaveSubscriber {
		r.Flaw(key+"wave", fmt.Sprintf("wave is %q", e.Wave),
			`"subscriber" sends it at its hour in each reader's time zone; left out, it goes to all at once`)
	}
	if e.Wave != "" && e.FinishBy != "" {
		r.Flaw(key+"finish_by", "finish_by is set, and an edition with wave takes up to a day",
			"leave it out: it is for an edition that goes to all at once")
	}
	switch _, err := digest.ParseQuiet(e.Quiet); {
	case err != nil:
		r.Flaw(key+"quiet", "quiet: "+err.Error(), "the hours in which readers want no mail")
	case e.Quiet != "" && e.Wave == "":
		r.Flaw(key+"quiet", "quiet is set without wave", `wave = "subscriber"; without it the edition goes to all at once`)
	}
}
