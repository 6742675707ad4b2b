package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
)

// format is how a command lists: "table", "json" or "csv".
type format string

// addFormat gives a command its -o flag.
func addFormat(cmd *cobra.Command, f *format) {
	*f = "table"
	cmd.Flags().VarP(f, "output", "o", "`FORMAT`: table, json (an object a line) or csv")
}

// addJSON gives a command that tells of one thing its -o flag.
func addJSON(cmd *cobra.Command, f *format) {
	*f = "table"
	cmd.Flags().VarP((*oneFormat)(f), "output", "o", "`FORMAT`: table or json")
}

// oneFormat is a format of a command that does not list.
type oneFormat format

func (f *oneFormat) String() string { return string(*f) }
func (f *oneFormat) Type() string   { return "FORMAT" }
func (f *oneFormat) Set(s string) error {
	if s != "table" && s != "json" {
		return errors.New("it is table or json")
	}
	*f = oneFormat(s)
	return nil
}

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "FORMAT" }
func (f *format) Set(s string) error {
	switch s {
	case "table", "json", "csv":
		*f = format(s)
		return nil
	}
	return errors.New("it is table, json or csv")
}

// lister writes rows as they come: for json each row's own object, else its
// cells below the header.
type lister struct {
	format format
	w      io.Writer
	json   *json.Encoder
	csv    *csv.Writer
	table  table.Writer
}

func newLister(w io.Writer, f format, header ...string) *lister {
	l := &lister{format: f, w: w}
	switch f {
	case "json":
		l.json = newEncoder(w)
	case "csv":
		l.csv = csv.NewWriter(w)
		names := make([]string, len(header))
		for i, h := range header {
			names[i] = strings.ReplaceAll(strings.ToLower(h), " ", "_")
		}
		l.csv.Write(names)
	default:
		l.table = table.NewWriter()
		l.table.SetStyle(table.StyleDefault)
		style := l.table.Style()
		style.Options = table.Options{}
		style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
		style.Format.Header = text.FormatDefault
		l.table.AppendHeader(cells(header))
	}
	return l
}

// newEncoder writes one object a line, with text as it is.
func newEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

func cells(values []string) table.Row {
	row := make(table.Row, len(values))
	for i, v := range values {
		row[i] = printable(v)
	}
	return row
}

func (l *lister) row(object any, values ...string) error {
	switch l.format {
	case "json":
		return l.json.Encode(object)
	case "csv":
		return l.csv.Write(values)
	}
	l.table.AppendRow(cells(values))
	return nil
}

func (l *lister) done() error {
	switch l.format {
	case "json":
		return nil
	case "csv":
		l.csv.Flush()
		return l.csv.Error()
	}
	if l.table.Length() == 0 {
		return nil
	}
	_, err := fmt.Fprintln(l.w, l.table.Render())
	return err
}

// time writes a time for a cell: RFC 3339 in CSV, to the minute in a table.
func (l *lister) time(t time.Time, zone *time.Location) string {
	if l.format == "csv" {
		return orEmpty(stamp(t, zone))
	}
	return moment(t, zone)
}
