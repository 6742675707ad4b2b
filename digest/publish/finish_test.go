package publish

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func TestTheRelayRefusingUsPausesTheEditionAndFailsNobody(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535, Reply: "5.7.8 authentication failed"}
	v.at(t, 20, 18, 0)
	v.at(t, 20, 18, 1)
	v.expect(t, "2026-11-20-evening paused sent=0")
	id := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 20}, Slot: "evening", Sequence: 1}
	r, err := v.store.Record(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if want := "the relay refuses us: 535 5.7.8 authentication failed"; r.Reason != want || r.Tally.Pending != 2 {
		t.Errorf("got %q with %+v", r.Reason, r.Tally)
	}
	// A probe finds out by itself when that is over.
	v.at(t, 20, 18, 20)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 18, 22)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.at(t, 20, 18, 26)
	v.at(t, 20, 18, 27)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAnEditionThatIsPausedByWordIsNotProbed(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 18, 0)
	if err := v.store.Mark(t.Context(), 1, digest.Paused, "by the desk", v.now); err != nil {
		t.Fatal(err)
	}
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 19, 0)
	v.expect(t, "2026-11-20-evening paused sent=0")
	if err := v.Resume(t.Context(), digest.Record{Number: 1}); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 19, 10)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAnEditionThatCrashesTheServiceTimeAndAgainIsPaused(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	v.openDue(t.Context())
	for range 5 {
		// Begun and never ended: the process died.
		if _, err := v.store.Begin(t.Context(), 1, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.at(t, 20, 18, 1)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.at(t, 20, 20, 0)
	v.expect(t, "2026-11-20-evening paused sent=0")
	if err := v.Resume(t.Context(), digest.Record{Number: 1}); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 20, 1)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAPauseIsNotHeldAgainstTheReaders(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 18, 0)
	v.relay.end = digest.Outcome{}
	// Long after the evening a probe would bring yesterday's paper: it waits.
	v.at(t, 21, 9, 0)
	v.expect(t, "2026-11-20-evening paused sent=0")
	if err := v.Resume(t.Context(), digest.Record{Number: 1}); err != nil {
		t.Fatal(err)
	}
	v.at(t, 21, 9, 1)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAnAccountThatWorksAgainLiftsThePauseWhateverTheReadersServersSay(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 18, 0)
	v.relay.end, v.relay.answer = digest.Outcome{}, digest.Outcome{Class: digest.Transient, Code: 450}
	v.at(t, 20, 18, 6)
	v.expect(t, "2026-11-20-evening sending sent=0")
}

func TestTheReasonOfAPauseNamesNoReader(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.answer = digest.Outcome{Class: digest.Refused, Code: 554, Reply: "5.7.1 spam to <ada@reader.example> (from x@y.example)"}
	v.at(t, 20, 18, 0)
	r, err := v.store.Record(t.Context(), digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 20}, Slot: "evening", Sequence: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := "the relay refuses the message: 554 5.7.1 spam to <…> (from <…>"; r.State != digest.Paused || r.Reason != want {
		t.Errorf("it is %s: %q, want %q", r.State, r.Reason, want)
	}
}

func TestAWordMakesTheServiceGoOnAtOnce(t *testing.T) {
	v := newEvening(t)
	v.Hold, v.Deliverer.Hold = true, true
	v.started(t)
	v.write("Night trains return")
	v.relay.answers = []digest.Outcome{{Class: digest.InDoubt}, {Class: digest.Transient, Code: 450}}
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening sending sent=0")
	if n, err := v.store.Resolve(t.Context(), 1, true, v.now); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening sending sent=1")
}

func TestLettersGoBeforeEditionsAndAreNotPressedOnARelayThatRefusesUs(t *testing.T) {
	v := newEvening(t)
	outbox := v.store.Outbox()
	letters := *v.Deliverer
	letters.Ledger = outbox
	v.Letters, v.Outbox = &letters, outbox
	v.started(t)
	v.write("Night trains return")
	v.now = v.now.Add(time.Hour)
	for range 2 {
		if _, err := v.store.Post(t.Context(), digest.Letter{
			Kind: digest.Welcome, Address: "ines@reader.example", ReturnPath: "bounces@bounce.news.example", Bytes: []byte("Subject: Welcome\r\n\r\nHello.\r\n"),
		}, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 13, 0)
	for second := range 100 {
		v.now = v.now.Add(time.Duration(second%2) * time.Second)
		v.finishOwed(t.Context(), v.owed)
	}
	if v.relay.dials != 1 {
		t.Errorf("a relay that refuses us was asked %d times in a minute", v.relay.dials)
	}
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 18, 0)
	var to []string
	for _, e := range v.relay.sent {
		to = append(to, e.To)
	}
	slices.Sort(to[2:]) // an edition's copies are composed on all cores at once
	if diff := cmp.Diff([]string{"ines@reader.example", "ines@reader.example", "ada@reader.example", "grace@reader.example"}, to); diff != "" {
		t.Error(diff)
	}
}
