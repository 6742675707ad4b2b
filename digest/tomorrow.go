package digest

import (
	"fmt"
	"time"
)

// MostTomorrow is how many lines say what the next day brings.
const MostTomorrow = 5

// Tomorrow is what a day brings: votes, hearings, weather, openings. Editions of the day
// before print it. The zero Tomorrow is none.
type Tomorrow struct {
	// Date is the day that it is about.
	Date Date
	// Lines are texts, each on one line.
	Lines []string
}

// For says whether editions of a day print it: those of the day before, whenever they are
// opened or read.
func (t Tomorrow) For(edition Date) bool {
	return len(t.Lines) > 0 && edition.AddDays(1) == t.Date
}

// WhenPrinted says on one line what becomes of it in an edition.
func (t Tomorrow) WhenPrinted(edition Date) string {
	what := "1 line"
	if n := len(t.Lines); n != 1 {
		what = fmt.Sprintf("%d lines", n)
	}
	before := t.Date.AddDays(-1)
	switch {
	case t.For(edition):
		return fmt.Sprintf("printed: %s for %s %s", what, weekday(t.Date), t.Date)
	case t.Date.Compare(edition) <= 0:
		return fmt.Sprintf("not printed: it is for %s %s, and no later edition prints that: write a new one",
			weekday(t.Date), t.Date)
	}
	return fmt.Sprintf("not printed yet: it is for %s %s, so the editions of %s print it", weekday(t.Date), t.Date, before)
}

func weekday(d Date) time.Weekday { return d.In(time.UTC).Weekday() }
