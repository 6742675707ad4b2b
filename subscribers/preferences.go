package subscribers

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Evenings is a set of weekdays: the bit 1<<time.Weekday for each.
type Evenings uint8

// The sets that have names.
const (
	EveryEvening   Evenings = 0x7f
	MondayToFriday Evenings = 0x3e
	Weekend        Evenings = 0x41
)

// week is the weekdays in the order in which they are written.
var week = []time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// short gives a weekday as "mon".
func short(d time.Weekday) string { return strings.ToLower(d.String()[:3]) }

// Has says whether the set has this weekday. The zero set has them all.
func (e Evenings) Has(d time.Weekday) bool { return e.Whole()&(1<<d) != 0 }

// Whole reads the zero set as every evening.
func (e Evenings) Whole() Evenings {
	if e &= EveryEvening; e != 0 {
		return e
	}
	return EveryEvening
}

// String gives "every", "monday-friday", "weekend", or the days as "mon,wed,fri".
func (e Evenings) String() string {
	switch e = e.Whole(); e {
	case EveryEvening:
		return "every"
	case MondayToFriday:
		return "monday-friday"
	case Weekend:
		return "weekend"
	}
	var days []string
	for _, d := range week {
		if e.Has(d) {
			days = append(days, short(d))
		}
	}
	return strings.Join(days, ",")
}

// ParseEvenings reads what String gives, in either case and with the days in any
// order, each of them short or in full.
func ParseEvenings(s string) (Evenings, error) {
	switch s = strings.ToLower(strings.TrimSpace(s)); s {
	case "every":
		return EveryEvening, nil
	case "monday-friday":
		return MondayToFriday, nil
	case "weekend":
		return Weekend, nil
	}
	var e Evenings
	for name := range strings.SplitSeq(s, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(week, func(d time.Weekday) bool {
			return name == short(d) || name == strings.ToLower(d.String())
		})
		if i < 0 {
			return 0, fmt.Errorf("%q is not an evening", name)
		}
		e |= 1 << week[i]
	}
	return e, nil
}

// The forms of an edition that readers choose from, by the names that package
// digest has for them.
const (
	Designed = "designed"
	Plain    = "plain"
)

// Preferences is what a reader chooses. They hold from the next edition that is
// opened: what is in the ledger already stays as it is.
type Preferences struct {
	// Evenings are the days on which editions come; 0 is read as EveryEvening.
	Evenings Evenings
	// Slots are the names of the editions that come; empty means all.
	Slots []string
	// Variant is the form of edition that comes: Designed or Plain.
	Variant string
	// Timezone is an IANA name; empty means the publication's.
	Timezone string
	// PausedUntil is the first local day on which editions come again, as
	// 2026-12-01; empty when they are not paused.
	PausedUntil string
}

// Declines says why these preferences leave out the edition of a slot on a local
// day, such as 2026-11-22, or "" if they want it. The audience of an edition is
// chosen in SQL by the same rule.
func (p Preferences) Declines(day time.Time, slot string) string {
	switch {
	case day.Format(time.DateOnly) < p.PausedUntil:
		return "paused until " + p.PausedUntil
	case !p.Evenings.Has(day.Weekday()):
		return fmt.Sprintf("wants %s, and this is a %s", p.Evenings, day.Weekday())
	case len(p.Slots) > 0 && !slices.Contains(p.Slots, slot):
		return "wants the slots " + strings.Join(p.Slots, ", ")
	}
	return ""
}

// CheckChosen says what is wrong with preferences that a reader chose: what Check
// says, and whether there are such a variant and such a time zone.
func (p Preferences) CheckChosen() error {
	if p.Variant != Designed && p.Variant != Plain {
		return fmt.Errorf("there is no variant %q", p.Variant)
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "Local" {
		return fmt.Errorf("there is no time zone %q", p.Timezone)
	}
	return p.Check()
}

// Check says what is wrong with preferences, apart from the names of variant and
// time zone: whoever reads a file of a million rows looks each name up once.
func (p Preferences) Check() error {
	if p.Evenings > EveryEvening {
		return fmt.Errorf("%#x is not a set of evenings", uint8(p.Evenings))
	}
	for _, slot := range p.Slots {
		if slot == "" || strings.ContainsFunc(slot, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f }) {
			return fmt.Errorf("%q is not a slot", slot)
		}
	}
	if p.PausedUntil != "" {
		if day, err := time.Parse(time.DateOnly, p.PausedUntil); err != nil || day.Year() < 1000 {
			return fmt.Errorf("%q is not a day such as 2026-12-01", p.PausedUntil)
		}
	}
	return nil
}
