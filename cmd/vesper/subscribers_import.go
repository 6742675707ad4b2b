package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

// importJSON is what became of an import.
type importJSON struct {
	Added      int    `json:"added"`
	Changed    int    `json:"changed"`
	Unchanged  int    `json:"unchanged"`
	Suppressed int    `json:"suppressed"`
	Rejected   int    `json:"rejected"`
	Format     string `json:"format"`
}

func (i importJSON) String() string {
	return fmt.Sprintf("%d added, %d changed, %d unchanged, %d suppressed, %d rejected", i.Added, i.Changed,
		i.Unchanged, i.Suppressed, i.Rejected)
}

type importOptions struct {
	vouching
	dryRun  bool
	rejects string
	out     format
}

func (a *app) subscribersImportCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the readers of a file, as other programs export them",
		Long: `Adds the readers of a file: an export of Mailchimp, Substack, Ghost, listmonk,
Buttondown, beehiiv, Keila, Curated or Vesper, any other table with a column of
addresses, or a plain list, one address a line. It may be a .zip of such files.
What it was recognised as is said first.

Readers who left, bounced or complained there are kept off this list for good,
and whoever is kept off it already stays so. Of such readers nothing is kept but
a hash of the address, unless the file is an export of Vesper's: from that they
come back with all that is known of them.

A reader is confirmed where the export has a record of it: Mailchimp's
CONFIRM_TIME, Buttondown's subscription_date, confirmed_at in a table or in an
export of Vesper's. All others come in as unconfirmed, and are not mailed,
unless --confirmed vouches for them. --confirmed is refused if the name of an
unused column looks as if it says who left. --ignore names a column that doesn't.

A row that can't be used is named, and the others are taken. --rejects keeps
such rows below a remark on each: mended, that file can be imported. Readers who
are there keep what is known of them. Doing it twice changes nothing.`,
		Example: `  vesper subscribers import audience_export.zip --dry-run
  vesper subscribers import audience_export.zip --rejects rejected.csv
  vesper subscribers import readers.txt --confirmed
  vesper subscribers import table.csv --confirmed --ignore "Optin campaign"
  mailman-members | vesper subscribers import -`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			return a.importFile(cmd, h, args[0], o)
		}),
	}
	o.addTo(cmd)
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be done, with examples, and do nothing")
	cmd.Flags().StringVar(&o.rejects, "rejects", "", "write the rows that can't be used to this `FILE`")
	addJSON(cmd, &o.out)
	return cmd
}

func (a *app) importFile(cmd *cobra.Command, h *house, name string, o importOptions) (err error) {
	if same(name, o.rejects) {
		return usage(errors.New("--rejects names the list itself"), "name another file")
	}
	f, closeFile, err := a.openReaders(name, o.confirmed)
	if err != nil {
		return err
	}
	defer closeFile()
	if err := o.doubt(a.stderr, f.file); err != nil {
		return err
	}
	if o.rejects != "" && !o.dryRun {
		file, err := os.OpenFile(o.rejects, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return usage(fmt.Errorf("--rejects: %w", err), "")
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		f.rejects = file
	}
	done, err := f.enrol(cmd.Context(), h, o.dryRun)
	if err != nil {
		return err
	}
	if o.out == "json" {
		return newEncoder(a.stdout).Encode(done)
	}
	if o.dryRun {
		fmt.Fprint(a.stdout, "dry run, nothing changed: ")
	}
	fmt.Fprintf(a.stdout, "%s: %s: %s\n", printable(f.name), f.title(), done)
	if o.dryRun {
		return f.examples(cmd, h)
	}
	return nil
}

// same says whether two paths lead to one file.
func same(a, b string) bool {
	first, err := os.Stat(a)
	second, otherErr := os.Stat(b)
	return err == nil && otherErr == nil && os.SameFile(first, second)
}

// title gives the formats in words.
func (f *readersFile) title() string {
	var all []string
	for _, p := range f.file.Parts {
		all = append(all, p.Title)
	}
	return strings.Join(all, " and ")
}

// examples shows some of the first rows of each kind.
func (f *readersFile) examples(cmd *cobra.Command, h *house) error {
	const each, looked = 3, 200
	kinds := [4][]string{}
	n := 0
	f.mute = true
	for row := range f.rows() {
		counts, err := h.list.EnrolPlan(cmd.Context(), slices.Values([]subscribers.Row{row}))
		if err != nil {
			return err
		}
		kind := slices.Index([]int{counts.Added, counts.Changed, counts.Unchanged, counts.Suppressed}, 1)
		if len(kinds[kind]) < each {
			kinds[kind] = append(kinds[kind], example(row))
		}
		if n++; n == looked {
			break
		}
	}
	for i, kind := range []string{"added", "changed", "unchanged", "suppressed"} {
		if len(kinds[i]) > 0 {
			fmt.Fprintf(f.app.stdout, "%s, such as %s\n", kind, strings.Join(kinds[i], ", "))
		}
	}
	return f.err
}

func example(row subscribers.Row) string {
	s := row.Subscriber
	switch {
	case len(row.Reasons()) > 0:
		return fmt.Sprintf("%s (%s)", s.Address, strings.Join(row.Reasons(), ", "))
	case s.Status == subscribers.Active:
		return fmt.Sprintf("%s (confirmed %s)", s.Address, s.Confirmed.Format("2006-01-02"))
	}
	return fmt.Sprintf("%s (%s)", s.Address, s.Status)
}
