package subscribers_test

import (
	"slices"
	"strings"
	"testing"

	"vesper/subscribers"
)

func TestAnEditChangesWhatItNamesAlone(t *testing.T) {
	was := subscribers.Subscriber{
		Name: "Ines", Tags: []string{"founders", "press"},
		Preferences: subscribers.Preferences{
			Evenings: subscribers.Weekend, Variant: subscribers.Plain, Timezone: "Europe/Lisbon",
			Slots: []string{"evening"}, PausedUntil: "2026-12-01",
		},
	}
	zone, weekdays := "", subscribers.MondayToFriday
	is := subscribers.Edit{
		Timezone: &zone, Evenings: &weekdays, Tag: []string{"press", "Vienna"}, Untag: []string{"founders", "none"},
	}.After(was)
	want := []string{
		"timezone: Europe/Lisbon -> none", "evenings: weekend -> monday-friday",
		`tags: "founders", "press" -> "press", "Vienna"`,
	}
	if got := subscribers.Edited(was, is); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if is.Name != was.Name || is.Variant != was.Variant || is.PausedUntil != was.PausedUntil ||
		!slices.Equal(is.Slots, was.Slots) || !slices.Equal(was.Tags, []string{"founders", "press"}) {
		t.Errorf("it also changed %+v to %+v", was, is)
	}
	if got := subscribers.Edited(is, (subscribers.Edit{}).After(is)); got != nil {
		t.Errorf("no edit changes %q", got)
	}
}

func TestAnEditThatNoReaderMayHaveIsRefused(t *testing.T) {
	long, bell, mars, html := strings.Repeat("x", 201), "a\x1b[2J", "Mars/Base", "html"
	for name, e := range map[string]subscribers.Edit{
		"a name of two lines": {Name: &bell}, "a long name": {Name: &long},
		"a zone": {Timezone: &mars}, "a variant": {Variant: &html},
		"an empty tag": {Tag: []string{""}}, "a tag with an edge": {Untag: []string{" x"}},
		"a tag for a terminal": {Tag: []string{bell}},
		"both":                 {Tag: []string{"x"}, Untag: []string{"x"}},
	} {
		if e.Check() == nil {
			t.Errorf("%s is let through", name)
		}
	}
	zone, plain, no := "Europe/Vienna", subscribers.Plain, ""
	fine := subscribers.Edit{Name: &no, Timezone: &zone, Variant: &plain, Tag: []string{"press, Vienna"}}
	if err := fine.Check(); err != nil {
		t.Error(err)
	}
}
