package digest

import (
	"errors"
	"testing"
)

// TestAnActLeavesAnEditionWhereItsNameSays goes through every act on every state.
func TestAnActLeavesAnEditionWhereItsNameSays(t *testing.T) {
	states := []Record{
		{State: Due},
		{State: Held},
		{State: Empty},
		{State: Missed},
		{State: Open},
		{State: Sending},
		{State: Paused, Pause: PausedDesk},
		{State: Paused, Pause: PausedAccount},
		{State: Done},
		{State: Cancelled},
	}
	for _, r := range states {
		for _, act := range []ActKind{Hold, Release, Halt, Resume, Cancel} {
			after, err := r.After(act)
			if err != nil {
				if after != r.State || !errors.Is(err, ErrUnchanged) && !errors.Is(err, ErrUnfit) {
					t.Errorf("%s of %s: got %s, %v", act, r.State, after, err)
				}
				continue
			}
			if r.State.UnderWay() && !after.Opened() || !r.State.Opened() && after.Opened() {
				t.Errorf("%s of %s gives %s: an opened edition stays opened, and no other is", act, r.State, after)
			}
			again := Record{State: after}
			if after == Paused {
				again.Pause = PausedDesk
			}
			if _, err := again.After(act); err == nil {
				t.Errorf("%s of %s a second time does something", act, r.State)
			}
		}
	}
}

func TestANameAndAReasonAreOneLine(t *testing.T) {
	for _, a := range []Act{{}, {By: "a\nb"}, {By: "maria", Reason: "two\nlines"}, {By: "maria", Reason: string(make([]byte, 501))}} {
		if a.Check() == nil {
			t.Errorf("%+v is taken", a)
		}
	}
	if err := (Act{By: "maria", Reason: "the court rules"}).Check(); err != nil {
		t.Error(err)
	}
}
