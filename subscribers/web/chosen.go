package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// ownEvenings is the value of the choice "these evenings", which are ticked.
const ownEvenings = "own"

// furthest is the longest pause, in days. Who wants a longer one leaves.
const furthest = 366

// chosen reads the preferences form of a reader who has these preferences. problem
// is the sentence for a choice that can't be kept; the page then shows p with it. A
// field that is missing, or a value that the form does not offer, changes nothing.
func (s *site) chosen(sent url.Values, is subscribers.Preferences) (p subscribers.Preferences, problem string) {
	p = is
	if p.Variant == "" {
		p.Variant = digest.Designed
	}
	words := s.words.Pages
	switch evenings := sent.Get("evenings"); evenings {
	case "":
	case ownEvenings:
		e, err := subscribers.ParseEvenings(strings.Join(s.ticked(sent["day"], s.dayNames()), ","))
		if err != nil {
			problem = words.NoEvening
			break
		}
		p.Evenings = e
	default:
		if e, err := subscribers.ParseEvenings(evenings); err == nil {
			p.Evenings = e
		}
	}
	if len(s.Slots) > 1 && sent.Has("slots") {
		p.Slots = s.ticked(sent["slot"], s.slotNames())
		switch len(p.Slots) {
		case 0:
			p.Slots, problem = is.Slots, words.NoSlot
		case len(s.Slots):
			// None chosen means all, also those that are added later.
			p.Slots = nil
		}
	}
	if form := sent.Get("form"); form == digest.Plain || form == digest.Designed {
		p.Variant = form
	}
	if zone := sent.Get("zone"); sent.Has("zone") && (zone == "" || knownZone(zone)) {
		p.Timezone = zone
	}
	until, ok := s.pause(p, sent.Get("pause"), strings.TrimSpace(sent.Get("until")))
	if !ok {
		problem = words.NoDay
	}
	p.PausedUntil = until
	return p, problem
}

// ticked gives the names that were sent, in the order of names.
func (s *site) ticked(sent, names []string) []string {
	var all []string
	for _, name := range names {
		if slices.Contains(sent, name) {
			all = append(all, name)
		}
	}
	return all
}

func (s *site) slotNames() []string {
	var names []string
	for _, slot := range s.Slots {
		names = append(names, slot.Name)
	}
	return names
}

// pause gives the first day on which editions come again, by the reader's calendar;
// "" is no pause. ok is false for a text that is no day, and for a day that is past or
// too far.
func (s *site) pause(p subscribers.Preferences, length, day string) (until string, ok bool) {
	today := s.today(p)
	switch length {
	case "week":
		return digest.DateOf(today.AddDate(0, 0, 7)).String(), true
	case "weeks":
		return digest.DateOf(today.AddDate(0, 0, 14)).String(), true
	case "month":
		return digest.DateOf(today.AddDate(0, 1, 0)).String(), true
	case "until":
		d, err := digest.ParseDate(day)
		first, last := s.pausable(p)
		if err != nil || d.Compare(first) < 0 || d.Compare(last) > 0 {
			return p.PausedUntil, false
		}
		return d.String(), true
	case "none":
		return "", true
	}
	return p.PausedUntil, true
}

// pausable gives the first and the last day that a pause may last to.
func (s *site) pausable(p subscribers.Preferences) (first, last digest.Date) {
	today := digest.DateOf(s.today(p))
	return today.AddDays(1), today.AddDays(furthest)
}

// today is now on the reader's calendar.
func (s *site) today(p subscribers.Preferences) time.Time {
	zone, err := time.LoadLocation(p.Timezone)
	if err != nil || p.Timezone == "" {
		zone = s.zone()
	}
	return s.Now().In(zone)
}
