package web

import (
	"slices"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

// preferencesPage makes the page on which these preferences are chosen.
func (s *site) preferencesPage(p subscribers.Preferences) preferencesPage {
	w := s.words.Pages
	page := preferencesPage{
		Chrome: s.chrome(w.Preferences), Zones: s.zones(p.Timezone), Fewer: s.presets()[1:], Moves: s.Mover != nil,
	}
	page.Evenings, page.Days = s.eveningChoices(p.Evenings.Whole())
	if len(s.Slots) > 1 {
		for _, slot := range s.Slots {
			checked := len(p.Slots) == 0 || slices.Contains(p.Slots, slot.Name)
			page.Slots = append(page.Slots, choice{Value: slot.Name, Label: slot.Title, Checked: checked})
		}
	}
	plain := p.Variant == digest.Plain
	page.Forms = []choice{
		{Value: digest.Designed, Label: w.Designed, Hint: w.DesignedHint, Checked: !plain},
		{Value: digest.Plain, Label: w.Plain, Hint: w.PlainHint, Checked: plain},
	}
	paused, none := s.paused(p) != "", "none"
	if !paused {
		// A page that was opened before a pause was chosen elsewhere must not end it.
		none = "keep"
	}
	page.Pauses = []choice{
		{Value: none, Label: w.NoPause, Checked: !paused},
		{Value: "week", Label: w.Week},
		{Value: "weeks", Label: w.TwoWeeks},
		{Value: "month", Label: w.Month},
		{Value: "until", Label: w.UntilDay, Checked: paused},
	}
	if paused {
		page.Until = p.PausedUntil
	}
	first, last := s.pausable(p)
	page.First, page.Last = first.String(), last.String()
	return page
}

func evening(d time.Weekday) subscribers.Evenings { return 1 << d }

// presets are the sets of evenings that have a name, every evening first. A set on
// which no edition comes is left out.
func (s *site) presets() []choice {
	w := s.words.Pages
	var workdays subscribers.Evenings
	for _, d := range s.words.Workdays() {
		workdays |= evening(d)
	}
	all := []choice{{Value: subscribers.EveryEvening.String(), Label: w.Every}}
	comes := s.Evenings.Whole()
	for _, preset := range []struct {
		evenings subscribers.Evenings
		label    string
	}{{workdays, w.Workdays}, {subscribers.EveryEvening &^ workdays, w.Weekend}} {
		if both := comes & preset.evenings; both != 0 && both != comes {
			all = append(all, choice{Value: preset.evenings.String(), Label: preset.label})
		}
	}
	return all
}

// eveningChoices gives the presets and the single evenings. The chosen ones are
// checked.
func (s *site) eveningChoices(chosen subscribers.Evenings) (presets, days []choice) {
	presets = s.presets()
	named := false
	for i := range presets {
		presets[i].Checked = presets[i].Value == chosen.String()
		named = named || presets[i].Checked
	}
	presets = append(presets, choice{Value: ownEvenings, Label: s.words.Pages.OwnDays, Checked: !named})
	for _, d := range s.words.Week() {
		if s.Evenings.Whole().Has(d) {
			day := s.words.Capital(s.words.Dates.Weekdays[d])
			days = append(days, choice{Value: evening(d).String(), Label: day, Checked: !named && chosen.Has(d)})
		}
	}
	return presets, days
}

func (s *site) dayNames() []string {
	var names []string
	for _, d := range s.words.Week() {
		names = append(names, evening(d).String())
	}
	return names
}

// evenings names a set of evenings inside a sentence: a preset, or the days.
func (s *site) evenings(e subscribers.Evenings) string {
	e = e.Whole()
	for _, preset := range s.presets() {
		if preset.Value == e.String() {
			return s.words.Within(preset.Label)
		}
	}
	var names []string
	for _, d := range s.words.Week() {
		if e.Has(d) {
			names = append(names, s.words.Dates.Weekdays[d])
		}
	}
	return strings.Join(names, s.words.Pages.DayAndDay)
}

// paused says until when a reader gets nothing, "" if they are not paused.
func (s *site) paused(p subscribers.Preferences) string {
	day, err := digest.ParseDate(p.PausedUntil)
	if err != nil || day.Compare(digest.DateOf(s.today(p))) <= 0 {
		return ""
	}
	return templates.Say(s.words.Pages.PausedUntil, "date", s.words.FullDate(day.In(time.UTC)))
}
