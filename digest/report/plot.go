package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vesper/digest"
)

// plot is a small picture of one number over the editions, the oldest first. What is written
// on it stands around it, so that it can be as wide as there is room.
type plot struct {
	Name, Title string
	// Last is the newest number, Range says the others, and Desc all of it in words.
	Last, Range, Desc string
	From, To          string
	// Width is that of the picture's own units; it is [plotHeight] high.
	Width int
	Bars  []bar
	// Line is the points of a line, instead of bars.
	Line string
}

// bar is one edition of a plot. None is a day without one.
type bar struct {
	X, Y, Width, Height float64
	Label               string
	None                bool
}

const (
	plotHeight = 100
	slotWidth  = 10
	barWidth   = 7
	// least is the height of a bar of nothing.
	least = 1.5
)

// series is what is plotted of a row: its number, and whether there is one.
type series struct {
	name, title string
	of          func(Row) (int, bool)
	words       func(int) string
	line        bool
}

var all = []series{
	{"recipients", "Recipients", func(r Row) (int, bool) { return r.Tally.Opened, r.State.Opened() }, number, false},
	{"failed", "Failed", func(r Row) (int, bool) { return r.Failed(), r.State.Opened() }, number, false},
	{"bounced", "Bounced", func(r Row) (int, bool) { return r.Bounced, r.State.Opened() }, number, false},
	{"spam", "Called spam", func(r Row) (int, bool) { return r.Complained, r.State.Opened() }, number, false},
	{
		"took", "Time it took", func(r Row) (int, bool) { return int(r.Took.Seconds()), r.State == digest.Done },
		func(n int) string { return span(time.Duration(n) * time.Second) }, false,
	},
	{"list", "Readers on the list", func(r Row) (int, bool) { return r.Readers, r.Readers >= 0 }, number, true},
}

// plots gives all plots; none while there is nothing to compare.
func (p Page) plots() []plot {
	if len(p.Rows) < 2 {
		return nil
	}
	var plots []plot
	rows := slices.Clone(p.Rows)
	slices.Reverse(rows)
	for _, s := range all {
		plots = append(plots, s.plot(rows))
	}
	return plots
}

func (s series) plot(rows []Row) plot {
	p := plot{
		Name: s.name, Title: s.title, Width: len(rows) * slotWidth,
		From: short(rows[0].ID.Date), To: short(rows[len(rows)-1].ID.Date),
	}
	var known []int
	for _, r := range rows {
		if n, ok := s.of(r); ok {
			known = append(known, n)
		}
	}
	if len(known) == 0 {
		p.Last, p.Range, p.Desc = "not known", "", "It is not known of any edition."
		return p
	}
	low, high := slices.Min(known), slices.Max(known)
	p.Last = s.words(known[len(known)-1])
	p.Range = fmt.Sprintf("least %s, most %s", s.words(low), s.words(high))
	kind := "A bar for each edition"
	if s.line {
		kind = "A line over the editions"
		p.Line = s.points(rows, low, high)
	} else {
		p.Bars = s.bars(rows, high)
	}
	p.Desc = fmt.Sprintf("%s from %s to %s: %s, the last %s.", kind, day(rows[0].ID.Date),
		day(rows[len(rows)-1].ID.Date), p.Range, p.Last)
	if none := len(rows) - len(known); none > 0 {
		p.Desc += fmt.Sprintf(" %s without one.", count(none, "day"))
	}
	return p
}

func (s series) bars(rows []Row, high int) []bar {
	var bars []bar
	for i, r := range rows {
		n, ok := s.of(r)
		b := bar{X: float64(i*slotWidth) + (slotWidth-barWidth)/2.0, Width: barWidth, Height: least, None: !ok}
		b.Label = r.ID.String() + ": " + string(r.State)
		if ok {
			b.Label = r.ID.String() + ": " + s.words(n)
			b.Height = max(least, round(plotHeight*float64(n)/float64(max(high, 1))))
		}
		b.Y = round(plotHeight - b.Height)
		bars = append(bars, b)
	}
	return bars
}

// points gives those of a line from the least number to the most. It has no zero.
func (s series) points(rows []Row, low, high int) string {
	var points []string
	for i, r := range rows {
		n, ok := s.of(r)
		if !ok {
			continue
		}
		y := plotHeight / 2.0
		if high > low {
			y = plotHeight - 5 - (plotHeight-10)*float64(n-low)/float64(high-low)
		}
		points = append(points, fmt.Sprintf("%g,%g", float64(i*slotWidth)+slotWidth/2.0, round(y)))
	}
	return strings.Join(points, " ")
}

// round leaves two digits behind the point.
func round(f float64) float64 { return float64(int(f*100+0.5)) / 100 }

func short(d digest.Date) string { return d.In(time.UTC).Format("2 Jan") }
