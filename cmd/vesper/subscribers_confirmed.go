package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"vesper/subscribers/exchange"
)

// vouching is the admin's word for the readers of a file.
type vouching struct {
	confirmed bool
	// ignore are the columns that don't say who must not be mailed.
	ignore []string
}

func (v *vouching) addTo(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&v.confirmed, "confirmed", false, "these readers have confirmed: you vouch for it")
	cmd.Flags().StringArrayVar(&v.ignore, "ignore", nil,
		"this `COLUMN` doesn't say who must not be mailed (may be repeated)")
}

// doubt looks for columns that are not used and may say who must not be mailed:
// nobody can vouch past one, and it is said of each where nobody does.
func (v vouching) doubt(stderr io.Writer, file *exchange.File) error {
	var all []string
	for _, p := range file.Parts {
		all = append(all, p.Ignored...)
	}
	for _, name := range v.ignore {
		if !slices.ContainsFunc(all, func(column string) bool { return exchange.SameColumn(column, name) }) {
			return usage(fmt.Errorf("--ignore %s: no column of that name is left unused", printable(name)), "")
		}
	}
	for _, p := range file.Parts {
		for _, column := range p.Doubtful {
			known := slices.ContainsFunc(v.ignore, func(name string) bool { return exchange.SameColumn(column, name) })
			switch {
			case known:
			case v.confirmed:
				return usage(fmt.Errorf("--confirmed: the column %q of %s is not understood and may say who left",
					printable(column), printable(p.Name)),
					fmt.Sprintf("rename it, such as to unsubscribed with true and false, "+
						"or if it says nothing of the kind: --ignore %q", printable(column)))
			default:
				fmt.Fprintf(stderr, "vesper: warning: the column %q of %s is not understood and may say who left\n",
					printable(column), printable(p.Name))
			}
		}
	}
	return nil
}
