package relay_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest/relay"
)

func sharedPool(t *testing.T, connections int) (*relay.Pool, *scripted) {
	server := (&scripted{}).start(t)
	p := poolOf(&clock{}, server)
	p.Relays[0].Connections = connections
	return p, server
}

func TestEditionsWorkSideBySide(t *testing.T) {
	p, _ := sharedPool(t, 8)
	c := newCrew(t, p)
	c.come("1", 8)
	c.expect("1 7")
	c.come("2", 8)
	c.expect("1 3, 2 4")
	c.come("3", 8)
	c.expect("1 2, 2 2, 3 3")
	c.leave("2")
	c.expect("1 3, 3 4")
	c.leave("3")
	c.expect("1 7")
}

func TestConnectionsThatOneEditionLeavesIdleGoToTheNewest(t *testing.T) {
	p, _ := sharedPool(t, 10)
	c := newCrew(t, p)
	c.come("3", 1)
	c.expect("3 1")
	c.come("1", 10)
	c.expect("1 8, 3 1")
	// The equal part of each is 3. The newest leaves 2 idle: they go to the one
	// that is the newest of the others, whichever came first.
	c.come("2", 10)
	c.expect("1 3, 2 5, 3 1")
	c.leave("3")
	c.expect("1 4, 2 5")
}

func TestAnOlderEditionHasItsPartOfWhatANewerOneHas(t *testing.T) {
	p, _ := sharedPool(t, 8)
	c := newCrew(t, p)
	c.come("7", 8)
	c.expect("7 7")
	c.come("4", 2)
	c.expect("7 5, 4 2")
}

func TestLettersHaveAConnectionThatEditionsCannotTake(t *testing.T) {
	for _, connections := range []int{2, 8} {
		p, server := sharedPool(t, connections)
		c := newCrew(t, p)
		c.come("1", 10)
		c.expect(fmt.Sprintf("1 %d", connections-1))
		before, _ := server.count()
		c.come("letters", 1)
		c.expect(fmt.Sprintf("1 %d, letters 1", connections-1))
		if after, _ := server.count(); after != before+1 {
			t.Errorf("of %d: %d connections were made for the letter", connections, after-before)
		}
	}
}

func TestTheOnlyConnectionIsGivenUpForALetterAndComesBack(t *testing.T) {
	p, _ := sharedPool(t, 1)
	c := newCrew(t, p)
	c.come("1", 3)
	c.expect("1 1")
	c.come("letters", 1)
	c.expect("letters 1")
	c.leave("letters")
	c.expect("1 1")
	c.come("2", 3)
	c.expect("2 1") // the newest comes first
	c.come("letters", 1)
	c.expect("letters 1")
	c.leave("2")
	c.leave("letters")
	c.expect("1 1")
}

func TestALetterComesBeforeAnEditionWhoseConnectionIsBeingOpened(t *testing.T) {
	var dials atomic.Int64
	dialled, greet := make(chan struct{}), make(chan struct{})
	server := (&scripted{answer: func(phase, _ string) string {
		if phase == "greeting" && dials.Add(1) == 1 {
			close(dialled)
			<-greet
		}
		return ""
	}}).start(t)
	p := poolOf(&clock{}, server)
	p.Relays[0].Connections = 1
	c := newCrew(t, p)
	edition := &stream{envelopes: envelopes(1)}
	c.all.Go(func() { p.Edition(1).Work(t.Context(), edition) })
	<-dialled
	c.come("letters", 1)
	for p.Waiting() == 0 {
		runtime.Gosched()
	}
	close(greet)
	c.expect("letters 1")
	if got := len(server.taken()); got != 0 {
		t.Errorf("%d messages of the edition came first", got)
	}
	c.leave("letters")
	c.all.Wait()
	if got := len(server.taken()); got != 1 {
		t.Errorf("%d messages of the edition, want 1", got)
	}
}

func TestTheRateIsNotWaitedForWhereAConnectionIsWantedElsewhere(t *testing.T) {
	var greetings atomic.Int64
	opened := make(chan struct{})
	server := (&scripted{said: func(phase string) {
		if phase == "greeting" && greetings.Add(1) == 2 {
			close(opened)
		}
	}}).start(t)
	p := poolOf(&clock{}, server)
	p.Relays[0].Connections, p.Relays[0].Rate, p.Relays[0].Now = 1, 0.001, time.Now
	waiting := &stream{envelopes: envelopes(2), done: make(chan struct{})}
	settled := make(chan struct{})
	waiting.settling = func() { close(settled) }
	var all sync.WaitGroup
	all.Go(func() { p.Edition(1).Work(t.Context(), waiting) })
	<-settled
	// The edition waits a quarter of an hour for its second message now.
	letter := &stream{envelopes: envelopes(1), done: make(chan struct{})}
	all.Go(func() { p.Letters().Work(t.Context(), letter) })
	<-opened
	close(letter.done)
	close(waiting.done)
	all.Wait()
	if waiting.next != 1 || letter.next != 0 {
		t.Errorf("%d and %d envelopes were taken, want 1 and 0", waiting.next, letter.next)
	}
}

func TestALetterHasItsTurnOnARelayThatTakesFewerConnections(t *testing.T) {
	p := poolOf(&clock{}, (&scripted{limit: 2}).start(t))
	p.Relays[0].Connections = 8
	c := newCrew(t, p)
	c.come("1", 8)
	for p.Waiting() < 6 {
		runtime.Gosched()
	}
	c.expect("1 2") // the relay took two, and no letter wants one
	c.come("letters", 1)
	c.expect("1 1, letters 1")
	c.come("2", 8)
	c.expect("2 1, letters 1")
}

func TestSharesMoveToTheNextRelayAndBack(t *testing.T) {
	first, second, at := ail(t, "greeting", "554 5.3.2 no service"), (&scripted{}).start(t), &clock{}
	p := poolOf(at, first.scripted, second)
	p.Relays[0].Connections, p.Relays[1].Connections = 2, 4
	c := newCrew(t, p)
	c.come("1", 5)
	c.come("letters", 1)
	c.expect("1 3, letters 1")
	c.come("2", 5)
	c.expect("1 1, 2 2, letters 1")
	for _, name := range []string{"1", "2", "letters"} {
		c.leave(name)
	}
	c.all.Wait()
	first.ill.Store(false)
	at.pass(time.Minute)
	before, _ := second.count()
	c.come("letters", 1) // finds out that the first is back
	c.expect("letters 1")
	c.come("1", 5)
	c.expect("1 1, letters 1")
	c.come("2", 5)
	c.expect("2 1, letters 1")
	if after, _ := second.count(); after != before {
		t.Errorf("%d connections to the second, though the first is back", after-before)
	}
}
