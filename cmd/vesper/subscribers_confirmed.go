package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers/exchange"
)

// vouching is the admin's word for the readers of a file and on its columns.
type vouching struct {
	confirmed bool
	address   string
	// ignore are the columns that don't say who must not be mailed, left the values,
	// as NAME=VALUE, that do.
	ignore, left []string
}

func (v *vouching) addTo(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&v.confirmed, "confirmed", false, "say that all these readers have confirmed")
	cmd.Flags().StringArrayVar(&v.ignore, "ignore-column", nil,
		"the column `NAME` does not say who must not be mailed (may be repeated)")
	cmd.Flags().StringArrayVar(&v.left, "left-when", nil,
		"readers with this value in this column have unsubscribed: `NAME=VALUE` (may be repeated)")
	addAddressColumn(cmd, &v.address)
}

// addAddressColumn adds the flag of a verb that reads addresses from a table.
func addAddressColumn(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "address-column", "", "the column `NAME` has the readers' addresses")
}

// choices reads the flags.
func (v *vouching) choices() (exchange.Choices, error) {
	all := exchange.Choices{Address: v.address}
	for _, text := range v.left {
		left, err := exchange.ParseLeft(text)
		if err != nil {
			return all, usage(fmt.Errorf("--left-when %w", err), `such as --left-when "Newsletter=no"`)
		}
		all.Left = append(all.Left, left)
	}
	return all, nil
}

// doubt looks for columns that are not used and may say who must not be mailed. Nobody
// is confirmed past one, by the admin's word or by a table's, or asked. Where all come in as
// unconfirmed, or a known program says who confirmed, it is only said.
func (v *vouching) doubt(a *app, file *exchange.File, asks bool) error {
	if err := v.known(file); err != nil {
		return err
	}
	for _, p := range file.Parts {
		for _, left := range p.Unmet {
			a.tell("vesper: warning: no row of %s has %s\n", p.Name, left)
		}
		open := slices.DeleteFunc(slices.Clone(p.Doubts), func(d exchange.Doubt) bool {
			return slices.ContainsFunc(v.ignore, func(name string) bool { return exchange.SameColumn(d.Column, name) })
		})
		if len(open) == 0 {
			continue
		}
		said := fmt.Sprintf("%s has columns that may say who unsubscribed: %s", p.Name, doubts(open))
		if v.confirmed || asks || p.Confirms {
			return usage(errors.New(said), hintFor(open[0]))
		}
		a.tell("vesper: warning: %s\n", said)
	}
	return nil
}

// doubts names columns, and why each is doubted.
func doubts(open []exchange.Doubt) string {
	const shown = 8
	var all []string
	for _, d := range open[:min(shown, len(open))] {
		all = append(all, fmt.Sprintf("%q (%s)", d.Column, d.Why))
	}
	if more := len(open) - shown; more > 0 {
		all = append(all, fmt.Sprintf("%d more", more))
	}
	return strings.Join(all, ", ")
}

// hintFor says what can be said of a column.
func hintFor(d exchange.Doubt) string {
	value := cmp.Or(d.Word, "VALUE")
	return fmt.Sprintf("name the value that means it: --left-when %q; or, if none does: --ignore-column %q",
		d.Column+"="+value, d.Column)
}

// known refuses names of columns that the file doesn't have.
func (v *vouching) known(file *exchange.File) error {
	for _, name := range v.ignore {
		if !slices.ContainsFunc(file.Parts, func(p *exchange.Part) bool {
			same := func(column string) bool { return exchange.SameColumn(column, name) }
			return slices.ContainsFunc(p.Ignored, same) ||
				slices.ContainsFunc(p.Doubts, func(d exchange.Doubt) bool { return same(d.Column) })
		}) {
			return usage(fmt.Errorf("--ignore-column %s: no unused column has that name", name), "")
		}
	}
	for _, text := range v.left {
		left, _ := exchange.ParseLeft(text)
		if !slices.ContainsFunc(file.Parts, func(p *exchange.Part) bool { return p.MayLeave(left.Column) }) {
			return usage(fmt.Errorf("--left-when %s: no column has that name", text), "")
		}
	}
	return nil
}

// unreadable is the error of a file that can't be used, with its hint.
func unreadable(err error) error {
	if unclear, ok := errors.AsType[*exchange.ColumnError](err); ok {
		return usage(err, unclear.Hint)
	}
	return usage(err, "")
}
