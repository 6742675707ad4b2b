package storetest

import (
	"testing"
	"time"
)

func aChangedTimetableIsRemembered(t *testing.T, open Open) {
	s := open(t, Options{})
	for n, c := range []struct {
		runs    map[string]string
		former  string
		changed int
	}{
		{map[string]string{"evening": "daily"}, "", -1},
		{map[string]string{"evening": "daily"}, "", -1},
		{map[string]string{"evening": "but Sunday", "morning": "daily"}, "daily", 2},
		{map[string]string{"evening": "but Sunday"}, "daily", 2},
		{map[string]string{"morning": "daily"}, "but Sunday", 4},
		{map[string]string{"evening": "but Sunday"}, "", 5},
	} {
		at := evening.AddDate(0, 0, n)
		if err := s.Book.Started(t.Context(), c.runs, at); err != nil {
			t.Fatal(err)
		}
		var changed time.Time
		if c.changed >= 0 {
			changed = evening.AddDate(0, 0, c.changed)
		}
		h, err := s.Book.History(t.Context(), "evening", at)
		if err != nil || h.Former != c.former || !h.Changed.Equal(changed) || !h.Since.Equal(evening) {
			t.Errorf("start %d: %q until %s, first at %s (%v), want %q until %s", n, h.Former, h.Changed, h.Since, err,
				c.former, changed)
		}
	}
}
