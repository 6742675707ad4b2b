package door_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/door"
)

// meddler is a list in which something happens between the moment when the facts
// is read and the transaction.
type meddler struct {
	door.List
	happens func(try int)
	tries   int
}

func (m *meddler) try() {
	m.tries++
	m.happens(m.tries)
}

func (m *meddler) SignUp(ctx context.Context, a subscribers.Address, q subscribers.Asking, id uint64,
	l digest.Letter,
) error {
	m.try()
	return m.List.SignUp(ctx, a, q, id, l)
}

func (m *meddler) Confirm(ctx context.Context, id uint64, from string, l digest.Letter, now time.Time) error {
	m.try()
	return m.List.Confirm(ctx, id, from, l, now)
}

func (m *meddler) Remove(ctx context.Context, a subscribers.Address, l *digest.Letter, now time.Time) (bool, error) {
	m.try()
	return m.List.Remove(ctx, a, l, now)
}

func (l *lobby) meddle(happens func(try int)) *meddler {
	m := &meddler{List: l.list, happens: happens}
	l.List = m
	return m
}

// must fails a test whose preparations fail.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestTwoWhoAskAtOnceMakeOneLetter(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "ana@quay.example")
	other := *l
	other.Door = &door.Door{
		Readers: l.list, List: l.list, Inbox: l.list, Letters: l.Letters, Limits: l.Limits, Now: l.Now, Log: l.Log,
	}
	m := l.meddle(func(try int) {
		if try == 1 { // The other answers both.
			must(t, other.asks(t.Context(), ana, evening, "192.0.2.9"))
		}
	})
	is := l.signUp(t, ana, evening)
	if got := l.letters(t, is.ID); got != "confirmation pending" || m.tries != 1 ||
		is.Consent.AskedFrom != "192.0.2.1" {
		t.Errorf("%d tries, the letters %s, asked from %s", m.tries, got, is.Consent.AskedFrom)
	}
}

// The letter has the public ID of a row that is gone: the row that came in its place
// gets a letter of its own.
func TestALetterIsNeverForARowThatIsGone(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "ana@quay.example")
	waits := subscribers.Subscriber{Address: ana, Status: subscribers.Unconfirmed}
	first, _, err := l.list.Add(t.Context(), waits, evening)
	must(t, err)
	m := l.meddle(func(try int) {
		if try == 1 {
			_, err := l.list.Remove(t.Context(), ana, nil, evening)
			_, _, addErr := l.list.Add(t.Context(), waits, evening)
			must(t, err, addErr)
		}
	})
	is := l.signUp(t, ana, evening)
	ring, err := l.list.Keyring(t.Context())
	must(t, err)
	id, err := ring.Link(l.written.to[len(l.written.to)-1].Confirm, subscribers.ToConfirm, evening)
	if id != is.PublicID || id == first.PublicID || err != nil || m.tries != 2 ||
		l.letters(t, is.ID) != "confirmation pending" {
		t.Errorf("%d tries, a link for %x (%v), and the reader is %x with %s", m.tries, id, err, is.PublicID,
			l.letters(t, is.ID))
	}
}

func TestAReaderWhoLeavesWhileTheyConfirmHasLeft(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "ana@quay.example")
	is := l.signUp(t, ana, evening)
	m := l.meddle(func(int) {
		_, err := l.list.Unsubscribe(t.Context(), is.PublicID, evening)
		must(t, err)
	})
	if changed, err := l.Confirm(t.Context(), is.PublicID, "", evening.Add(time.Hour)); changed || err != nil ||
		m.tries != 1 {
		t.Errorf("got %v, %v after %d tries", changed, err, m.tries)
	}
	if got := l.facts(t, ana).Status; got != subscribers.Unsubscribed ||
		l.letters(t, is.ID) != "confirmation skipped" {
		t.Errorf("the reader is %s, with the letters %s", got, l.letters(t, is.ID))
	}
}

func TestWhoLeavesBeforeTheGoodbyeGetsNone(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "ana@quay.example")
	is, _, err := l.list.Add(t.Context(), subscribers.Subscriber{Address: ana, Status: subscribers.Active}, evening)
	must(t, err)
	l.meddle(func(int) {
		_, err := l.list.Unsubscribe(t.Context(), is.PublicID, evening)
		must(t, err)
	})
	removed, err := l.Remove(t.Context(), ana, true, evening)
	if !removed.Found || removed.Goodbye || err != nil || l.facts(t, ana).ID != 0 {
		t.Errorf("got %+v, %v", removed, err)
	}
}

// A goodbye and the removal are one transaction: without the one there is not the
// other.
func TestARemovalHoldsOnlyWithItsGoodbye(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "ana@quay.example")
	_, _, err := l.list.Add(t.Context(), subscribers.Subscriber{Address: ana, Status: subscribers.Active}, evening)
	must(t, err)
	l.Letters.From = "no sender"
	if removed, err := l.Remove(t.Context(), ana, true, evening); err == nil || removed.Goodbye {
		t.Errorf("a goodbye that can't be posted: %+v, %v", removed, err)
	}
	if got := l.facts(t, ana).Status; got != subscribers.Active {
		t.Errorf("the reader is %q", got)
	}
	l.Letters.From = "evening@courier.example"
	removed, err := l.Remove(t.Context(), ana, true, evening)
	if !removed.Found || !removed.Goodbye || err != nil || l.letters(t, 0) != "" {
		t.Errorf("got %+v, %v", removed, err)
	}
}

func TestAStepBeginsAnewAFewTimesAtMost(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "ana@quay.example")
	is := l.signUp(t, ana, evening)
	l.List = never{}
	later := evening.AddDate(0, 0, 1)
	_, removeErr := l.Remove(t.Context(), ana, true, later)
	for what, do := range map[string]func() error{
		"sign up": func() error { return l.asks(t.Context(), ana, later, "") },
		"confirm": func() error { _, err := l.Confirm(t.Context(), is.PublicID, "", later); return err },
		"remove":  func() error { return removeErr },
	} {
		if err := do(); !errors.Is(err, subscribers.ErrMeanwhile) || strings.Contains(err.Error(), "ana") {
			t.Errorf("%s: got %v, want ErrMeanwhile", what, err)
		}
	}
	if n := len(l.written.to); n != 1+2*5 {
		t.Errorf("%d letters were written, want 5 for each of two steps", n-1)
	}
}

// never is a list whose readers change all the time.
type never struct{ door.List }

func (never) SignUp(context.Context, subscribers.Address, subscribers.Asking, uint64, digest.Letter) error {
	return subscribers.ErrMeanwhile
}

func (never) Confirm(context.Context, uint64, string, digest.Letter, time.Time) error {
	return subscribers.ErrMeanwhile
}

func (never) Remove(context.Context, subscribers.Address, *digest.Letter, time.Time) (bool, error) {
	return false, subscribers.ErrMeanwhile
}
