package main

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
)

// benchJSON is what a bench came to. Figures are medians of the rounds. The first ones
// are Vesper's at its own sink.
type benchJSON struct {
	MessagesPerSecond float64  `json:"messages_per_second"`
	CPU               float64  `json:"cpu_seconds_per_10k"`
	PeakMB            *float64 `json:"peak_rss_mb"`
	Recipients        int      `json:"recipients"`
	BytesPerMessage   int64    `json:"bytes_per_message"`
	Signed            bool     `json:"signed"`
	TLS               bool     `json:"tls"`
	Connections       int      `json:"connections"`
	Rounds            int      `json:"rounds"`
	Opening           float64  `json:"opening_seconds"`
	OpeningCPU        float64  `json:"opening_cpu_seconds"`
	Commits           *float64 `json:"commits_per_1000"`
	Stalls            *float64 `json:"stalls_over_20ms"`
	Longest           *float64 `json:"longest_wait_ms"`

	Cores     int     `json:"cores"`
	Fsync     float64 `json:"fsync_ms"`
	Signature float64 `json:"rsa_signature_ms"`
	RoundTrip float64 `json:"round_trip_ms"`
	Accept    float64 `json:"accept_ms"`
	// Limits are what the machine and the way allow at most, in messages a second.
	Limits limitsJSON `json:"limits"`

	Program string         `json:"program"`
	Go      string         `json:"go"`
	Runs    []benchRunJSON `json:"runs"`
}

// limitsJSON are limits in messages a second: of the signatures on all cores, and of the
// round trips on all connections, with two for a message as PIPELINING has it.
type limitsJSON struct {
	Signatures float64 `json:"signatures"`
	RoundTrips float64 `json:"round_trips"`
}

// benchRunJSON is a sender at a sink.
type benchRunJSON struct {
	Sender            string    `json:"sender"`
	Sink              string    `json:"sink"`
	TLS               bool      `json:"tls"`
	Signed            bool      `json:"signed"`
	MessagesPerSecond float64   `json:"messages_per_second"`
	Each              []float64 `json:"each_round"`
	CPU               float64   `json:"cpu_seconds_per_10k"`
	PeakMB            *float64  `json:"peak_rss_mb"`
	Commits           *float64  `json:"commits_per_1000"`
	Stalls            *float64  `json:"stalls_over_20ms"`
	Longest           *float64  `json:"longest_wait_ms"`
	// Ratio and CPURatio are to smtp-source at the same sink, round by round.
	Ratio    *float64 `json:"ratio"`
	CPURatio *float64 `json:"cpu_ratio"`
	// Ahead is how long it took to sign the edition ahead of its time, AheadPerSecond how
	// many signatures a second that is, and Unsigned the ratio of its rate to that of what is
	// not signed, round by round.
	Ahead          *float64 `json:"signing_ahead_seconds,omitempty"`
	AheadPerSecond *float64 `json:"signed_ahead_per_second,omitempty"`
	Unsigned       *float64 `json:"unsigned_ratio,omitempty"`
}

// median gives the middle of numbers; of none, or where one is not known, nil.
func median(all []float64) *float64 {
	all = slices.Sorted(slices.Values(all))
	if len(all) == 0 || all[0] < 0 {
		return nil
	}
	m := (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	return &m
}

// over gives a figure of each round.
func (r *benchRun) over(f func(benchFigures) float64) []float64 {
	var all []float64
	for _, one := range r.rounds {
		all = append(all, f(one))
	}
	return all
}

func perCPU(f benchFigures) float64 { return f.CPU / float64(f.Messages) * 10_000 }

// figures sums up a run.
func (b *bench) figures(r *benchRun) benchRunJSON {
	j := benchRunJSON{
		Sender: r.sender, Sink: r.sink, TLS: r.tls, Signed: r.signed,
		Each:              r.over(benchFigures.perSecond),
		MessagesPerSecond: *median(r.over(benchFigures.perSecond)), CPU: *median(r.over(perCPU)),
		PeakMB: median(r.over(func(f benchFigures) float64 { return f.PeakMB })),
		Commits: median(r.over(func(f benchFigures) float64 {
			if f.Commits < 0 {
				return -1
			}
			return float64(f.Commits) / float64(f.Messages) * 1000
		})),
		Stalls:  median(r.over(func(f benchFigures) float64 { return float64(f.Stalls) })),
		Longest: median(r.over(func(f benchFigures) float64 { return f.Longest })),
	}
	if r.sender == senderAhead {
		j.Ahead = median(r.over(func(f benchFigures) float64 { return f.Ahead }))
		j.AheadPerSecond = median(r.over(func(f benchFigures) float64 { return float64(f.Messages) / f.Ahead }))
		j.Unsigned = median(r.against(b.unsigned()))
	}
	for _, other := range b.runs {
		if other.sender != senderSource || other.sink != r.sink || r.sender == senderSource {
			continue
		}
		var work []float64
		for i, f := range r.rounds {
			work = append(work, perCPU(f)/perCPU(other.rounds[i]))
		}
		j.Ratio, j.CPURatio = median(r.against(other)), median(work)
	}
	return j
}

// unsigned gives the first run of Vesper's that does not sign.
func (b *bench) unsigned() *benchRun {
	for _, r := range b.runs {
		if !r.signed {
			return r
		}
	}
	return &benchRun{}
}

// against gives the ratio of its rate to that of another run, round by round.
func (r *benchRun) against(other *benchRun) []float64 {
	var all []float64
	for i, f := range other.rounds {
		all = append(all, r.rounds[i].perSecond()/f.perSecond())
	}
	return all
}

// sum sums up all.
func (b *bench) sum() benchJSON {
	f, first := b.flags, b.runs[0]
	main := b.figures(first)
	j := benchJSON{
		MessagesPerSecond: main.MessagesPerSecond, CPU: main.CPU, PeakMB: main.PeakMB, Recipients: f.recipients,
		BytesPerMessage: b.messageSize(), Signed: f.sign, TLS: first.tls, Connections: f.connections, Rounds: f.rounds,
		Opening:    *median(first.over(func(f benchFigures) float64 { return f.Opening })),
		OpeningCPU: *median(first.over(func(f benchFigures) float64 { return f.OpeningCPU })),
		Commits:    main.Commits, Stalls: main.Stalls, Longest: main.Longest,
		Cores: runtime.GOMAXPROCS(0), Fsync: *median(b.machine.fsync), Signature: *median(b.machine.signature),
		RoundTrip: milliseconds(b.first.probe.roundTrip), Accept: milliseconds(b.first.probe.accept),
		Program: version(), Go: runtime.Version(),
	}
	j.Limits.Signatures = float64(j.Cores) / j.Signature * 1000
	j.Limits.RoundTrips = float64(f.connections) / (2*j.RoundTrip + j.Accept) * 1000
	for _, r := range b.runs {
		j.Runs = append(j.Runs, b.figures(r))
	}
	return j
}

// show prints what came of it.
func (b *bench) show() error {
	j := b.sum()
	if b.flags.out == "json" {
		return newEncoder(b.stdout).Encode(j)
	}
	list := newLister(b.stdout, "table", column{"SENDER", "sender", false}, column{"SINK", "sink", false},
		column{"MESSAGES/S", "messages_per_second", false}, column{"RATIO", "ratio", false},
		column{"CPU S/10,000", "cpu_seconds_per_10k", false}, column{"RATIO", "cpu_ratio", false},
		column{"PEAK MB", "peak_rss_mb", false}, column{"COMMITS/1,000", "commits_per_1000", false},
		column{"STALLS", "stalls_over_20ms", false})
	for i, r := range j.Runs {
		sender := r.Sender
		if r.Signed {
			sender += ", signed"
		}
		if err := list.row(nil, sender, b.runs[i].where(), fmt.Sprintf("%.0f", r.MessagesPerSecond), figure(r.Ratio, 2),
			fmt.Sprintf("%.2f", r.CPU), figure(r.CPURatio, 2), figure(r.PeakMB, 0), figure(r.Commits, 0), figure(r.Stalls, 0),
		); err != nil {
			return err
		}
	}
	if err := list.done(); err != nil {
		return err
	}
	b.print("%s of %d bytes over %s, %s; opened in %.2f s, %.2f s of it work\n", count(j.Recipients, "message"),
		j.BytesPerMessage, count(j.Connections, "connection"), count(j.Rounds, "round"), j.Opening, j.OpeningCPU)
	b.print("this machine: %s, %.3f ms for an fsync, %.3f ms for an RSA signature; %.3f ms for a round trip\n",
		count(j.Cores, "core"), j.Fsync, j.Signature, j.RoundTrip)
	for _, r := range j.Runs {
		if r.Ahead != nil {
			b.print("signed ahead in %.1f s, %.0f a second; then sent at %.2f of the rate of what is not signed\n", *r.Ahead,
				*r.AheadPerSecond, *r.Unsigned)
		}
	}
	if j.Signed {
		b.print("the signatures allow %.0f messages a second: %.2f of that is reached\n", j.Limits.Signatures,
			j.MessagesPerSecond/j.Limits.Signatures)
	}
	if j.RoundTrip+j.Accept < 1 {
		return nil
	}
	return b.print("two round trips a message, %g ms to accept it, allow %.0f messages a second: "+
		"%.2f of that is reached\n", j.Accept, j.Limits.RoundTrips, j.MessagesPerSecond/j.Limits.RoundTrips)
}

// figure gives a number with so many digits, "-" if it is not known.
func figure(n *float64, digits int) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatFloat(*n, 'f', digits, 64)
}
