package subscribers

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

// Numbers is a list in numbers.
type Numbers struct {
	ByStatus map[Status]int
	// Months are those in which readers came, confirmed or left, the oldest first.
	Months []Month
	// Domains are those of the active readers, those with most first.
	Domains []Domain
}
