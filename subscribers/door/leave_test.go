package door_test

import (
	"errors"
	"testing"
	"time"

	"vesper/subscribers"
)

// active signs a reader up and lets them in.
func (l *lobby) active(t *testing.T, a subscribers.Address) subscribers.Facts {
	t.Helper()
	is := l.signUp(t, a, evening)
	if _, err := l.Confirm(t.Context(), is.PublicID, "192.0.2.1", evening); err != nil {
		t.Fatal(err)
	}
	return l.facts(t, a)
}

func TestWhoLeavesByMailGetsOneGoodbye(t *testing.T) {
	l := newLobby(t)
	is := l.active(t, address(t, "ana@quay.example"))
	before := len(l.written.to)
	for i := range 3 {
		changed, err := l.Leave(t.Context(), is.PublicID, evening.Add(time.Hour))
		if changed != (i == 0) || err != nil {
			t.Errorf("time %d: %v, %v", i+1, changed, err)
		}
	}
	left := l.facts(t, is.Address)
	if left.Status != subscribers.Unsubscribed || len(left.Suppressions) != 1 {
		t.Errorf("got %v, %v", left.Status, left.Suppressions)
	}
	if n := len(l.written.to) - before; n != 1 {
		t.Errorf("%d letters, want one goodbye", n)
	}
	if changed, err := l.Leave(t.Context(), is.PublicID+1, evening); changed || err != nil {
		t.Errorf("nobody: %v, %v", changed, err)
	}
}

func TestAGoodbyeThatCantBeWrittenKeepsNobodyOnTheList(t *testing.T) {
	l := newLobby(t)
	is := l.active(t, address(t, "ana@quay.example"))
	l.Letters.Signer = stamp{errors.New("no key")}
	if changed, err := l.Leave(t.Context(), is.PublicID, evening); !changed || err != nil {
		t.Errorf("got %v, %v", changed, err)
	}
	if is := l.facts(t, is.Address); is.Status != subscribers.Unsubscribed {
		t.Errorf("the reader is %s", is.Status)
	}
}
