package alarm

import (
	"fmt"

	"vesper/digest"
)

// beyond is what the alarm is about that counts those that are not told one by one.
const beyond = "and more"

// bounded gives what is on already and as much of the rest as there is room for. What
// there is no room for is one more alarm of its kind, which counts it.
func (d *Desk) bounded(found []digest.Alarm) []digest.Alarm {
	room := most
	for _, a := range found {
		if _, on := d.known[keyOf(a)]; on {
			room--
		}
	}
	var all []digest.Alarm
	var kinds []digest.AlarmKind
	left := map[digest.AlarmKind]int{}
	for _, a := range found {
		if _, on := d.known[keyOf(a)]; !on {
			if room--; room < 0 {
				if left[a.Kind]++; left[a.Kind] == 1 {
					kinds = append(kinds, a.Kind)
				}
				continue
			}
		}
		all = append(all, a)
	}
	for _, kind := range kinds {
		all = append(all, digest.Alarm{
			Kind: kind, About: beyond, Hint: `"vesper status" shows those that are told, "vesper doctor" looks at all`,
			Reason: fmt.Sprintf("as many as can be told one by one are on already, and %d more of this kind are",
				left[kind]),
		})
	}
	return all
}
