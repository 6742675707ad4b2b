package report

import (
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// said is a report in words, the same in each form.
type said struct {
	Heading string
	// Lines are sentences below the heading.
	Lines    []string
	Sections []section
}

// section is a part of a report: a table of numbers and what they are of, or sentences.
type section struct {
	Title string
	Rows  []row
	Lines []string
}

// row is a number and what it is of. More is said below it.
type row struct{ Number, Of, More string }

// say puts a report into words. Times are in a zone.
func say(r digest.RunReport, zone *time.Location) said {
	s := said{Heading: heading(r)}
	if r.State == digest.Empty || r.State == digest.Missed {
		if r.MissedFrom != "" {
			s.Lines = append(s.Lines, fmt.Sprintf("These are all editions from %s to %s.", r.MissedFrom,
				r.ID[:len(time.DateOnly)]))
		}
	}
	if r.Reason != "" {
		s.Lines = append(s.Lines, "Why: "+r.Reason)
	}
	if r.State == digest.Paused {
		s.Lines = append(s.Lines, fmt.Sprintf("\"vesper edition resume %s --until DURATION\" sends it to the others "+
			"after all.", r.ID))
	}
	if r.State.Opened() {
		s.Lines = append(s.Lines, course(r, zone)...)
	}
	s.add("Look at", nil, r.Cautions)
	if r.State.Opened() {
		s.add("Recipients", sums(r), nil)
		s.add(count(r.NotSent(), "reader")+" did not get it, and why", reasons(r), nil)
		s.add("Where they have their mailboxes", domains(r), nil)
	}
	s.add("What came back since "+since(r, zone), cameBack(r.CameBack), nil)
	s.add("Feeds that can't be read", nil, feeds(r, zone))
	s.add("Printed without Quick Looks", nil, r.Bare)
	s.add("The list", []row{{number(r.Readers), "active " + noun(r.Readers, "reader"), ""}}, nil)
	return s
}

// add adds a section that has something in it.
func (s *said) add(title string, rows []row, lines []string) {
	if len(rows)+len(lines) > 0 {
		s.Sections = append(s.Sections, section{title, rows, lines})
	}
}

// Subject gives the subject of a report's letter.
func Subject(r digest.RunReport) string { return r.ID + ": " + what(r) }

// what says in a few words how it went.
func what(r digest.RunReport) string {
	switch r.State {
	case digest.Missed:
		return "missed"
	case digest.Empty:
		return "not sent"
	}
	s := number(r.Sent) + " sent"
	if n := r.Failed + r.Expired + r.Unknown; n > 0 {
		s += ", " + number(n) + " failed"
	}
	switch {
	case r.State == digest.Cancelled || r.State == digest.Paused:
		s = string(r.State) + ", " + s
	case r.Late():
		s += ", late"
	}
	return s
}

func heading(r digest.RunReport) string {
	switch {
	case r.State == digest.Missed && r.MissedFrom != "":
		return "Editions were missed"
	case r.State == digest.Missed:
		return "The edition was missed"
	case r.State == digest.Empty:
		return "There was no edition"
	case r.State == digest.Cancelled:
		return "The edition was cancelled: sent to " + number(r.Sent) + " of " + number(r.Recipients)
	case r.State == digest.Paused:
		return "The edition is paused, and its time is over: sent to " + number(r.Sent) + " of " + number(r.Recipients)
	}
	return "Sent to " + number(r.Sent) + " of " + number(r.Recipients)
}

// course says when it was sent, and how long that took.
func course(r digest.RunReport, zone *time.Location) []string {
	over := "over"
	if r.State == digest.Paused {
		over = "paused still"
	}
	opened := "Opened " + moment(r.OpenedAt, zone)
	if !r.DueAt.IsZero() {
		opened += ", sent from " + clock(r.DueAt, r.OpenedAt, zone) + " on"
	}
	line := fmt.Sprintf("%s, %s at %s, after %s", opened, over,
		clock(r.EndedAt, r.OpenedAt, zone), span(r.Took()))
	if r.PerSecond > 0 {
		line += fmt.Sprintf(", at %.1f messages a second", r.PerSecond)
	}
	all := []string{line + "."}
	if !r.FinishBy.IsZero() {
		met := "was met"
		if r.Late() {
			met = "was not met"
		}
		all = append(all, fmt.Sprintf("finish_by %s %s.", r.FinishBy.In(zone).Format("15:04"), met))
	}
	if r.Stood > 0 {
		all = append(all, fmt.Sprintf("For %s of this somebody had paused it.", span(time.Duration(r.Stood)*time.Second)))
	}
	if r.Recovered > 0 {
		all = append(all, fmt.Sprintf("A process ended while %s in transit: it may have arrived.",
			count(r.Recovered, "message")+" "+map[bool]string{true: "was", false: "were"}[r.Recovered == 1]))
	}
	if r.TooOld > 0 {
		all = append(all, fmt.Sprintf("%s did not get it since it was too old.", count(r.TooOld, "reader")))
	}
	return append(all, printed(r))
}

// leftOut says what was decided of an article that was not printed, as "3 " is followed by.
var leftOut = []struct{ verdict, what string }{
	{string(digest.VerdictFull), "for want of room"},
	{string(digest.VerdictCopy), "as copies of others"},
	{string(digest.VerdictEmbargo), "under embargo"},
	{string(digest.VerdictOld), "too old"},
	{string(digest.VerdictToCome), "of a later time"},
}

func printed(r digest.RunReport) string {
	s := fmt.Sprintf("It had %s", count(r.Articles, "article"))
	var left []string
	for _, one := range leftOut {
		if n := r.LeftOut[one.verdict]; n > 0 {
			left = append(left, number(n)+" "+one.what)
		}
	}
	if left != nil {
		s += "; not printed of what lay on the desk: " + strings.Join(left, ", ")
	}
	return s + "."
}

// sums are the two sides of the equation.
func sums(r digest.RunReport) []row {
	all := []row{{number(r.Recipients), noun(r.Recipients, "recipient") + ", and of these", ""}}
	for _, one := range []struct {
		n    int
		what string
	}{
		{r.Sent, "sent: accepted by the relay"},
		{r.Failed, "failed"},
		{r.Expired, "expired: deferred for too long, or too old"},
		{r.Skipped, "skipped: they had left or paused"},
		{r.Unknown, "unknown: may have arrived"},
		{r.Owed, "not sent yet"},
		{r.PossibleDuplicates, "possible duplicates, counted above too"},
	} {
		if one.n > 0 || one.what == "failed" || strings.HasPrefix(one.what, "sent") {
			all = append(all, row{number(one.n), one.what, ""})
		}
	}
	return all
}

func reasons(r digest.RunReport) []row {
	var all []row
	for _, one := range r.Reasons {
		of := one.Why
		if one.Code > 0 {
			of = strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", one.Code, one.Enhanced, one.Why)), " ")
		}
		if one.Step != "" {
			of = string(one.Step) + ": " + of
		}
		more := ""
		if said := strings.TrimSpace(strings.TrimPrefix(one.Said, one.Enhanced)); said != "" && one.Said != one.Why {
			more = "“" + said + "”"
		}
		all = append(all, row{number(one.Readers), of, more})
	}
	return all
}

func domains(r digest.RunReport) []row {
	var all []row
	for _, d := range r.Domains {
		name := d.Name
		if name == "" {
			name = count(d.Others, "other domain")
		}
		all = append(all, row{number(d.NotSent), fmt.Sprintf("of %s at %s", number(d.Readers), name), ""})
	}
	return all
}

func since(r digest.RunReport, zone *time.Location) string {
	if r.CameBack.Since.IsZero() {
		return "the beginning"
	}
	return "the report before, " + moment(r.CameBack.Since, zone)
}

func cameBack(c digest.CameBack) []row {
	var all []row
	for _, one := range []struct {
		n          int
		what, many string
		more       string
	}{
		{c.Bounced, "reader whose message bounced", "readers whose messages bounced", ""},
		{c.Complained, "reader who called it spam", "readers who called it spam", ""},
		{c.Refused, "reader whose server refused us", "readers whose servers refused us", ""},
		{
			c.Removed, "reader taken off the list, for what came back or was refused",
			"readers taken off the list, for what came back or was refused", "",
		},
		{c.Held, "reader held", "readers held", `"vesper bounces list --state held" shows whom: decide`},
		{
			c.Unproven, "report that proves nothing", "reports that prove nothing",
			`"vesper bounces list --state unproven" shows them`,
		},
		{c.Postmaster, "letter to postmaster", "letters to postmaster", `"vesper bounces list" shows it`},
		{c.Abuse, "letter to abuse", "letters to abuse", `"vesper bounces list" shows it`},
		{c.Replies, "reply to a return path", "replies to return paths", ""},
	} {
		if one.n == 1 {
			one.many = one.what
		}
		if one.n > 0 {
			all = append(all, row{number(one.n), one.many, one.more})
		}
	}
	if all == nil {
		all = []row{{"0", "nothing", ""}}
	}
	return all
}

func feeds(r digest.RunReport, zone *time.Location) []string {
	var all []string
	for _, f := range r.Feeds {
		good := "never read"
		if !f.Good.IsZero() {
			good = "last read " + moment(f.Good, zone)
		}
		all = append(all, fmt.Sprintf("%s: failed %s in a row, %s: %s", f.Name, count(f.Failures, "time"), good, f.Error))
	}
	return all
}
