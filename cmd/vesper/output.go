package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"vesper/subscribers/exchange"
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

// column is one of a list: its title in a table, and its name, which is that in JSON.
// Prose is shortened first where a table is wider than the terminal.
type column struct {
	title, name string
	prose       bool
}

// lister writes rows as they come: for json each row's own object, else its
// cells below the header.
type lister struct {
	format  format
	w       io.Writer
	columns []column
	json    *json.Encoder
	csv     *csv.Writer
	rows    [][]string
}

func newLister(w io.Writer, f format, columns ...column) *lister {
	l := &lister{format: f, w: w, columns: columns}
	switch f {
	case "json":
		l.json = newEncoder(w)
	case "csv":
		l.csv = csv.NewWriter(w)
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.name
		}
		l.csv.Write(names)
	}
	return l
}

// newEncoder writes one object a line, with text as it is.
func newEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(jsonWriter{w})
	e.SetEscapeHTML(false)
	return e
}

func (l *lister) row(object any, values ...string) error {
	switch l.format {
	case "json":
		return l.json.Encode(object)
	case "csv":
		for i, v := range values {
			values[i] = exchange.Cell(v)
		}
		return l.csv.Write(values)
	}
	for i, v := range values {
		values[i] = printable(v)
	}
	l.rows = append(l.rows, values)
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
	if len(l.rows) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(l.w, l.table())
	return err
}

// time writes a time for a cell: RFC 3339 in CSV, to the minute in a table.
func (l *lister) time(t time.Time, zone *time.Location) string {
	if l.format == "csv" {
		return orEmpty(stamp(t, zone))
	}
	return moment(t, zone)
}
