package web

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"time"

	"vesper/templates"
)

// zoneNames are the names of the IANA time zone database that are somebody's
// clock: at least one for each country.
//
//go:embed zones.txt
var zoneNames string

// area is a group of time zones: a continent or an ocean. The first one has no
// name: it is what stands apart.
type area struct {
	Name  string
	Zones []choice
}

// zones gives the time zones to choose from, with the chosen one checked. One that
// the list has not, since an admin gave it, is offered too.
func (s *site) zones(chosen string) []area {
	all := []area{{Zones: []choice{{
		Label:   templates.Say(s.words.Pages.OurZone, "zone", place(s.zone().String())),
		Checked: chosen == "",
	}}}}
	found := chosen == ""
	for name := range strings.FieldsSeq(zoneNames) {
		continent, _, _ := strings.Cut(name, "/")
		if all[len(all)-1].Name != continent {
			all = append(all, area{Name: continent})
		}
		last := &all[len(all)-1]
		last.Zones = append(last.Zones, choice{Value: name, Label: place(name), Checked: name == chosen})
		found = found || name == chosen
	}
	for _, a := range all[1:] {
		slices.SortStableFunc(a.Zones, func(a, b choice) int { return cmp.Compare(a.Label, b.Label) })
	}
	if !found {
		all[0].Zones = append(all[0].Zones, choice{Value: chosen, Label: chosen, Checked: true})
	}
	return all
}

// place gives a zone's place as one writes it: "Knox, Indiana".
func place(zone string) string {
	parts := strings.Split(strings.ReplaceAll(zone, "_", " "), "/")
	if len(parts) > 1 {
		parts = parts[1:]
	}
	slices.Reverse(parts)
	return strings.Join(parts, ", ")
}

// knownZone says whether a name is one of a time zone. "Local" is the server's.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}
