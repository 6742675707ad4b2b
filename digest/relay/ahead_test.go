package relay_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/relay"
)

// overlapping gives a relay that is spoken to with overlapped messages.
func overlapping(s *scripted) *relay.Relay {
	r := plainTo(s)
	r.Pipelining = relay.Overlap
	return r
}

func TestOverlappedMessagesArriveInOrderAndWhole(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}, delay: time.Millisecond}).start(t)
	s := &stream{envelopes: envelopes(20)}
	for i := range s.envelopes {
		s.envelopes[i].Data = append([]byte(".dots\r\n"), s.envelopes[i].Data...)
	}
	s.intent = func(_ context.Context, e digest.Envelope) error {
		if _, dots := server.count(); dots != int(e.Delivery.Key)-1 {
			t.Errorf("%d dots were read before the intent of %d was waited for", dots, e.Delivery.Key)
		}
		return nil
	}
	if end := overlapping(server).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	if s.most != 2 {
		t.Errorf("%d in hand at most, want 2", s.most)
	}
	taken := server.taken()
	for i, m := range taken {
		if m.to != s.envelopes[i].To || m.data != string(s.envelopes[i].Data) {
			t.Errorf("message %d is %q to %s", i+1, m.data, m.to)
		}
	}
	if dials, _ := server.count(); dials != 1 || len(taken) != 20 {
		t.Errorf("%d connections and %d messages, want 1 and 20", dials, len(taken))
	}
}

func TestARelayThatLosesWhatComesBehindADotGetsNoMoreOfIt(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}, deaf: true}).start(t)
	r, s := overlapping(server), &stream{envelopes: envelopes(5)}
	impatient(&r.Timeouts, "MAIL")
	if end := r.Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	want := []digest.Class{digest.Accepted, digest.Session, digest.Accepted, digest.Accepted, digest.Accepted}
	if diff := cmp.Diff(want, s.classes(t)); diff != "" {
		t.Error(diff)
	}
	if o := s.outcome(t, 2); !o.Blameless || o.Ended != (digest.Ended{}) {
		t.Errorf("the second is blamed: %+v", o)
	}
	if dials, _ := server.count(); dials != 2 {
		t.Errorf("%d connections, want 2", dials)
	}
}

func TestARelayThatHangsUpAtOverlappedMessagesGetsNoMoreOfThem(t *testing.T) {
	server := &scripted{offers: []string{"PIPELINING"}}
	server.answer = func(phase, _ string) string {
		if phase == "dot" && server.newest().r.Buffered() > 0 {
			return "250 2.0.0 Ok" + fin
		}
		return ""
	}
	s := &stream{envelopes: envelopes(6)}
	if end := overlapping(server.start(t)).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	yes, no := digest.Accepted, digest.Session
	if diff := cmp.Diff([]digest.Class{yes, no, yes, no, yes, yes}, s.classes(t)); diff != "" {
		t.Error(diff)
	}
	if dials, _ := server.count(); dials != 3 {
		t.Errorf("%d connections, want 3", dials)
	}
}

func TestOneConnectionTriesOverlappedMessagesFirst(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}}).start(t)
	r := overlapping(server)
	beside := func(want int) {
		t.Helper()
		s := &stream{envelopes: envelopes(5)}
		if end := r.Work(t.Context(), s); end.Class != "" || s.most != want {
			t.Errorf("ended with %+v, %d in hand, want %d", end, s.most, want)
		}
	}
	first := &stream{envelopes: envelopes(110)}
	first.intent = func(_ context.Context, e digest.Envelope) error {
		switch e.Delivery.Key {
		case 90:
			beside(1)
		case 105:
			beside(2)
		}
		return nil
	}
	if end := r.Work(t.Context(), first); end.Class != "" || first.most != 2 {
		t.Errorf("ended with %+v, %d in hand, want 2", end, first.most)
	}
}

func TestNothingIsOverlappedThatWouldHaveToWaitForTheRate(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}}).start(t)
	r, s := overlapping(server), &stream{envelopes: envelopes(10)}
	// The next turn comes with the end of each message, however long that takes.
	at := time.Now()
	r.Rate, r.Now = 100, func() time.Time { return at }
	s.settling = func() { at = at.Add(10 * time.Millisecond) }
	if end := r.Work(t.Context(), s); end.Class != "" || s.most != 1 || len(server.taken()) != 10 {
		t.Errorf("ended with %+v, %d in hand, %d messages", end, s.most, len(server.taken()))
	}
}

func TestAfterARefusedRecipientTheNextDataWaitsThoughOverlapped(t *testing.T) {
	// A second error on a connection would end it.
	refuse := func(phase, line string) string {
		if phase == "RCPT" && (strings.Contains(line, "reader1@") || strings.Contains(line, "reader4@")) {
			return "550 5.1.1 no such mailbox"
		}
		return ""
	}
	server := (&scripted{offers: []string{"PIPELINING"}, answer: refuse}).start(t)
	s := &stream{envelopes: envelopes(6)}
	if end := overlapping(server).Work(t.Context(), s); end.Class != "" || s.most != 2 {
		t.Errorf("ended with %+v, %d in hand", end, s.most)
	}
	yes, no := digest.Accepted, digest.Permanent
	if diff := cmp.Diff([]digest.Class{no, yes, yes, no, yes, yes}, s.classes(t)); diff != "" {
		t.Error(diff)
	}
	// DATA of the fourth was not sent.
	data := slices.DeleteFunc(server.seen(), func(line string) bool { return line != "DATA" })
	if len(data) != 5 {
		t.Errorf("DATA came %d times, want 5: for the first and the four that are taken", len(data))
	}
}

func TestAStopEndsWhatIsOverlapped(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}}).start(t)
	ctx, stop := context.WithCancel(t.Context())
	s := &stream{envelopes: envelopes(5)}
	s.intent = func(_ context.Context, e digest.Envelope) error {
		if e.Delivery.Key == 3 {
			stop()
		}
		return nil
	}
	overlapping(server).Work(ctx, s)
	yes, no := digest.Accepted, digest.Session
	if diff := cmp.Diff([]digest.Class{yes, yes, no, no}, s.classes(t)); diff != "" {
		t.Error(diff)
	}
	if n := len(server.taken()); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestAnEditionThatIsStoppedEndsTheConnectionBeforeTheDotAndNobodyIsBlamed(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}}).start(t)
	s := &stream{envelopes: envelopes(5)}
	s.intent = func(_ context.Context, e digest.Envelope) error {
		if e.Delivery.Key == 3 {
			s.next = len(s.envelopes) // nothing more is begun
			return digest.ErrStopped
		}
		return nil
	}
	end := overlapping(server).Work(t.Context(), s)
	for n, want := range []digest.Class{digest.Accepted, digest.Accepted, digest.Session, digest.Session} {
		if o := s.outcome(t, int64(n)+1); o.Class != want {
			t.Errorf("the outcome of envelope %d is %+v, want %s", n+1, o, want)
		}
	}
	if o := s.outcome(t, 3); !o.Blameless || len(server.taken()) != 2 || end.Class != "" && end.Class != digest.Local {
		t.Errorf("%d messages, want 2; the third is %+v, the connection ended with %+v", len(server.taken()), o, end)
	}
}

// Its reply to MAIL says nothing of us, nor of how many messages it takes.
func TestARelayThatIsOutOfStepBehindADotGetsNoMoreOfIt(t *testing.T) {
	for _, reply := range []string{"500 5.5.2 unrecognized command", "503 5.5.1 nested MAIL"} {
		server := &scripted{offers: []string{"PIPELINING"}}
		var behind atomic.Bool
		server.answer = func(phase, _ string) string {
			switch {
			case phase == "dot":
				behind.Store(server.newest().r.Buffered() > 0)
			case phase == "MAIL" && behind.CompareAndSwap(true, false):
				return reply
			}
			return ""
		}
		s := &stream{envelopes: envelopes(6)}
		if end := overlapping(server.start(t)).Work(t.Context(), s); end.Class != "" {
			t.Errorf("ended with %+v", end)
		}
		yes, no := digest.Accepted, digest.Session
		if diff := cmp.Diff([]digest.Class{yes, no, yes, no, yes, yes}, s.classes(t)); diff != "" {
			t.Error(diff)
		}
		if o := s.outcome(t, 2); !o.Blameless {
			t.Errorf("the second is blamed: %+v", o)
		}
		if dials, _ := server.count(); dials != 3 {
			t.Errorf("%d connections, want 3", dials)
		}
	}
}

func TestAReaderWhoseTurnWasMissedIsLookedAtAnew(t *testing.T) {
	var passed atomic.Int64
	later := func() { passed.Add(int64(time.Second)) }
	server := &scripted{offers: []string{"PIPELINING"}}
	server.answer = func(phase, _ string) string {
		if phase == "DATA" {
			later() // so that the rate has a turn for the next
		}
		return ""
	}
	r, s := overlapping(server.start(t)), &stream{envelopes: envelopes(5)}
	r.Rate, r.Now = 100, func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	s.intent = func(_ context.Context, e digest.Envelope) error {
		if e.Delivery.Key == 1 {
			later()
		}
		return nil
	}
	if end := r.Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	yes, no := digest.Accepted, digest.Session
	if diff := cmp.Diff([]digest.Class{yes, no, yes, yes, yes}, s.classes(t)); diff != "" {
		t.Error(diff)
	}
	if o := s.outcome(t, 2); !o.Blameless {
		t.Errorf("it is blamed: %+v", o)
	}
	if dials, _ := server.count(); dials != 1 {
		t.Errorf("%d connections, want 1", dials)
	}
}

// A relay that holds replies back until the one before is acknowledged costs 40 ms each.
func TestOverlappedRepliesAreAcknowledgedAtOnce(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}, nagle: true}).start(t)
	s, waits, last := &stream{envelopes: envelopes(30)}, []time.Duration(nil), time.Now()
	s.settling = func() {
		waits, last = append(waits, time.Since(last)), time.Now()
	}
	if end := overlapping(server).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	if slices.Sort(waits); waits[len(waits)/2] > 20*time.Millisecond {
		t.Errorf("half of the messages took longer than %s", waits[len(waits)/2])
	}
}
