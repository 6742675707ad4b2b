package deliver

import (
	"fmt"
	"testing"
	"time"

	"vesper/digest"
)

// ended is how a connection ended while a row's own RCPT was on the wire.
func ended(code int, reply string, how digest.Ended) digest.Outcome {
	how.Recipient = true
	return digest.Outcome{Class: digest.Session, Code: code, Reply: reply, Ended: how}
}

func TestWhoseFaultTheEndOfAConnectionIs(t *testing.T) {
	fin := ended(0, "", digest.Ended{})
	silent := ended(0, "", digest.Ended{Silent: true})
	refused, slowed := digest.Ended{Refused: true}, ended(0, "", digest.Ended{Silent: true, Refused: true})
	worn := fin
	worn.Blameless = true
	mail := digest.Outcome{Class: digest.Session}
	errors := "4.7.0 Error: Too many errors"
	for name, c := range map[string]struct {
		o    digest.Outcome
		s    scene
		want verdict
	}{
		"three others had answers":            {fin, scene{answered: 3}, suspected},
		"a silence, and they had":             {silent, scene{answered: 3}, suspected},
		"two others had":                      {fin, scene{answered: 2}, nobody},
		"nobody had":                          {fin, scene{}, nobody},
		"at the opening, AUTH or MAIL":        {mail, scene{answered: 9}, nobody},
		"the relay slows us down":             {digest.Outcome{Class: digest.Pace}, scene{answered: 9}, nobody},
		"a message in doubt":                  {digest.Outcome{Class: digest.InDoubt}, scene{answered: 9}, nobody},
		"after as many as it takes a session": {worn, scene{answered: 9}, nobody},
		"after refused recipients":            {ended(0, "", refused), scene{answered: 3}, suspected},
		"a silence after refused recipients":  {slowed, scene{answered: 9}, nobody},
		"too many errors, and some were":      {ended(421, errors, refused), scene{answered: 9}, nobody},
		"too many errors, and none was":       {ended(421, errors, digest.Ended{}), scene{answered: 3}, suspected},
		"421 after refused recipients":        {ended(421, "bye", refused), scene{answered: 3}, suspected},
		"alone, once more":                    {fin, scene{alone: true, answered: 1}, guilty},
		"alone, and nobody else is left":      {silent, scene{alone: true}, guilty},
		"alone, and every connection ends so": {fin, scene{alone: true, broken: 1}, nobody},
		"alone, others broke, others did not": {fin, scene{alone: true, broken: 1, answered: 1}, guilty},
		"alone, a silence after refusals":     {slowed, scene{alone: true, answered: 3}, nobody},
		"alone, at MAIL":                      {mail, scene{alone: true, answered: 3}, nobody},
	} {
		if got := c.s.verdict(c.o); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

// Who had answers, when, and over which relay decides.
func TestOthersAreWitnessesForAMinuteBeforeAndAfter(t *testing.T) {
	start := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	bad := digest.Delivery{Address: "bad@quay.example"}
	answer := func(e *evidence, relay string, at time.Duration, who ...int) {
		for _, one := range who {
			d := digest.Delivery{Address: fmt.Sprintf("reader%d@quay.example", one)}
			e.judge(d, digest.Outcome{Class: digest.Transient, Code: 450, Relay: relay}, start.Add(at))
		}
	}
	for name, c := range map[string]struct {
		before, after func(e *evidence)
		now, later    bool
	}{
		"three just before": {
			before: func(e *evidence) { answer(e, "a", -time.Minute, 1, 2, 3) }, now: true, later: true,
		},
		"three long before": {before: func(e *evidence) { answer(e, "a", -61*time.Second, 1, 2, 3) }},
		"one three times":   {before: func(e *evidence) { answer(e, "a", -1, 1, 1, 1) }},
		"of another relay":  {before: func(e *evidence) { answer(e, "b", -1, 1, 2, 3) }},
		"the reader's own": {before: func(e *evidence) {
			answer(e, "a", -3, 1, 2)
			e.judge(bad, digest.Outcome{Class: digest.Transient, Code: 450, Relay: "a"}, start.Add(-2))
		}},
		"the reader's own beside three": {before: func(e *evidence) {
			answer(e, "a", -3, 1, 2, 3)
			e.judge(bad, digest.Outcome{Class: digest.Transient, Code: 450, Relay: "a"}, start.Add(-2))
		}, now: true, later: true},
		"three after": {after: func(e *evidence) { answer(e, "a", time.Minute, 1, 2, 3) }, later: true},
		"one before and two after": {
			before: func(e *evidence) { answer(e, "a", -1, 1) },
			after:  func(e *evidence) { answer(e, "a", 1, 2, 3) },
			later:  true,
		},
		"three too late": {after: func(e *evidence) { answer(e, "a", 61*time.Second, 1, 2, 3) }},
		"an answer since": {
			before: func(e *evidence) { answer(e, "a", -1, 1, 2, 3) },
			after: func(e *evidence) {
				e.judge(bad, digest.Outcome{Class: digest.Accepted, Code: 250, Relay: "a"}, start.Add(1))
			},
			now: true,
		},
	} {
		var e evidence
		if c.before != nil {
			c.before(&e)
		}
		o := digest.Outcome{Class: digest.Session, Relay: "a", Ended: digest.Ended{Recipient: true}}
		if got := e.judge(bad, o, start); (got == suspected) != c.now {
			t.Errorf("%s: got %d", name, got)
		}
		if c.after != nil {
			c.after(&e)
		}
		if _, got := e.suspect(bad.Address, start.Add(2*time.Minute)); got != c.later {
			t.Errorf("%s: later suspect: %v", name, got)
		}
		if _, got := e.suspect(bad.Address, start.Add(remembered+1)); got {
			t.Errorf("%s: it is never forgotten", name)
		}
	}
}
