package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

// waveJSON is the readers of an edition whose messages are first due at the same time. The
// time zones are those of an edition to come: "" is readers without one, or with one that
// is not known here.
type waveJSON struct {
	DueAt      *string  `json:"due_at"`
	Recipients int      `json:"recipients"`
	Owed       int      `json:"owed"`
	Timezones  []string `json:"timezones,omitempty"`
	due        time.Time
}

// wavesToCome gives the waves of an edition that is not open yet; none if it goes to all at
// once.
func (h *house) wavesToCome(ctx context.Context, d publish.Decision) ([]waveJSON, error) {
	if d.Slot.Wave == "" {
		return nil, nil
	}
	zones, err := h.list.Zones(ctx, d.Edition.ID)
	if err != nil {
		return nil, err
	}
	base := h.publisher.Now()
	if at, ok := d.Slot.At(d.Edition.ID.Date); ok && at.After(base) {
		base = at
	}
	waves := map[time.Time]*waveJSON{}
	for _, z := range zones {
		due := d.Slot.DueIn(z.Name, d.Edition.ID.Date, base)
		w := waves[due.UTC()]
		if w == nil {
			w = &waveJSON{DueAt: stamp(due, h.zone), due: due}
			waves[due.UTC()] = w
		}
		w.Recipients, w.Owed = w.Recipients+z.Readers, w.Owed+z.Readers
		if _, known := publish.Known(z.Name); !known {
			z.Name = ""
		}
		if !slices.Contains(w.Timezones, z.Name) {
			w.Timezones = append(w.Timezones, z.Name)
		}
	}
	var all []waveJSON
	for _, w := range waves {
		all = append(all, *w)
	}
	slices.SortFunc(all, func(a, b waveJSON) int { return a.due.Compare(b.due) })
	return all, nil
}

// wavesOf gives the waves of an opened edition; none if it goes to all at once.
func (h *house) wavesOf(ctx context.Context, r digest.Record) ([]waveJSON, error) {
	if r.LastDueAt.IsZero() {
		return nil, nil
	}
	waves, err := h.book.Waves(ctx, r.Number)
	var all []waveJSON
	for _, w := range waves {
		all = append(all, waveJSON{DueAt: stamp(w.Due, h.zone), Recipients: w.Readers, Owed: w.Owed, due: w.Due})
	}
	return all, err
}

// planWaves gives the waves of an edition, opened or not.
func (h *house) planWaves(ctx context.Context, d publish.Decision) ([]waveJSON, error) {
	if d.Record.State.Opened() {
		waves, err := h.wavesOf(ctx, d.Record)
		return orNone(waves), err
	}
	waves, err := h.wavesToCome(ctx, d)
	return orNone(waves), err
}

// unknownZones counts the readers of an edition to come whose time zones are not known here.
func (h *house) unknownZones(
	ctx context.Context, slot publish.Slot, id digest.ID,
) (readers int, names []string, err error) {
	if slot.Wave == "" {
		return 0, nil, nil
	}
	zones, err := h.list.Zones(ctx, id)
	for _, z := range zones {
		if _, known := publish.Known(z.Name); z.Name != "" && !known {
			readers += z.Readers
			names = append(names, z.Name)
		}
	}
	return readers, names, err
}

// mostZones is how many time zones of a wave a table names.
const mostZones = 3

// told is a wave in a line: when, how many, and for those to come where it is that hour.
func (w waveJSON) told(zone *time.Location) string {
	said := fmt.Sprintf("%s  %6d", moment(w.due, zone), w.Recipients)
	for i, name := range w.Timezones {
		if i == mostZones {
			return said + fmt.Sprintf(" and %d more", len(w.Timezones)-i)
		}
		said += "  " + cmp.Or(name, "no time zone")
		if there, known := publish.Known(name); known {
			said += " " + w.due.In(there).Format("15:04")
		}
	}
	if w.Timezones == nil {
		said += fmt.Sprintf(", %d not sent yet", w.Owed)
	}
	return said
}

// sayWaves shows when the readers of an edition are due, if that is not at once.
func (a *app) sayWaves(waves []waveJSON, zone *time.Location) {
	if len(waves) == 0 {
		return
	}
	a.print("%s:\n", count(len(waves), "wave"))
	for _, w := range waves {
		a.print("  %s\n", w.told(zone))
	}
}

// hintZones is what to do about time zones that are not known on this machine.
const hintZones = "update the time zones of this machine (tzdata)"

// publicationsZone says that readers have the publication's time zone since their own is not
// known here.
func publicationsZone(readers int, name string) string {
	return fmt.Sprintf("%s a time zone that is not known here, such as %q: the publication's counts",
		have(readers), name)
}

// have says that so many readers have something.
func have(n int) string {
	if n == 1 {
		return "1 reader has"
	}
	return count(n, "reader") + " have"
}

// warnOfZones says whose time zones are not known on this machine.
func (a *app) warnOfZones(ctx context.Context, h *house, d publish.Decision) error {
	readers, names, err := h.unknownZones(ctx, d.Slot, d.Edition.ID)
	if err != nil || readers == 0 {
		return err
	}
	a.tell("vesper: warning: %s\nhint: %s\n", publicationsZone(readers, names[0]), hintZones)
	return nil
}
