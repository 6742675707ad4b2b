package relay_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// mute are the ways in which a relay takes connections and no mail.
var mute = map[string]struct {
	text string
	ends digest.Class
}{
	"452":    {"452 4.3.1 no space", digest.Pace},
	"421":    {"421 4.3.2 closing", digest.Session},
	"closed": {fin, digest.Session},
}

// owed gives a queue of the first n envelopes, with a clock that nothing else
// goes by.
func owed(n int) *queue { return &queue{rest: envelopes(n), owed: n, clock: &clock{}} }

func TestARelayThatTakesConnectionsAndNoMailGivesWayToTheNext(t *testing.T) {
	for name, row := range mute {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, c := ail(t, "MAIL", row.text), (&scripted{}).start(t), &clock{}
			p := poolOf(c, first.scripted, second)
			work := func(pass time.Duration, q *queue, ends digest.Class, want ...[2]int) {
				t.Helper()
				c.pass(pass)
				end := p.Edition(1).Work(t.Context(), share{q})
				if end.Class != ends || ends != "" && !strings.HasPrefix(end.Reply, at(first.scripted)) {
					t.Errorf("ended with %+v, want %q of the first", end, ends)
				}
				if diff := cmp.Diff(want, counts(first.scripted, second)); diff != "" {
					t.Errorf("after %s more: connections and messages: %s", pass, diff)
				}
			}
			q := owed(3)
			work(0, q, row.ends, [2]int{1, 0}, [2]int{0, 0})
			work(0, q, row.ends, [2]int{2, 0}, [2]int{0, 0})
			work(0, q, "", [2]int{3, 0}, [2]int{1, 3})
			work(4*time.Second, owed(2), "", [2]int{3, 0}, [2]int{2, 5}) // left alone for 5 s
			work(time.Second, owed(2), "", [2]int{4, 0}, [2]int{3, 7})   // tried once, and left alone for 10 s
			work(9*time.Second, owed(2), "", [2]int{4, 0}, [2]int{4, 9})
			first.ill.Store(false)
			work(time.Second, owed(0), "", [2]int{5, 0}, [2]int{4, 9}) // nobody there to find out with
			work(0, owed(2), "", [2]int{6, 2}, [2]int{4, 9})
			work(0, owed(2), "", [2]int{7, 4}, [2]int{4, 9})
		})
	}
}

func TestOneConnectionFindsOutIfARelayTakesMailAgain(t *testing.T) {
	first, second, c := ail(t, "MAIL", "452 4.3.1 no space"), (&scripted{}).start(t), &clock{}
	p := poolOf(c, first.scripted, second)
	for q := owed(1); !q.over(); {
		p.Edition(1).Work(t.Context(), share{q})
	}
	c.pass(5 * time.Second)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if end := p.Edition(1).Work(t.Context(), share{owed(10)}); end.Class != "" {
				t.Errorf("ended with %+v", end)
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff([2]int{4, 0}, counts(first.scripted)[0]); diff != "" {
		t.Errorf("connections and messages of the first: %s", diff)
	}
	if got := len(second.taken()); got != 61 {
		t.Errorf("%d messages over the second, want 61", got)
	}
}

func TestAnAnswerForAReaderShowsThatARelayIsUp(t *testing.T) {
	for name, answer := range map[string]string{
		"accepted": "250 2.0.0 Ok", "later": "450 4.2.0 later", "in doubt": "what?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mails atomic.Int64
			first := (&scripted{answer: func(phase, _ string) string {
				switch {
				case phase == "MAIL" && mails.Add(1) != 3:
					return "452 4.3.1 no space"
				case phase == "dot":
					return answer
				}
				return ""
			}}).start(t)
			second := (&scripted{}).start(t)
			p, q, ends := poolOf(&clock{}, first, second), owed(5), 0
			for p.Edition(1).Work(t.Context(), share{q}).Class != "" {
				ends++
			}
			// Two, the one with the answer, and two more before the one that is too many.
			if dials, _ := first.count(); ends != 5 || dials != 6 {
				t.Errorf("%d ends and %d connections, want 5 and 6", ends, dials)
			}
		})
	}
}

func TestNobodyIsLostOrRepeatedAroundARelayThatTakesNoMail(t *testing.T) {
	const readers, workers = 120, 6
	for name, row := range mute {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, c := ail(t, "MAIL", row.text), (&scripted{limit: 4}).start(t), &clock{}
			p := poolOf(c, first.scripted, second)
			everybody := func() {
				q := &queue{rest: envelopes(readers), owed: readers, clock: c}
				var all sync.WaitGroup
				for range workers {
					all.Go(func() {
						for !q.over() {
							p.Edition(1).Work(t.Context(), share{q})
						}
					})
				}
				all.Wait()
			}
			everybody()
			if got := counts(first.scripted, second); got[0][1] != 0 || got[1][1] != readers {
				t.Errorf("connections and messages %v, want all over the second", got)
			}
			first.ill.Store(false)
			c.pass(5 * time.Minute)
			// One connection alone tries the relay that is back. The others may have
			// sent all there is before it has: then it is left to the next edition.
			editions := 1
			for len(first.taken()) == 0 && editions < 20 {
				everybody()
				editions++
			}
			if len(first.taken()) == 0 {
				t.Error("the first is not returned to")
			}
			taken := map[string]int{}
			for _, m := range append(first.taken(), second.taken()...) {
				taken[m.to]++
			}
			for _, e := range envelopes(readers) {
				if taken[e.To] != editions {
					t.Errorf("%s got %d messages, want one of each of %d editions", e.To, taken[e.To], editions)
				}
			}
		})
	}
}

func TestAnOnlyRelayThatTakesNoMailIsTriedAsOftenAsAsked(t *testing.T) {
	for name, row := range mute {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			only, c := ail(t, "MAIL", row.text), &clock{}
			p, q := poolOf(c, only.scripted), owed(2)
			for range 6 {
				end := p.Edition(1).Work(t.Context(), share{q})
				if end.Class != row.ends || strings.Contains(end.Reply, "127.0.0.1") {
					t.Errorf("ended with %+v, want %s and no name", end, row.ends)
				}
			}
			only.ill.Store(false)
			if end := p.Edition(1).Work(t.Context(), share{q}); end.Class != "" || len(only.taken()) != 2 {
				t.Errorf("when it is well again: %+v", end)
			}
			if dials, _ := only.count(); dials != 7 {
				t.Errorf("%d connections, want 7", dials)
			}
		})
	}
}
