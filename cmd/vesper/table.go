package main

import (
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// gap is between two columns of a table, and least what is left of a column at least.
const (
	gap   = 2
	least = 4
)

// table sets the rows as a table that fits the terminal; elsewhere it is as wide as it
// must be.
func (l *lister) table() string {
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	style := t.Style()
	style.Options = table.Options{}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	header := make([]string, len(l.columns))
	for i, c := range l.columns {
		header[i] = c.title
	}
	all := append([][]string{header}, l.rows...)
	width := math.MaxInt
	if isTerminal(l.w) {
		width = columns(l.w)
	}
	widths := l.widths(all, width)
	for i, cells := range all {
		row := make(table.Row, len(cells))
		for j, cell := range cells {
			row[j] = shortened(cell, widths[j])
		}
		if i == 0 {
			t.AppendHeader(row)
		} else {
			t.AppendRow(row)
		}
	}
	return t.Render()
}

// widths gives how wide each column is: as wide as its widest cell, or less where all
// don't fit. Prose is shortened first, then whatever is widest.
func (l *lister) widths(all [][]string, width int) []int {
	widths, total := make([]int, len(l.columns)), len(l.columns)*gap
	for i := range l.columns {
		for _, cells := range all {
			widths[i] = max(widths[i], text.StringWidth(cells[i]))
		}
		total += widths[i]
	}
	for _, step := range []struct {
		proseOnly bool
		floor     int
	}{{true, 16}, {false, least}} {
		for ; total > width; total-- {
			widest := -1
			for i, c := range l.columns {
				if (c.prose || !step.proseOnly) && widths[i] > step.floor && (widest < 0 || widths[i] > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			widths[widest]--
		}
	}
	return widths
}

// shortened gives a cell in so many columns of a terminal.
func shortened(cell string, width int) string {
	if text.StringWidth(cell) <= width {
		return cell
	}
	return text.Trim(cell, width-1) + "…"
}
