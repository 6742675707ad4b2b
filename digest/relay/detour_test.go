package relay_test

import (
	"strings"
	"testing"

	"vesper/digest"
)

// TestWhatOneRelayLacksGoesOverAnother has a relay that offers less than another, or one
// that is down while the other offers less.
func TestWhatOneRelayLacksGoesOverAnother(t *testing.T) {
	tiny, utf8 := "SIZE 10", "SMTPUTF8"
	for name, c := range map[string]struct {
		offers [2][]string
		// dead says that the first relay is down.
		dead bool
		// taken is how many each takes of 12, every fourth with an international address;
		// rest is what becomes of the others.
		taken [2]int
		rest  digest.Class
	}{
		"an address":            {[2][]string{nil, {utf8}}, false, [2]int{9, 3}, ""},
		"a message":             {[2][]string{{tiny}, {utf8}}, false, [2]int{0, 12}, ""},
		"both lack the address": {[2][]string{nil, nil}, false, [2]int{9, 0}, digest.Permanent},
		"both lack the size":    {[2][]string{{tiny}, {tiny}}, false, [2]int{0, 0}, digest.Refused},
		"the able one is down":  {[2][]string{{utf8}, {tiny}}, true, [2]int{0, 0}, digest.Transient},
		"no relay has both":     {[2][]string{{tiny, utf8}, nil}, false, [2]int{0, 9}, digest.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			down := func(string, string) string { return "" }
			if c.dead {
				down = func(phase, _ string) string { return map[string]string{"greeting": "421 4.3.2 closing"}[phase] }
			}
			first := (&scripted{offers: c.offers[0], answer: down}).start(t)
			second := (&scripted{offers: c.offers[1]}).start(t)
			all := envelopes(12)
			for i := 3; i < len(all); i += 4 {
				all[i].To = strings.Replace(all[i].To, "reader", "läser", 1)
			}
			s := &stream{envelopes: all}
			if end := poolOf(&clock{}, first, second).Edition(1).Work(t.Context(), s); end.Class != "" {
				t.Fatalf("ended with %+v", end)
			}
			if a, b := len(first.taken()), len(second.taken()); [2]int{a, b} != c.taken {
				t.Errorf("they took %d and %d, want %v", a, b, c.taken)
			}
			for key, outcomes := range s.settled {
				if len(outcomes) != 1 || outcomes[0].Class != digest.Accepted && outcomes[0].Class != c.rest {
					t.Errorf("envelope %d came to %+v, want it taken or %s", key, outcomes, c.rest)
				}
			}
			if n := len(s.settled); n != len(all) {
				t.Errorf("%d of %d are settled", n, len(all))
			}
			if dials, _ := second.count(); dials > 4 {
				t.Errorf("%d connections were made to the second", dials)
			}
		})
	}
}
