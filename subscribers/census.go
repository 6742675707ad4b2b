package subscribers

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Census counts a list of any size, of which it keeps no reader. Times are Unix seconds.
type Census struct {
	zone     *time.Location
	byStatus map[Status]int
	domains  map[string]*int
	months   map[string]*Month
	// days are days of UTC whose readers are all of one month of the zone, from 1970 on.
	days []*Month
	// hours are those of the other days.
	hours map[int64]*Month
}

const (
	anHour = 60 * 60
	aDay   = 24 * anHour
	// knownDays are those until the year 2100, and mostHours the hours that are kept.
	knownDays, mostHours = 130 * 1461 / 4, 100_000
)

// NewCensus gives an empty census, whose months are those of a time zone.
func NewCensus(zone *time.Location) *Census {
	return &Census{
		zone: zone, byStatus: map[Status]int{}, domains: map[string]*int{}, months: map[string]*Month{},
		days: make([]*Month, knownDays), hours: map[int64]*Month{},
	}
}

// Standing counts readers of a status.
func (c *Census) Standing(s Status, readers int) { c.byStatus[s] += readers }

// Domain counts active readers by the domain of an address, in the form of [Address.Key].
func (c *Census) Domain(addressKey []byte, readers int) {
	domain := addressKey[bytes.LastIndexByte(addressKey, '@')+1:]
	n := c.domains[string(domain)]
	if n == nil {
		n = new(int)
		c.domains[string(domain)] = n
	}
	*n += readers
}

// Added counts a reader who came then.
func (c *Census) Added(at int64) { c.month(at).Added++ }

// Confirmed counts a reader who confirmed then.
func (c *Census) Confirmed(at int64) { c.month(at).Confirmed++ }

// Left counts a reader who left then.
func (c *Census) Left(at int64) { c.month(at).Left++ }

// month gives the month of a time. To ask the calendar takes longer than all else, so that
// is done once a day, and once an hour near the end of a month.
func (c *Census) month(at int64) *Month {
	if at < 0 || at/aDay >= knownDays {
		return c.named(c.nameOf(at))
	}
	if m := c.days[at/aDay]; m != nil {
		return m
	}
	if m := c.hours[at/anHour]; m != nil {
		return m
	}
	m := c.named(c.nameOf(at))
	if c.within(m, at/aDay-2, at/aDay+3, aDay) {
		c.days[at/aDay] = m
	} else if len(c.hours) < mostHours && c.within(m, at/anHour, at/anHour+1, anHour) {
		c.hours[at/anHour] = m
	}
	return m
}

// within says whether the first and the last second of some days or hours are of a month.
func (c *Census) within(m *Month, first, end, seconds int64) bool {
	return c.nameOf(first*seconds) == m.Name && c.nameOf(end*seconds-1) == m.Name
}

func (c *Census) nameOf(at int64) string { return time.Unix(at, 0).In(c.zone).Format("2006-01") }

func (c *Census) named(name string) *Month {
	if c.months[name] == nil {
		c.months[name] = &Month{Name: name}
	}
	return c.months[name]
}

// Add adds what another one of the same zone has counted.
func (c *Census) Add(other *Census) {
	for s, n := range other.byStatus {
		c.Standing(s, n)
	}
	for domain, n := range other.domains {
		c.Domain([]byte(domain), *n)
	}
	for name, m := range other.months {
		into := c.named(name)
		into.Added, into.Confirmed, into.Left = into.Added+m.Added, into.Confirmed+m.Confirmed, into.Left+m.Left
	}
}

// Numbers gives what was counted.
func (c *Census) Numbers() Numbers {
	n := Numbers{ByStatus: maps.Clone(c.byStatus)}
	for _, m := range c.months {
		n.Months = append(n.Months, *m)
	}
	slices.SortFunc(n.Months, func(a, b Month) int { return strings.Compare(a.Name, b.Name) })
	for name, readers := range c.domains {
		n.Domains = append(n.Domains, Domain{name, *readers})
	}
	slices.SortFunc(n.Domains, func(a, b Domain) int {
		return cmp.Or(cmp.Compare(b.Readers, a.Readers), strings.Compare(a.Name, b.Name))
	})
	return n
}
