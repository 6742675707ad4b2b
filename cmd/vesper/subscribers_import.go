package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/exchange"
	"vesper/subscribers/sqlite"
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

type importOptions struct {
	confirmed, dryRun bool
	rejects           string
	out               format
}

func (a *app) subscribersImportCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the readers of a file: one address a line",
		Long: `Adds the addresses of a plain file, one a line. They come in as unconfirmed, and
are not mailed, unless --confirmed vouches for them. A line that can't be used
is named, the others are taken. Doing it twice changes nothing.`,
		Example: `  vesper subscribers import readers.txt --dry-run
  vesper subscribers import readers.txt --confirmed --rejects rejected.txt`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			return a.importList(cmd, h, args[0], o)
		}),
	}
	cmd.Flags().BoolVar(&o.confirmed, "confirmed", false, "these readers have confirmed: you vouch for it")
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "count what would be done, and do nothing")
	cmd.Flags().StringVar(&o.rejects, "rejects", "", "write the lines that can't be used to this `FILE`")
	addJSON(cmd, &o.out)
	return cmd
}

func (a *app) importList(cmd *cobra.Command, h *house, name string, o importOptions) (err error) {
	r, source := a.stdin, "stdin"
	i := &intakeOfList{app: a, options: o, now: a.now(), rejects: io.Discard}
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usage(err, "")
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || info.IsDir() {
			return usage(fmt.Errorf("%s is a folder", name), "name the file of addresses")
		}
		if same(name, o.rejects) {
			return usage(errors.New("--rejects names the list itself"), "name another file")
		}
		r, source = f, filepath.Base(name)
	}
	if o.rejects != "" && !o.dryRun {
		f, err := os.OpenFile(o.rejects, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return usage(fmt.Errorf("--rejects: %w", err), "")
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		i.rejects = f
	}
	rows := i.subscribers(source, exchange.Read(name, r))
	var counts sqlite.Counts
	if o.dryRun {
		counts, err = h.store.EnrolPlan(cmd.Context(), rows)
	} else {
		counts, err = h.store.EnrolAll(cmd.Context(), rows, a.now())
	}
	if err = errors.Join(err, i.err); err != nil {
		return err
	}
	done := importJSON{counts.Added, counts.Changed, counts.Unchanged, counts.Suppressed, i.rejected, "list"}
	if o.out == "json" {
		return newEncoder(a.stdout).Encode(done)
	}
	if o.dryRun {
		fmt.Fprint(a.stdout, "dry run, nothing changed: ")
	}
	_, err = fmt.Fprintf(a.stdout, "%s: a list of addresses: %d added, %d changed, %d unchanged, %d suppressed, %d rejected\n",
		name, done.Added, done.Changed, done.Unchanged, done.Suppressed, done.Rejected)
	return err
}

// same says whether two paths lead to one file.
func same(a, b string) bool {
	first, err := os.Stat(a)
	second, otherErr := os.Stat(b)
	return err == nil && otherErr == nil && os.SameFile(first, second)
}

// intakeOfList makes subscribers of a list's rows and puts the rest aside.
type intakeOfList struct {
	app      *app
	options  importOptions
	now      time.Time
	rejects  io.Writer
	rejected int
	err      error
}

// shownRejects is how many rejected lines are named on the terminal.
const shownRejects = 20

func (i *intakeOfList) subscribers(source string, rows iter.Seq2[exchange.Row, error]) iter.Seq[sqlite.Enrol] {
	return func(yield func(sqlite.Enrol) bool) {
		for row, err := range rows {
			var reject *exchange.Reject
			switch {
			case errors.As(err, &reject):
				i.reject(reject)
				continue
			case err != nil:
				i.err = err
				return
			}
			s := subscribers.Subscriber{Address: row.Address, Status: subscribers.Unconfirmed}
			s.Provenance = subscribers.Provenance{Source: source, Row: row.Line}
			if i.options.confirmed {
				s.Status, s.Confirmed = subscribers.Active, i.now
			}
			if !yield(sqlite.Enrol{Subscriber: s}) {
				return
			}
		}
	}
}

func (i *intakeOfList) reject(r *exchange.Reject) {
	i.rejected++
	fmt.Fprintln(i.rejects, r)
	switch {
	case i.rejected <= shownRejects:
		i.app.flaw(&digest.Flaw{File: r.File, Line: r.Line, Problem: printable(r.Problem), Hint: r.Hint})
	case i.rejected == shownRejects+1:
		fmt.Fprintln(i.app.stderr, "vesper: and more; --rejects FILE keeps them all")
	}
}
