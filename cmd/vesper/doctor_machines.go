package main

import (
	"context"
	"strings"
	"time"

	"vesper/digest"
)

// machines looks at this machine's clock beside PostgreSQL's, and at the machines of the house. Where the database
// is a file it says nothing.
func (f *findings) machines(ctx context.Context, p *patient) {
	h := p.house
	if !h.file.OnServer() {
		return
	}
	f.clockBeside(h.file.Ahead())
	all, err := h.file.Machines(ctx)
	if err != nil {
		f.failed("machines", err, "")
		return
	}
	f.among(all)
}

// clockBeside says how this machine's clock stands to PostgreSQL's, which is ahead by so much.
func (f *findings) clockBeside(ahead time.Duration) {
	if ahead.Abs() <= digest.ClocksDiffer {
		return
	}
	side := "behind"
	if ahead < 0 {
		side = "ahead of"
	}
	f.say("clock", digest.Fail, hintClock+", here or on PostgreSQL's machine, whichever is wrong",
		"the clock is %s %s PostgreSQL's: this machine sends no part of an edition while another one lives",
		ahead.Abs(), side)
}

// among says what is wrong with machines, as it is now: alarms wait whether it passes.
func (f *findings) among(all []digest.Machine) {
	const name = "machines"
	first, serving, found := eldest(all), 0, len(f.all)
	back := map[string]bool{}
	for _, m := range all {
		if m.Alive && m.Role == "serve" {
			back[m.Host+m.Place] = true
		}
	}
	for _, m := range all {
		if m.Role != "serve" || m.Draining || m.Drained {
			continue
		}
		if !m.Alive {
			if !back[m.Host+m.Place] {
				f.say(name, digest.Warn, "start it again; if it is gone for good, it is forgotten after a day",
					"%s was not heard of for %s, and nobody stopped it", m.Host, m.Silent)
			}
			continue
		}
		serving++
		if m.Unfit != "" {
			f.say(name, digest.Warn, `look into its log, and run "vesper doctor" there`,
				"%s does no part of the editions: %s", m.Host, digest.WithoutAddresses(m.Unfit))
		}
		if parts := m.Alike.Differs(first.Alike); len(parts) > 0 {
			f.say(name, digest.Warn, `give all machines the same vesper.toml and keys, then "systemctl reload vesper" on each`,
				"the configuration of %s differs from that of %s: %s", m.Host, first.Host, strings.Join(parts, ", "))
		}
	}
	if serving > 0 && len(f.all) == found {
		f.say(name, digest.OK, "", "%s, all alike", count(serving, "service"))
	}
}
