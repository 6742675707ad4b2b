package subscribers

import (
	"slices"
	"strings"
	"time"
)

// Counts is what became of the rows of an import.
type Counts struct{ Added, Changed, Unchanged, Suppressed int }

// Count counts one row.
func (c *Counts) Count(e Effect) {
	switch e {
	case LeavesAlone:
		c.Unchanged++
	case Adds:
		c.Added++
	case Changes:
		c.Changed++
	case KeepsOff:
		c.Suppressed++
	}
}

// Add adds what others counted.
func (c *Counts) Add(more Counts) {
	c.Added += more.Added
	c.Changed += more.Changed
	c.Unchanged += more.Unchanged
	c.Suppressed += more.Suppressed
}

// Domain is how many readers have their mailbox at a domain.
type Domain struct {
	// Name is in ASCII.
	Name    string
	Readers int
}

// Month is how the list grew in one: the readers who are on it and came, confirmed
// or left then. Who was removed or erased is in no month.
type Month struct {
	// Name is as 2026-11, by the clock of the zone that was asked for.
	Name                   string
	Added, Confirmed, Left int
}

// Calendar counts how the list grew, month by month of a time zone.
type Calendar struct {
	zone   *time.Location
	months map[string]*Month
}

// NewCalendar gives an empty calendar of a zone.
func NewCalendar(zone *time.Location) *Calendar {
	return &Calendar{zone: zone, months: map[string]*Month{}}
}

// Count counts a reader. Times that are not known are zero.
func (c *Calendar) Count(created, confirmed, left time.Time) {
	c.month(created).Added++
	if !confirmed.IsZero() {
		c.month(confirmed).Confirmed++
	}
	if !left.IsZero() {
		c.month(left).Left++
	}
}

func (c *Calendar) month(t time.Time) *Month {
	name := t.In(c.zone).Format("2006-01")
	if c.months[name] == nil {
		c.months[name] = &Month{Name: name}
	}
	return c.months[name]
}

// Months gives the months in which anything happened, the oldest first.
func (c *Calendar) Months() []Month {
	var all []Month
	for _, m := range c.months {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Month) int { return strings.Compare(a.Name, b.Name) })
	return all
}
