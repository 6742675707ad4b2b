package relay

import (
	"testing"
	"time"
)

func TestALimitOfMessagesIsKnownFromSessionsThatEndAlike(t *testing.T) {
	type end struct {
		carried int
		phase   phase
	}
	for name, row := range map[string]struct {
		ends []end
		most int
	}{
		"once is chance":              {[]end{{10, phaseMail}}, 0},
		"twice":                       {[]end{{10, phaseMail}, {10, phaseMail}}, 10},
		"never alike":                 {[]end{{10, phaseMail}, {7, phaseMail}, {10, phaseMail}, {7, phaseMail}}, 0},
		"a reader could be the cause": {[]end{{10, phaseRcpt}, {10, phaseRcpt}}, 0},
		"three readers are not":       {[]end{{10, phaseRcpt}, {10, phaseData}, {10, phaseRcpt}}, 10},
		"fewer than before":           {[]end{{10, phaseMail}, {10, phaseMail}, {4, phaseMail}, {4, phaseMail}}, 4},
		"fewer, once":                 {[]end{{10, phaseMail}, {10, phaseMail}, {4, phaseMail}}, 10},
	} {
		var h habits
		limit := false
		for _, e := range row.ends {
			limit, _ = h.ended(e.carried, e.phase, time.Now())
		}
		last := row.ends[len(row.ends)-1].carried
		if h.most != row.most || limit != (row.most > 0 && last >= row.most) {
			t.Errorf("%s: %d, and the last at the limit: %t; want %d", name, h.most, limit, row.most)
		}
		if full := h.full(row.most, false); full != (row.most > 0) {
			t.Errorf("%s: a session of %d is full: %t", name, row.most, full)
		}
	}
}

func TestALimitOfMessagesIsTriedAgainNowAndThen(t *testing.T) {
	var h habits
	now := time.Now()
	h.ended(10, phaseMail, now)
	h.ended(10, phaseMail, now)
	for i := range 3 * runDials {
		if trial := h.begin(now); trial != ((i+1)%runDials == 0) {
			t.Fatalf("connection %d is let go on: %t", i+1, trial)
		}
	}
	if now = now.Add(firstHold); !h.begin(now) || h.begin(now) {
		t.Error("want one connection to be let go on after a while")
	}
	if h.ended(10, phaseMail, now); h.begin(now.Add(firstHold)) || !h.begin(now.Add(2*firstHold)) {
		t.Error("want twice as long a while when the limit still holds")
	}
	if h.fills(11, true) || !h.fills(10, false) {
		t.Error("to ask what one more message makes of a session shows nothing")
	}
	if h.full(11, true) || h.full(10, false) {
		t.Error("a connection that goes on shows that there is no limit any more")
	}
}
