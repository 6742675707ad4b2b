package publish

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func TestTheRelayRefusingUsPausesTheEditionAndFailsNobody(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535, Reply: "5.7.8 authentication failed"}
	v.at(t, 20, 18, 0)
	v.at(t, 20, 18, 1)
	v.expect(t, "2026-11-20-evening paused sent=0")
	r := v.tallied(t, 20)
	if want := "the relay refuses us: 535 5.7.8 authentication failed"; r.Reason != want || r.Tally.Pending != 2 {
		t.Errorf("got %q with %+v", r.Reason, r.Tally)
	}
	// A probe finds out by itself when that is over.
	v.at(t, 20, 18, 20)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 18, 22)
	v.expect(t, "2026-11-20-evening paused sent=0")
	// The second probe waits for twice as long as the first.
	v.at(t, 20, 18, 28)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.at(t, 20, 18, 31)
	v.at(t, 20, 18, 32)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAnEditionThatIsPausedByWordIsNotProbed(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 18, 0)
	if err := v.store.Pause(t.Context(), 1, digest.PausedDesk, "by the desk", v.now); err != nil {
		t.Fatal(err)
	}
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 19, 0)
	v.expect(t, "2026-11-20-evening paused sent=0")
	if err := v.Resume(t.Context(), v.tallied(t, 20).Record, 0); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 19, 10)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAnEditionThatCrashesTheServiceTimeAndAgainIsPaused(t *testing.T) {
	v := newEvening(t)
	v.started()
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
	if err := v.Resume(t.Context(), v.tallied(t, 20).Record, 0); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 18, 2)
	v.expect(t, "2026-11-20-evening done sent=2")
}

// TestACrashLoopEndsWithAProbe tries one message an hour, counted from the last try also
// if that died.
func TestACrashLoopEndsWithAProbe(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	v.openDue(t.Context())
	for range 6 {
		if _, err := v.store.Begin(t.Context(), 1, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.at(t, 20, 18, 59)
	v.expect(t, "2026-11-20-evening paused sent=0")
	// The probe of 19:00 died.
	v.now = time.Date(2026, 11, 20, 19, 0, 0, 0, v.Zone)
	if _, err := v.store.Begin(t.Context(), 1, v.now); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 19, 59)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.relay.end = digest.Outcome{Class: digest.Session}
	v.at(t, 20, 20, 0)
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 20, 59)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.at(t, 20, 21, 0)
	v.expect(t, "2026-11-20-evening sending sent=1")
	v.looks(t)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAPauseByTheRelayMakesAnEditionOld(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 18, 0)
	v.relay.end = digest.Outcome{}
	// The next edition is due: a probe would bring yesterday's paper.
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-20-evening paused sent=0", "2026-11-21-evening empty sent=0")
	r := v.tallied(t, 20).Record
	if err := v.Resume(t.Context(), r, 0); !errors.Is(err, digest.ErrTooOld) {
		t.Fatalf("got %v, want ErrTooOld", err)
	}
	if err := v.Resume(t.Context(), r, time.Hour); err != nil {
		t.Fatal(err)
	}
	v.at(t, 21, 18, 30)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening empty sent=0")
}

func TestAPauseByAPersonIsNotHeldAgainstTheReaders(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Session}
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	v.openDue(t.Context())
	if err := v.store.Pause(t.Context(), 1, digest.PausedDesk, "wait", v.now); err != nil {
		t.Fatal(err)
	}
	v.relay.end = digest.Outcome{}
	v.at(t, 23, 17, 0)
	if err := v.Resume(t.Context(), v.tallied(t, 20).Record, 0); err != nil {
		t.Fatal(err)
	}
	v.at(t, 23, 17, 1)
	if r := v.tallied(t, 20); r.State != digest.Done || r.Tally.Sent != 2 {
		t.Errorf("got %+v", r)
	}
}

func TestAnAccountThatWorksAgainLiftsThePauseWhateverTheReadersServersSay(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 18, 0)
	v.relay.end, v.relay.answer = digest.Outcome{}, digest.Outcome{Class: digest.Transient, Code: 450}
	v.at(t, 20, 18, 6)
	v.expect(t, "2026-11-20-evening sending sent=0")
}

func TestTheReasonOfAPauseNamesNoReader(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.relay.answer = digest.Outcome{
		Class: digest.Refused, Code: 554, Reply: "5.7.1 spam to <ada@reader.example> (from x@y.example)",
	}
	v.at(t, 20, 18, 0)
	r := v.tallied(t, 20)
	const want = "the relay refuses the message: 554 5.7.1 spam to <…> (from <…>"
	if r.State != digest.Paused || r.Reason != want {
		t.Errorf("it is %s: %q, want %q", r.State, r.Reason, want)
	}
}

func TestAWordMakesTheServiceGoOnAtOnce(t *testing.T) {
	v := newEvening(t)
	v.Deliverer.Hold = true
	v.started()
	v.write("Night trains return")
	v.relay.answers = []digest.Outcome{{Class: digest.InDoubt}, {Class: digest.Transient, Code: 450}}
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening sending sent=0")
	n := v.rows(1).each(digest.Unknown, func(r *row) {
		r.step, r.Due, r.Resumed, r.doubts = digest.Pending, v.now, v.now, r.doubts+1
	})
	if n != 1 {
		t.Fatal(n)
	}
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening sending sent=1")
}

func TestLettersGoBeforeEditionsAndAreNotPressedOnARelayThatRefusesUs(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.now = v.now.Add(time.Hour)
	for range 2 {
		if _, err := v.outbox.Post(t.Context(), digest.Letter{
			Kind: digest.Welcome, Address: "ines@reader.example", ReturnPath: "bounces@bounce.news.example",
			Bytes: []byte("Subject: Welcome\r\n\r\nHello.\r\n"),
		}, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 13, 0)
	for second := range 100 {
		v.now = v.now.Add(time.Duration(second%2) * time.Second)
		v.looks(t)
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
	want := []string{"ines@reader.example", "ines@reader.example", "ada@reader.example", "grace@reader.example"}
	if diff := cmp.Diff(want, to); diff != "" {
		t.Error(diff)
	}
}
