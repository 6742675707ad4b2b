package report

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// Row is an edition, or a day without one, as it stands now.
type Row struct {
	ID digest.ID
	// PaperNumber is what it was printed with, Number the ledger's; 0 is none.
	PaperNumber, Number uint32
	State               digest.State
	Reason              string
	// MissedFrom is the first of several days on end; the zero Date for one.
	MissedFrom digest.Date
	OpenedAt   time.Time
	// Took is how long it took; 0 while it is not over.
	Took  time.Duration
	Tally digest.Tally
	// Bounced and Complained are what came back of it by now.
	Bounced, Complained int
	// Readers is how many were on the list and active when it was opened; -1 is not known.
	Readers int
}

// Failed is how many a relay did not take it for.
func (r Row) Failed() int { return r.Tally.Failed + r.Tally.Expired + r.Tally.Unknown }

// Month is how the list grew in one, by its name as 2026-11.
type Month struct {
	Name                   string
	Added, Confirmed, Left int
}

// Page is what the page shows.
type Page struct {
	Publication string
	// At is when it is made, Zone that of its times.
	At   time.Time
	Zone *time.Location
	// Rows are the newest first, Months the oldest.
	Rows   []Row
	Months []Month
	// Last is the report that was kept last; nil for none.
	Last *digest.RunReport
}

//go:embed page.html
var pageSource string

// HTML gives the page: one file without scripts, that asks for nothing.
func (p Page) HTML(looks *templates.Set) ([]byte, error) {
	values := struct {
		Page
		// Stamp is when it was made for programs, Made for people.
		Stamp, Made, Summary string
		Plots                []plot
		Lines                []line
		LastSaid             *said
		LastID               string
	}{
		Page: p, Stamp: p.At.In(p.Zone).Format(time.RFC3339), Made: moment(p.At, p.Zone), Summary: p.summary(),
		Plots: p.plots(),
	}
	for _, r := range p.Rows {
		values.Lines = append(values.Lines, p.line(r))
	}
	if p.Last != nil {
		s := say(*p.Last, p.Zone)
		values.LastSaid, values.LastID = &s, p.Last.ID
	}
	s, err := fill("page.html", pageSource, looks, values)
	return []byte(s), err
}

// summary says all rows in a sentence or two.
func (p Page) summary() string {
	if len(p.Rows) == 0 {
		return "There was no edition yet."
	}
	var opened, sent, failed, bounced, missed, empty int
	for _, r := range p.Rows {
		switch {
		case r.State == digest.Missed:
			missed++
		case r.State == digest.Empty:
			empty++
		default:
			opened++
		}
		sent, failed, bounced = sent+r.Tally.Sent, failed+r.Failed(), bounced+r.Bounced
	}
	first, last := p.Rows[len(p.Rows)-1].ID.Date, p.Rows[0].ID.Date
	when := "of " + day(last)
	if first != last {
		when = "from " + day(first) + " to " + day(last)
	}
	s := fmt.Sprintf("%s %s: %s sent, %s failed, %s bounced.", count(opened, "edition"), when, number(sent),
		number(failed), number(bounced))
	if missed > 0 {
		s += " Missed: " + number(missed) + "."
	}
	if empty > 0 {
		s += " Nothing to send: " + number(empty) + "."
	}
	return s
}

func day(d digest.Date) string { return d.In(time.UTC).Format("2 January 2006") }

// line is a row of the table.
type line struct {
	// Under stands below the edition's name, Why in place of the sums.
	ID, Under, Why string
	// Opened says whether there are sums.
	Opened bool
	Cells  []cell
}

// cell is a number with the name of its column.
type cell struct{ Name, Value string }

func (p Page) line(r Row) line {
	l := line{ID: r.ID.String(), Opened: r.State.Opened()}
	why := oneLine(r.Reason)
	if r.MissedFrom != (digest.Date{}) {
		why = with("since "+r.MissedFrom.String(), why)
	}
	if !l.Opened {
		l.Why = with(string(r.State), why)
		return l
	}
	if n := r.Tally.Owed(); n > 0 {
		why = with(number(n)+" not sent yet", why)
	}
	if r.State != digest.Done {
		l.Under = with(string(r.State), why)
	}
	if r.PaperNumber > 0 {
		l.Under = strings.TrimSuffix(fmt.Sprintf("No. %d · %s", r.PaperNumber, l.Under), " · ")
	}
	took, readers := "", ""
	if r.State == digest.Done {
		took = span(r.Took)
	}
	if r.Readers >= 0 {
		readers = number(r.Readers)
	}
	l.Cells = []cell{
		{"Recipients", number(r.Tally.Opened)},
		{"Sent", number(r.Tally.Sent)},
		{"Failed", number(r.Failed())},
		{"Skipped", number(r.Tally.Skipped)},
		{"Bounced", number(r.Bounced)},
		{"Spam", number(r.Complained)},
		{"Took", took},
		{"On the list", readers},
	}
	return l
}

// with puts a reason behind a word, if there is one.
func with(word, why string) string {
	if why == "" {
		return word
	}
	return word + ": " + why
}
