package publish

import (
	"time"

	"vesper/digest"
)

// Rhythm gives how often a reader gets mail at most. Nothing is said where a reader may
// get several editions a day, and of a paper that comes on a few days of the week.
func Rhythm(slots []Slot) digest.Rhythm {
	const evening, night = 16 * time.Hour, 3 * time.Hour
	if len(slots) != 1 || len(slots[0].Evenings(digest.Date{Year: 2024, Month: time.January, Day: 1})) < 5 {
		return ""
	}
	if at := slots[0].minute(); at >= evening || at < night {
		return digest.OnceAnEvening
	}
	return digest.OnceADay
}
