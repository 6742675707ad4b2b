package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/intake/fetch"
)

// fact is a line of the status: what it is about, "" as the line before, and what
// is said.
type fact struct{ about, said string }

// indent is where what is said of each thing begins.
const indent = 10

// text writes a fact, in lines of so many columns; 0 is no bound.
func (f fact) text(width int) string {
	said := printable(f.said)
	if !strings.HasPrefix(said, "[") { // a bar is as wide as it may be
		said = hanging(said, indent, width)
	}
	return strings.TrimRight(fmt.Sprintf("%-*s%s", indent, f.about, said), " ")
}

// write shows it once. On a terminal nothing is broken within a word.
func (s *standing) write(w io.Writer, columns int) error {
	width := 0
	if isTerminal(w) {
		width = columns
	}
	var b strings.Builder
	for _, l := range s.lines(s.at, columns) {
		b.WriteString(l.text(width) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// draw shows it in place of what a terminal showed before.
func (s *standing) draw(w io.Writer, columns int, now time.Time) error {
	var b strings.Builder
	b.WriteString("\x1b[H")
	for _, l := range s.lines(now, columns) {
		b.WriteString(strings.ReplaceAll(l.text(columns), "\n", "\x1b[K\n") + "\x1b[K\n")
	}
	end := hanging(now.In(s.zone).Format("2006-01-02 15:04:05 MST")+", Ctrl-C ends this", 0, columns)
	b.WriteString("\x1b[K\n" + strings.ReplaceAll(end, "\n", "\x1b[K\n") + "\x1b[K\x1b[J")
	_, err := io.WriteString(w, b.String())
	return err
}

// lines says everything, as seen at now.
func (s *standing) lines(now time.Time, columns int) []fact {
	all := []fact{{"status", s.verdict()}}
	if s.hint != "" {
		all = append(all, fact{"", "hint: " + s.hint})
	}
	if s.server != "" {
		all = append(all, fact{"server", s.server})
	}
	if s.newer != "" {
		all = append(all, fact{"database", stepNewer(s.newer)})
	}
	for i, a := range s.alarms {
		all = append(all, fact{first(i, "alarm"), strings.TrimSpace(fmt.Sprintf("%s %s", a.Kind, a.About)) +
			", since " + moment(a.Began, s.zone) + ": " + a.Reason})
	}
	all = append(all, s.lastLines()...)
	for _, n := range s.next {
		all = append(all, s.nextLines(n, now)...)
	}
	if len(s.next) == 0 {
		all = append(all, fact{"next", "none is scheduled"})
	}
	all = append(all, s.owedLines(now, columns)...)
	if s.stuck != "" {
		all = append(all, fact{"letters", s.stuck})
	}
	for i, r := range s.relays {
		all = append(all, fact{first(i, "relay"), s.relayLine(r)})
	}
	all = append(all, fact{"pace", s.paceLine()})
	for i, f := range s.feeds {
		all = append(all, fact{first(i, "feed"), s.feedLine(f)})
	}
	all = append(all, s.machineLines()...)
	sender := `nobody has the lock: "vesper serve" is not running`
	if s.holder != nil {
		sender = "another process has the lock"
		if s.holder.PID != 0 {
			role := s.holder.Role
			if s.holder.Host != "" {
				role += " on " + s.holder.Host
			}
			sender = fmt.Sprintf("%s (process %d) has the lock since %s", role, s.holder.PID,
				moment(s.holder.Since, s.zone))
		}
	}
	return append(all, fact{"disk", size(s.free) + " free beside the database"}, fact{"sender", sender})
}

// first gives a label for the first of several lines alone.
func first(i int, about string) string {
	if i > 0 {
		return ""
	}
	return about
}

func (s *standing) lastLines() []fact {
	if s.last == nil {
		return []fact{{"last", "no edition yet"}}
	}
	l := s.last
	what := fmt.Sprintf("%s: %s", editionName(l.ID, l.PaperNumber), l.State)
	if !l.DoneAt.IsZero() {
		what += fmt.Sprintf(" at %s, after %s", moment(l.DoneAt, s.zone), l.Took())
	}
	if l.Reason != "" {
		what += ": " + l.Reason
	}
	all := []fact{{"last", what}}
	if !l.State.Opened() {
		return all
	}
	for _, line := range strings.Split(equation(l.Tally), "\n") {
		all = append(all, fact{"", line})
	}
	e := talliedJSON(l.Tallied, s.zone)
	e.addReturned(l.returned)
	for _, line := range strings.Split(returnedSums(e), "\n") {
		all = append(all, fact{"", line})
	}
	return all
}

func (s *standing) nextLines(n nextEdition, now time.Time) []fact {
	when := "in " + brief(n.SendAt.Sub(now))
	if !n.SendAt.After(now) {
		when = "due since " + brief(now.Sub(n.SendAt))
	}
	all := []fact{
		{"next", fmt.Sprintf("%s, %s: %s for %s", editionName(n.Edition.ID, n.Edition.PaperNumber), when,
			count(len(n.Edition.Articles), "article"), count(n.Recipients, "recipient"))},
		{"", fmt.Sprintf("cut-off %s (%s)", n.CutOff.In(s.zone).Format("2006-01-02 15:04 MST"),
			n.CutOff.UTC().Format("2006-01-02 15:04 UTC"))},
	}
	if said := n.In(s.zone); said != "" {
		all = append(all, fact{"", said})
	}
	if n := len(n.Flaws); n > 0 {
		all = append(all, fact{"", count(n, "file") + " of the desk can't be read: \"vesper edition plan\" says why"})
	}
	switch {
	case n.held != "":
		all = append(all, fact{"", "held: " + n.held})
	case n.refused != "":
		all = append(all, fact{"", "would not go now: " + n.refused})
	}
	return all
}

func (s *standing) owedLines(now time.Time, columns int) []fact {
	if len(s.underWay) == 0 {
		return []fact{{"owed", "nothing"}}
	}
	var all []fact
	for i, u := range s.underWay {
		done := pace{total: u.Tally.Opened, done: u.Tally.Opened - u.Tally.Owed()}
		all = append(all, fact{first(i, "owed"), fmt.Sprintf("%s: %s of %d, opened at %s, %s%s", u.ID,
			count(u.Tally.Owed(), "recipient"), u.Tally.Opened, moment(u.OpenedAt, s.zone), u.State, u.leftText())})
		bar := done.bar(0, min(columns-10, 60))
		all = append(all, fact{"", strings.TrimPrefix(bar, " ")})
		if why := u.waits(s); why != "" {
			all = append(all, fact{"", why})
		}
	}
	return all
}

// leftText says how long the rest takes at the pace so far, if it goes on.
func (u underWay) leftText() string {
	if left := u.left(); left > 0 {
		return fmt.Sprintf(", about %s left", left)
	}
	return ""
}

func (u underWay) left() time.Duration {
	if u.State == digest.Paused || u.rate <= 0 || u.Tally.Owed() == 0 {
		return 0
	}
	return pace{total: u.Tally.Owed()}.left(u.rate)
}

func (s *standing) relayLine(r relayStanding) string {
	switch {
	case !r.known && r.others:
		return r.Name + ": not known, since the machine that has the lock has other relays"
	case !r.known:
		return r.Name + ": not known, since no service is running that tells"
	case r.Down != "":
		return fmt.Sprintf("%s: down, tried again at %s: %s", r.Name, r.RetryAt.In(s.zone).Format("15:04:05 MST"), r.Down)
	}
	return fmt.Sprintf("%s: no trouble, %s open", r.Name, count(r.Connections, "connection"))
}

func (s *standing) paceLine() string {
	rate := s.pace.PerSecond()
	if rate == 0 {
		return "not measured yet: no edition was sent since it is"
	}
	line := fmt.Sprintf("%.1f messages a second, measured over %s", rate, count(s.pace.Messages, "message"))
	if s.rate > 0 {
		line += fmt.Sprintf("; at most %g by the configuration", s.rate)
	}
	return line
}

func (s *standing) feedLine(f digest.FeedState) string {
	name := cmp.Or(f.Title, fetch.Logged(f.URL))
	switch {
	case f.Checked.IsZero():
		return name + ": not asked yet"
	case f.Error != "":
		return fmt.Sprintf("%s: failed %s in a row, last read %s: %s", name, count(f.Failures, "time"),
			orNever(moment(f.Good, s.zone)), f.Error)
	}
	return fmt.Sprintf("%s: %s, last read %s", name, count(f.Stories, "story"), moment(f.Good, s.zone))
}

// brief gives a duration to the second, or to the minute where it is longer than an hour.
func brief(d time.Duration) string {
	if d >= time.Hour {
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return d.Round(time.Second).String()
}

// size gives bytes for people.
func size(bytes uint64) string {
	if bytes >= 10<<30 {
		return fmt.Sprintf("%d GB", bytes>>30)
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}
