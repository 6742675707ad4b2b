package web

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"time"

	"vesper/templates"
)

// zoneNames are the IANA time zones that people live in, at least one for each
// country.
//
//go:embed zones.txt
var zoneNames string

// area is a group of time zones: a continent or an ocean. The first area has no name;
// it holds the publication's zone.
type area struct {
	Name  string
	Zones []choice
}

// zones gives the time zones to choose from. The chosen one is checked. It is offered
// also if zoneNames does not have it, because an admin may have given it.
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

// place gives the name of a zone's place as people write it: "Knox, Indiana".
func place(zone string) string {
	parts := strings.Split(strings.ReplaceAll(zone, "_", " "), "/")
	if len(parts) > 1 {
		parts = parts[1:]
	}
	slices.Reverse(parts)
	return strings.Join(parts, ", ")
}

// knownZone says whether a time zone has this name. "Local", the server's, is none.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}
