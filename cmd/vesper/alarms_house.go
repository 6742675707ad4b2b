package main

import (
	"context"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/alarm"
)

const (
	// goneFor is how long nothing was heard of a machine that somebody has to look at: one that begins
	// anew is back before.
	goneFor = 2 * time.Minute
	// unfitFor is how long one may do no part of the editions.
	unfitFor = 10 * time.Minute
	// differFor is how long two may have different configurations: one after another is changed.
	differFor = 5 * time.Minute
)

// houseLooks are the looks at the machines of a house; none where the database is a file.
func houseLooks(h *house) []alarm.Look {
	if !h.file.OnServer() {
		return nil
	}
	return []alarm.Look{{
		Name: "machines", Every: editionsLooked,
		Kinds: []digest.AlarmKind{digest.AlarmMachine, digest.AlarmClock, digest.AlarmConfiguration},
		Find: func(ctx context.Context) ([]digest.Alarm, error) {
			all, err := h.file.Machines(ctx)
			return append(machineAlarms(all), unlikeAlarms(all)...), err
		},
	}}
}

// machineAlarms says what is wrong with machines.
func machineAlarms(all []digest.Machine) (found []digest.Alarm) {
	fit, timely, serving := false, false, 0
	back := map[string]bool{}
	for _, m := range all {
		if !m.Serves() {
			continue
		}
		serving++
		fit, timely = fit || m.Unfit == "", timely || m.Timely()
		back[m.Host+m.Place] = true
	}
	if serving > 0 && !timely {
		found = append(found, digest.Alarm{
			Kind: digest.AlarmClock, Hint: "see which is right, and have NTP keep both",
			Reason: "PostgreSQL's clock differs from those of all machines by more than half a minute",
		})
	}
	for _, m := range all {
		a := digest.Alarm{Kind: digest.AlarmMachine, About: m.Host}
		switch {
		case m.Role != "serve" || m.Draining || m.Drained:
			continue
		case !m.Alive && m.Silent >= goneFor && !back[m.Host+m.Place]:
			a.Reason = "it was not heard of for over two minutes, and nobody stopped it: the others have its part"
			a.Hint = "start it again; if it is gone for good, it is forgotten after a day"
		case m.Alive && fit && m.Unfit != "" && m.UnfitFor >= unfitFor:
			a.Reason = "it does no part of the editions, and others do: " + digest.WithoutAddresses(m.Unfit)
			a.Hint = `look into its log, and run "vesper doctor" there`
		default:
			continue
		}
		found = append(found, a)
	}
	return found
}

// eldest gives the machine that serves for longest.
func eldest(all []digest.Machine) (eldest digest.Machine) {
	for _, m := range all {
		if m.Serves() && (eldest.Owner == "" || m.Since.Before(eldest.Since)) {
			eldest = m
		}
	}
	return eldest
}

// unlikeAlarms says which machines have another configuration than the one that serves for longest.
func unlikeAlarms(all []digest.Machine) (found []digest.Alarm) {
	first := eldest(all)
	for _, m := range all {
		parts := m.Alike.Differs(first.Alike)
		if !m.Serves() || len(parts) == 0 || m.Beat.Sub(m.Since) < differFor {
			continue
		}
		found = append(found, digest.Alarm{
			Kind: digest.AlarmConfiguration, About: m.Host,
			Reason: "its configuration differs from that of " + first.Host + ": " + strings.Join(parts, ", "),
			Hint:   `give all machines the same vesper.toml and keys, then "systemctl reload vesper" on each`,
		})
	}
	return found
}
