package door_test

import (
	"errors"
	"testing"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/door"
)

// say gives what an admin is told: a line, or an error with its hint.
func say(line interface{ String() string }, err error) string {
	if refused, ok := errors.AsType[*door.Refused](err); ok {
		return refused.Error() + " | " + refused.Hint()
	}
	if err != nil {
		return "failed: " + err.Error()
	}
	return line.String()
}

const (
	byThemselves = "the reader has unsubscribed or must not be mailed" +
		" | a reader who unsubscribed can only come back by signing up"
	liftIt = "the reader has unsubscribed or must not be mailed" +
		` | "vesper subscribers unsuppress" lifts a suppression of yours, or of a hard bounce`
	tooOften = " is not asked: the address must not be mailed, or was asked recently" +
		" | an address is asked again after 1, 3 and 7 days, then weekly; a suppressed one never"
)

func TestWhatAnAdminIsToldOfAsking(t *testing.T) {
	l := newLobby(t)
	prepare := func(a string, do func(subscribers.Address) error) {
		t.Helper()
		must(t, do(address(t, a)))
	}
	prepare("there@quay.example", func(a subscribers.Address) error {
		_, _, err := l.list.Add(t.Context(), subscribers.Subscriber{Address: a, Status: subscribers.Active}, evening)
		return err
	})
	prepare("waits@quay.example", func(a subscribers.Address) error {
		_, _, err := l.list.Add(t.Context(), subscribers.Subscriber{Address: a, Status: subscribers.Unconfirmed},
			evening)
		return err
	})
	prepare("asked@quay.example", func(a subscribers.Address) error { l.signUp(t, a, evening); return nil })
	prepare("gone@quay.example", func(a subscribers.Address) error {
		l.signUp(t, a, evening)
		_, err := l.list.Remove(t.Context(), a, nil, evening)
		return err
	})
	for a, reason := range map[string]string{
		"left@quay.example":   subscribers.ByReader,
		"barred@quay.example": subscribers.Manual,
	} {
		prepare(a, func(a subscribers.Address) error {
			_, err := l.list.Suppress(t.Context(), a, reason, evening)
			return err
		})
	}
	now := evening.Add(time.Hour)
	for _, c := range []struct{ address, would, is string }{
		{"new@quay.example", "new@quay.example would be asked to confirm", "new@quay.example asked to confirm"},
		{"waits@quay.example", "waits@quay.example would be asked to confirm", "waits@quay.example asked to confirm"},
		{"there@quay.example", "there@quay.example is already there", ""},
		{"asked@quay.example", "asked@quay.example was asked recently and is not asked again yet", ""},
		{"gone@quay.example", "gone@quay.example" + tooOften, ""},
		{"left@quay.example", "left@quay.example: " + byThemselves, ""},
		{"barred@quay.example", "barred@quay.example: " + liftIt, ""},
	} {
		a := address(t, c.address)
		before := len(l.written.to)
		if got := say(l.WouldAsk(t.Context(), a, now)); got != c.would || len(l.written.to) != before {
			t.Errorf("would ask: got %s, want %s", got, c.would)
		}
		if c.is == "" {
			c.is = c.would
		}
		if got := say(l.Ask(t.Context(), a, now)); got != c.is {
			t.Errorf("ask: got %s, want %s", got, c.is)
		}
		if posted := len(l.written.to) - before; posted == 1 != (c.is != c.would) || posted == 1 &&
			!l.written.to[before].Desk {
			t.Errorf("%s: %d letters", a, posted)
		}
	}
}

func TestWhatAnAdminIsToldOfTheirWord(t *testing.T) {
	l := newLobby(t)
	ana := subscribers.Subscriber{Address: address(t, "ana@quay.example"), Status: subscribers.Unconfirmed}
	add := func(status subscribers.Status, would, is string) {
		t.Helper()
		ana.Status = status
		if got := say(l.WouldAdd(t.Context(), ana)); got != would {
			t.Errorf("would add: got %s, want %s", got, would)
		}
		if got := say(l.Add(t.Context(), ana, evening)); got != is {
			t.Errorf("add: got %s, want %s", got, is)
		}
	}
	lift := func(would, is string) {
		t.Helper()
		if got := say(l.WouldLift(t.Context(), ana.Address)); got != would {
			t.Errorf("would lift: got %s, want %s", got, would)
		}
		if got := say(l.Lift(t.Context(), ana.Address, evening)); got != is {
			t.Errorf("lift: got %s, want %s", got, is)
		}
	}
	suppress := func(reason string, at time.Time) {
		t.Helper()
		_, err := l.list.Suppress(t.Context(), ana.Address, reason, at)
		must(t, err)
	}
	add(subscribers.Unconfirmed, "ana@quay.example would be added", "ana@quay.example added")
	add(subscribers.Active, "ana@quay.example would be confirmed", "ana@quay.example confirmed")
	add(subscribers.Active, "ana@quay.example is already there", "ana@quay.example is already there")
	lift("ana@quay.example is not suppressed", "ana@quay.example is not suppressed")
	suppress(subscribers.Manual, evening)
	suppress(subscribers.HardBounce, evening.Add(time.Hour))
	add(subscribers.Active, "ana@quay.example: "+liftIt, "ana@quay.example: "+liftIt)
	lift("ana@quay.example: manual and hard bounce would be lifted", "ana@quay.example: manual and hard bounce lifted")
	suppress(subscribers.Complaint, evening)
	suppress(subscribers.Manual, evening)
	add(subscribers.Active, "ana@quay.example: "+byThemselves, "ana@quay.example: "+byThemselves)
	stands := "ana@quay.example: complaint is not lifted: the reader has unsubscribed or must not be mailed" +
		" | a reader who unsubscribed can only come back by signing up"
	lift(stands, stands)
	lifted, err := l.WouldLift(t.Context(), ana.Address)
	if len(lifted.Lifted) != 0 || lifted.String() != "" || err == nil {
		t.Errorf("the admin's own word is still there: %+v, %v", lifted, err)
	}
}

func TestWhatAnAdminIsToldOfRemoving(t *testing.T) {
	l := newLobby(t)
	for i, status := range []subscribers.Status{subscribers.Active, subscribers.Unconfirmed} {
		ana := address(t, "ana@quay.example")
		_, _, err := l.list.Add(t.Context(), subscribers.Subscriber{Address: ana, Status: status}, evening)
		must(t, err)
		would, err := l.WouldRemove(t.Context(), ana, true)
		goodbye := []string{", and mailed a goodbye email", ""}[i]
		if would.String() != "ana@quay.example would be removed"+goodbye || would.Goodbye != (i == 0) || err != nil {
			t.Errorf("got %s, %+v, %v", would, would, err)
		}
		removed, err := l.Remove(t.Context(), ana, true, evening)
		goodbye = []string{"; they get a goodbye email", ""}[i]
		if removed.String() != "ana@quay.example removed"+goodbye || removed.Goodbye != (i == 0) || err != nil {
			t.Errorf("got %s, %+v, %v", removed, removed, err)
		}
		if removed, err = l.Remove(t.Context(), ana, true,
			evening); removed.String() != "ana@quay.example is not there" || err != nil {
			t.Errorf("got %s, %v", removed, err)
		}
	}
}
