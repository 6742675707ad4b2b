package subscribers_test

import (
	"testing"
	"time"

	"vesper/subscribers"
)

func TestEvenings(t *testing.T) {
	for text, want := range map[string]subscribers.Evenings{
		"every":               subscribers.EveryEvening,
		"monday-friday":       subscribers.MondayToFriday,
		"weekend":             subscribers.Weekend,
		"mon,wed,fri":         1<<time.Monday | 1<<time.Wednesday | 1<<time.Friday,
		"sun":                 1 << time.Sunday,
		"mon,tue,wed,thu,sat": 0x1e | 1<<time.Saturday,
	} {
		got, err := subscribers.ParseEvenings(text)
		if got != want || err != nil || got.String() != text {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		" Sunday, MON ": "mon,sun", "sat,sun": "weekend", "mon,mon": "mon", "Every": "every",
	} {
		if got, err := subscribers.ParseEvenings(text); got.String() != want || err != nil {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "never", "mon,", ",", "monday-sunday", "mon;tue", "mo"} {
		if got, err := subscribers.ParseEvenings(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
	if got := subscribers.Evenings(0); !got.Has(time.Tuesday) || got.String() != "every" {
		t.Errorf("none at all is %s, want every", got)
	}
}

func FuzzParseEvenings(f *testing.F) {
	for _, text := range []string{"every", "monday-friday", "mon,wed", "Sunday", " ", "\xff,mon"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := subscribers.ParseEvenings(text)
		if err != nil {
			return
		}
		again, err := subscribers.ParseEvenings(e.String())
		if e == 0 || e > subscribers.EveryEvening || again != e || err != nil {
			t.Errorf("%q: got %#x, and %#x, %v of %s", text, e, again, err, e)
		}
	})
}

func TestPreferencesAreChecked(t *testing.T) {
	for _, good := range []subscribers.Preferences{
		{}, {Evenings: subscribers.Weekend, Slots: []string{"evening", "morning"}, PausedUntil: "2026-12-01"},
	} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []subscribers.Preferences{
		{Evenings: 0x80},
		{Slots: []string{""}},
		{Slots: []string{"a,b"}},
		{Slots: []string{"a b"}},
		{PausedUntil: "tomorrow"},
		{PausedUntil: "2026-02-30"},
		{PausedUntil: "0001-01-01"},
		{PausedUntil: "2026-12-1"},
	} {
		if bad.Check() == nil {
			t.Errorf("%+v is let pass", bad)
		}
	}
}

func TestPreferencesInWords(t *testing.T) {
	sunday := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		p    subscribers.Preferences
		want string
	}{
		{subscribers.Preferences{}, ""},
		{subscribers.Preferences{
			Evenings: subscribers.Weekend, Slots: []string{"evening"}, PausedUntil: "2026-11-22",
		}, ""},
		{subscribers.Preferences{PausedUntil: "2026-11-23"}, "paused until 2026-11-23"},
		{subscribers.Preferences{Evenings: subscribers.MondayToFriday}, "wants monday-friday, and this is a Sunday"},
		{subscribers.Preferences{Slots: []string{"morning", "noon"}}, "wants the slots morning, noon"},
	} {
		if got := c.p.Declines(sunday, "evening"); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.p, got, c.want)
		}
	}
}
