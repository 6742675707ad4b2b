package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/exchange"
)

type exportOptions struct {
	out    format
	status string
	raw    bool
	to     string
	file   string
}

func (a *app) subscribersExportCommand() *cobra.Command {
	o := exportOptions{}
	cmd := &cobra.Command{
		Use: "export", Short: "Export the list to stdout or to a file", Args: cobra.NoArgs,
		Long: `Writes all subscribers, with all that is known of them: status and every reason for
it, tags, preferences, consent, and the file they came from. "vesper subscribers
import" reads it again: in an empty database it makes the same list. One exception:
a reader who unsubscribed, asked to come back and has not confirmed yet is exported
as unsubscribed, because the confirmation link works in this database only.

Suppressions of addresses that are not on the list, because the reader was removed or
never came, are kept as hashes. They can't be exported. They are only in a backup of
the database, and so are the keys that sign links.

Spreadsheets take a cell that begins with = + - or @ for a formula. In CSV such a
cell gets an apostrophe in front, which the import removes. --raw leaves it out.`,
		Example: `  vesper subscribers export > readers.csv
  vesper subscribers export --out readers.csv
  vesper subscribers export --status active -o json
  vesper subscribers export --for listmonk > listmonk.csv`,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			form, err := o.form()
			if err != nil {
				return err
			}
			file, err := a.create(o.file)
			if err != nil {
				return wrongly("--out", err)
			}
			defer file.drop()
			done, err := exchange.Write(file, form, o.raw, ofStatus(h.list.Subscribers(cmd.Context()), o.status))
			if done.Left > 0 {
				a.tell("vesper: %s left out: a spreadsheet would take the address for a formula\n"+
					"hint: --raw writes them\n", count(done.Left, "reader"))
			}
			if err != nil {
				return err
			}
			return file.keep()
		}),
	}
	addList(cmd, &o.out)
	cmd.Flags().StringVar(&o.status, "status", "",
		"only those of this `STATUS`: unconfirmed, active, unsubscribed, suppressed")
	cmd.Flags().BoolVar(&o.raw, "raw", false, "leave cells as they are, also those that a spreadsheet takes for formulas")
	cmd.Flags().StringVar(&o.file, "out", "-",
		"write to this `FILE`, which only you can read; - is stdout")
	cmd.Flags().StringVar(&o.to, "for", "", "write a table that this `PROGRAM` imports: listmonk or ghost")
	return cmd
}

// form says what is written, if the flags go together.
func (o *exportOptions) form() (exchange.Form, error) {
	all := []subscribers.Status{
		"", subscribers.Unconfirmed, subscribers.Active, subscribers.Unsubscribed,
		subscribers.Suppressed,
	}
	if !slices.Contains(all, subscribers.Status(o.status)) {
		return "", usage(fmt.Errorf("--status %s: it is unconfirmed, active, unsubscribed or suppressed", o.status),
			"")
	}
	form := exchange.Form(o.out)
	switch o.to {
	case "":
	case "listmonk", "ghost":
		if form != exchange.CSV {
			return "", usage(fmt.Errorf("--for %s is a table, not %s", o.to, o.out), "leave out -o")
		}
		form = exchange.Form(o.to)
	default:
		return "", usage(fmt.Errorf("--for %s: it is listmonk or ghost", o.to), "")
	}
	if o.raw && form == exchange.JSON {
		return "", usage(errors.New("--raw is for tables: JSON has no formulas"), "")
	}
	return form, nil
}

// ofStatus leaves those of one status, or all.
func ofStatus(all iter.Seq2[subscribers.Subscriber, error], status string) iter.Seq2[subscribers.Subscriber, error] {
	if status == "" {
		return all
	}
	return func(yield func(subscribers.Subscriber, error) bool) {
		for s, err := range all {
			if (err != nil || string(s.Status) == status) && !yield(s, err) {
				return
			}
		}
	}
}

// addList gives a command that writes a whole list its -o flag.
func addList(cmd *cobra.Command, f *format) {
	*f = "csv"
	cmd.Flags().VarP((*listFormat)(f), "output", "o", "`FORMAT`: csv or json (an object a line)")
}

// listFormat is a format of a list that programs read.
type listFormat format

func (f *listFormat) String() string { return string(*f) }
func (f *listFormat) Type() string   { return "FORMAT" }
func (f *listFormat) Set(s string) error {
	if s != "csv" && s != "json" {
		return errors.New("it is csv or json")
	}
	*f = listFormat(s)
	return nil
}
