package publish

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/render"
)

// proofs are two letters of the desk.
func (v *evening) proofs(t *testing.T) []digest.Letter {
	t.Helper()
	letters, err := v.Proofs(v.decide(t, 0, digest.Words{}).Edition,
		[]string{"desk@news.example", "boss@news.example"}, digest.Designed)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

// mailed expects the letters to be sent.
func mailed(t *testing.T, m Mailed, err error, want ...digest.Step) {
	t.Helper()
	if err != nil || len(m.Letters) != len(want) {
		t.Fatalf("got %+v, %v", m, err)
	}
	for i, l := range m.Letters {
		if l.Step != want[i] || l.Kind != digest.Proof {
			t.Errorf("letter %d is %s, want %s", i+1, l.Step, want[i])
		}
	}
}

func TestAProofIsMarkedAndIsNobodysDelivery(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	seen := map[string]bool{}
	for i, l := range v.proofs(t) {
		if l.Kind != digest.Proof || l.ReturnPath != "evening@news.example" {
			t.Errorf("got a %s letter from %s", l.Kind, l.ReturnPath)
		}
		to := []string{"desk@news.example", "boss@news.example"}[i]
		for _, want := range []string{"To: " + to, "Proof"} {
			if !strings.Contains(string(l.Bytes), want) {
				t.Errorf("no %q in %s", want, l.Bytes)
			}
		}
		id := l.Bytes[bytes.Index(l.Bytes, []byte("Message-ID:")):]
		seen[string(id[:bytes.IndexByte(id, '\r')])] = true
	}
	if len(seen) != 2 {
		t.Errorf("the Message-IDs are %v", seen)
	}
	v.expect(t)
}

func TestASampleIsTheWholeMessageOfAReader(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	reader := render.Reader{
		Address: "ines@reader.example", Since: v.now, Unsubscribe: "preview",
		Preferences: "preview",
	}
	m, err := v.Sample(v.decide(t, 0, digest.Words{Subject: "My own"}).Edition, reader, digest.Plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"To: ines@reader.example", "Subject: My own", "text/plain"} {
		if !strings.Contains(string(m), want) {
			t.Errorf("no %q in %s", want, m)
		}
	}
}

func TestProofsAreMailedByHand(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		l := &lock{}
		m, err := v.Mail(t.Context(), v.proofs(t), l.hand())
		mailed(t, m, err, digest.Sent, digest.Sent)
		if v.letters.count() != 2 || !l.free() {
			t.Errorf("%d letters went out", v.letters.count())
		}
		// Why one does not go out is told, and it stays.
		v.letters.end = digest.Outcome{Class: digest.Account, Code: 535}
		m, err = v.Mail(t.Context(), v.proofs(t), l.hand())
		mailed(t, m, err, digest.Pending, digest.Pending)
		if m.Stopped.Class != digest.Account || !l.free() {
			t.Errorf("got %+v", m.Stopped)
		}
	})
}

func TestProofsAreFollowedWhereAServiceRuns(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.letters = &relay{perMessage: 10 * time.Second}
		letters, l := v.proofs(t), &lock{}
		end := l.holds(t, v, true)
		m, err := v.Mail(t.Context(), letters, l.hand())
		mailed(t, m, err, digest.Sent, digest.Sent)
		if l.taken != 1 || len(l.heard) != 1 {
			t.Errorf("the lock was taken %d times; it heard of %v", l.taken, l.heard)
		}
		end()
	})
}

// TestProofsAreMailedWhileAServiceDeliversAnEdition is what a proof waited for in
// vain, as long as letters and editions took turns.
func TestProofsAreMailedWhileAServiceDeliversAnEdition(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(1000)
		v.letters, v.relay.perMessage = &relay{}, time.Second
		letters, l := v.proofs(t), &lock{}
		end := l.holds(t, v, true)
		time.Sleep(10 * time.Second)
		began := time.Now()
		m, err := v.Mail(t.Context(), letters, l.hand())
		mailed(t, m, err, digest.Sent, digest.Sent)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("they took %v", took)
		}
		end()
	})
}

func TestProofsAreLeftToAProcessThatStandsStill(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		l := &lock{}
		end := l.holds(t, v, false)
		began := time.Now()
		m, err := v.Mail(t.Context(), v.proofs(t), l.hand())
		mailed(t, m, err, digest.Pending, digest.Pending)
		if took := time.Since(began); took < Stall || took > Stall+time.Second {
			t.Errorf("it looked on for %v", took)
		}
		// One that ends is taken over from.
		time.AfterFunc(5*time.Second, end)
		m, err = v.Mail(t.Context(), v.proofs(t), l.hand())
		mailed(t, m, err, digest.Sent, digest.Sent)
	})
}

func TestWhatWasPostedBeforeIsMailedByHandOrLeftToTheHolder(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.post(t)
		l := &lock{}
		end := l.holds(t, v, false)
		var held *digest.HeldError
		if _, err := v.MailDue(t.Context(), l.hand()); !errors.As(err, &held) || held.Role != "serve" {
			t.Errorf("got %v, want who has the lock", err)
		}
		end()
		stopped, err := v.MailDue(t.Context(), l.hand())
		if err != nil || stopped.Class != "" || v.letters.count() != 1 || !l.free() {
			t.Errorf("got %+v, %v", stopped, err)
		}
	})
}
