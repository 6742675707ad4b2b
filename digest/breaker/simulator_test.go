package breaker_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

var (
	seeds = flag.Int("seeds", 300, "live through `N` evenings")
	only  = flag.Int("only", -1, "live through the evening of this `SEED` alone, and tell it")
)

// patient is how many refusals a fault may meet with.
const patient = 60

// TestNoLivingReaderFails lets readers, relays, servers behind one name, messages and
// quotas be at fault, in any order, over 1 to 16 connections, with restarts. Nobody who
// can be reached fails before the edition's time is over, nobody is sent to twice, and
// every edition ends. No fault meets with more than 60 messages that it refuses. In 99 of
// 100 evenings nobody is left at the end whose relay has been well for three hours.
func TestNoLivingReaderFails(t *testing.T) {
	var all totals
	for seed := range uint64(*seeds) {
		if *only >= 0 && seed != uint64(*only) {
			continue
		}
		w := newWorld(seed)
		if *only >= 0 {
			w.tell = func(format string, args ...any) { t.Logf(format, args...) }
		}
		w.evening()
		for _, problem := range w.problems {
			t.Errorf("seed %d (%s): %s", seed, w.story(), problem)
		}
		all.add(w)
	}
	t.Logf("%+v", all)
	if all.MostOfAFault > patient {
		t.Errorf("a fault refused %d messages, want %d at most", all.MostOfAFault, patient)
	}
	if *only < 0 && all.Left*100 > all.Evenings {
		t.Errorf("of %d evenings, somebody was left in %d", all.Evenings, all.Left)
	}
}

type totals struct {
	Evenings, Readers, Sent, Failed, Expired    int
	Faults, Refused, MostOfAFault, MostControls int
	Pauses, Hops, Restarts, Controls            int
	// Left counts evenings at whose end somebody was left.
	Left int
}

func (a *totals) add(w *world) {
	a.Evenings++
	a.Faults += len(w.faults)
	a.Pauses, a.Hops, a.Restarts = a.Pauses+w.pauses, a.Hops+w.hops, a.Restarts+w.restarts
	a.Controls += w.controls
	most := 0
	for _, f := range w.faults {
		a.Refused, most = a.Refused+f.refused, max(most, f.refused)
		a.MostControls = max(a.MostControls, f.controls)
	}
	a.MostOfAFault = max(a.MostOfAFault, most)
	if w.left > 0 {
		a.Left++
	}
	for _, r := range w.readers {
		a.Readers++
		switch r.step {
		case digest.Sent:
			a.Sent++
		case digest.Failed:
			a.Failed++
		case digest.Expired:
			a.Expired++
		}
	}
}

// reader is a row with the hidden truth of its reader.
type reader struct {
	d    digest.Delivery
	step digest.Step
	// says is what the reader's own server says for good, and atDot if only after the dot.
	says  digest.Outcome
	grey  int
	sent  int
	again int
	// before says that an earlier edition reached the reader.
	before bool
}

// fault is the hidden truth of a relay, from one time to another.
type fault struct {
	name     string
	relay    int
	from, to time.Duration
	// says is its refusal; variant, if set, is the only message that it refuses.
	says    digest.Outcome
	variant string
	// backend, if positive, is the only server behind the name that refuses.
	backend int
	// after is how many are taken before it begins.
	after int
	// most, if positive, is after how many refusals it is over.
	most int
	// refused counts the readers' messages that it refused, controls the controls.
	refused, controls int
}

// world is one evening.
type world struct {
	*rand.Rand
	readers []*reader
	faults  []*fault
	relays  []*mta
	workers int
	hands   []*hand
	// seats is how many connections there may be, for all workers together.
	seats    int
	messages int
	begun    time.Time
	now      time.Time
	until    time.Time
	lines    int64
	b        *breaker.Breaker
	problems []string
	// turns, if there are any, are said in turn in place of a fault's own words.
	turns []digest.Outcome
	tell  func(format string, args ...any)

	pauses, hops, restarts, controls int
	// wait is the last one of a pause, and resumed what had been taken at its end.
	wait    time.Duration
	resumed int
	// left counts readers who got nothing although all was well for long.
	left int
}

// mta is a relay as the pool knows it.
type mta struct {
	name     string
	backends int
	taken    int
	// rests is until when it is left alone, and rest how long it was the last time.
	rests time.Time
	rest  time.Duration
	// trying says that a connection finds out if it is back.
	trying bool
}

// answer is what a relay says of a row over one connection, and which fault says so.
func (w *world) answer(c *connection, r *reader, at digest.Class) (digest.Outcome, *fault) {
	for _, f := range w.faults {
		since := w.now.Sub(w.begun)
		if f.says.Class != at || w.relays[f.relay] != c.mta || since < f.from || since >= f.to || c.mta.taken < f.after ||
			f.backend > 0 && c.backend != f.backend || f.variant != "" && f.variant != r.d.Variant ||
			f.most > 0 && f.refused+f.controls >= f.most {
			continue
		}
		if len(w.turns) > 0 {
			return w.turns[f.refused%len(w.turns)], f
		}
		return f.says, f
	}
	return digest.Outcome{}, nil
}

func (w *world) say(c *connection, r *reader) digest.Outcome {
	o, f := w.answer(c, r, digest.Permanent)
	if f == nil && r.says.Class != digest.Permanent && r.grey == 0 {
		o, f = w.answer(c, r, digest.Refused)
	}
	switch {
	case f != nil:
		f.refused++
	case r.says.Class != "":
		o = r.says
	case r.grey > 0:
		r.grey--
		o = digest.Outcome{Class: digest.Transient, Code: 450}
	default:
		c.mta.taken++
		r.sent++
		o = digest.Outcome{Class: digest.Accepted, Code: 250}
	}
	o.Relay, o.Line = c.mta.name, c.line
	return o
}

// control answers MAIL and the RCPTs of a control.
func (w *world) control(c *connection, to []digest.Envelope) digest.Outcome {
	w.controls++
	o := digest.Outcome{Class: digest.Accepted, Code: 250}
	if said, f := w.answer(c, &reader{}, digest.Permanent); f != nil {
		o = said
		f.controls++
	}
	o.Relay, o.Line = c.mta.name, c.line
	return o
}

func (w *world) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// evening works until nobody is owed anything.
func (w *world) evening() {
	w.b = &breaker.Breaker{}
	for rounds := 0; len(w.problems) == 0; rounds++ {
		due := w.due()
		if due.IsZero() {
			break
		}
		if rounds > 5000 {
			w.problem("it never ends")
			return
		}
		if due.After(w.now) {
			w.now = due
		}
		if !w.now.Before(w.until) {
			w.giveUp()
			continue
		}
		if w.round() {
			w.pause()
		}
	}
	w.judge()
}

func (w *world) due() (due time.Time) {
	for _, r := range w.readers {
		if r.step == digest.Pending && (due.IsZero() || r.d.Due.Before(due)) {
			due = r.d.Due
		}
	}
	return due
}

func (w *world) giveUp() {
	for _, r := range w.readers {
		if r.step == digest.Pending {
			r.step = digest.Expired
			if r.d.Suspect != "" {
				r.step = digest.Failed
			}
		}
	}
}

func (w *world) judge() {
	for _, r := range w.readers {
		if r.sent > 1 {
			w.problem("reader %d was sent to %d times", r.d.Key, r.sent)
		}
		if (r.step == digest.Sent) != (r.sent == 1) {
			w.problem("reader %d is %s and was sent to %d times", r.d.Key, r.step, r.sent)
		}
	}
	quiet := true
	for _, f := range w.faults {
		quiet = quiet && w.begun.Add(f.to).Before(w.until.Add(-3*time.Hour))
	}
	for _, r := range w.readers {
		if quiet && r.says.Class == "" && r.step != digest.Sent {
			w.left++
			w.tell("reader %d is %s although all faults were over", r.d.Key, r.step)
		}
	}
}

// fail settles readers whose refusals were their own, as it was judged.
func (w *world) fail(all []breaker.Suspect) {
	for _, s := range all {
		r := w.readers[s.Row.Key-1]
		if r.says.Class == "" {
			w.problem("reader %d is alive and failed by %d %s %s", r.d.Key, s.Outcome.Code, s.Outcome.Enhanced,
				s.Outcome.Reply)
		}
		if r.step != digest.Pending {
			w.problem("reader %d is %s and fails", r.d.Key, r.step)
		}
		r.step = digest.Failed
	}
}

// later defers what is left under suspicion.
func (w *world) later(all []breaker.Suspect) {
	waits := []time.Duration{5, 15, 30, 60}
	for _, s := range all {
		r := w.readers[s.Row.Key-1]
		r.d.Due = w.now.Add(waits[min(r.again, 3)] * time.Minute)
		r.again++
	}
}

// byProbe orders rows for probes: another one each time, those who were taken before
// first, suspects last.
func byProbe(a, b *reader) int {
	if a.before != b.before && a.d.Suspect == "" && b.d.Suspect == "" {
		return map[bool]int{true: -1, false: 1}[a.before]
	}
	return byDue(a, b)
}

func byDue(a, b *reader) int {
	if (a.d.Suspect == "") != (b.d.Suspect == "") {
		return cmp.Compare(len(a.d.Suspect), len(b.d.Suspect))
	}
	return cmp.Or(a.d.Due.Compare(b.d.Due), cmp.Compare(a.d.Key, b.d.Key))
}
