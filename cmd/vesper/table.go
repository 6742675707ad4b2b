package main

import (
	"fmt"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// gap is between two columns of a table, and least what is left of a column at least:
// of less nobody knows what it was.
const (
	gap   = 2
	least = 8
)

// table sets the rows as a table that fits the terminal, and says how many columns that
// left out; elsewhere it is as wide as it must be.
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
		row := make(table.Row, len(widths))
		for j, width := range widths {
			row[j] = shortened(cells[j], width)
		}
		if i == 0 {
			t.AppendHeader(row)
		} else {
			t.AppendRow(row)
		}
	}
	if n := len(l.columns) - len(widths); n > 0 {
		return t.Render() + fmt.Sprintf("\n(%d more: -o json shows all)", n)
	}
	return t.Render()
}

// widths gives how wide each column is: as wide as its widest cell, or less where all
// don't fit. The last columns are left out where there is no room even then; of the others
// prose is shortened first, then whatever is widest.
func (l *lister) widths(all [][]string, width int) []int {
	widths, total, fewest := make([]int, len(l.columns)), 0, 0
	for i := range l.columns {
		for _, cells := range all {
			widths[i] = max(widths[i], text.StringWidth(cells[i]))
		}
		if fewest += min(widths[i], least) + gap; fewest > width && i > 0 {
			widths = widths[:i]
			break
		}
		total += widths[i] + gap
	}
	shrink := func(floor int, may func(column) bool) {
		for ; total > width; total-- {
			widest := -1
			for i, w := range widths {
				if may(l.columns[i]) && w > floor && (widest < 0 || w > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				return
			}
			widths[widest]--
		}
	}
	shrink(16, func(c column) bool { return c.prose })
	for _, floor := range []int{least, 1} {
		shrink(floor, func(column) bool { return true })
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
