package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/exchange"
)

// importJSON is what became of an import.
type importJSON struct {
	Added      int    `json:"added"`
	Changed    int    `json:"changed"`
	Unchanged  int    `json:"unchanged"`
	Suppressed int    `json:"suppressed"`
	Rejected   int    `json:"rejected"`
	Format     string `json:"format"`
	// Asking is what asking came to, with --ask.
	Asking *askedJSON `json:"asking,omitempty"`
}

func (i importJSON) String() string {
	return fmt.Sprintf("%d added, %d changed, %d unchanged, %d suppressed, %d rejected", i.Added, i.Changed,
		i.Unchanged, i.Suppressed, i.Rejected)
}

type importOptions struct {
	vouching
	askOptions
	dryRun  bool
	rejects string
	out     format
}

func (a *app) subscribersImportCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Import the readers of a file, such as another program's export",
		Long: `Adds the readers of a file: an export of Mailchimp, Substack, Ghost, listmonk,
Buttondown, beehiiv, Keila, Curated or Vesper, any other table with a column of
addresses, or a plain list, one address a line. It may be a .zip of such files. The
first line of output says what the file was recognised as.

Readers who unsubscribed, bounced or complained there are suppressed here for good,
and whoever is suppressed here stays so. Only a hash of their address is kept. From
an export of Vesper's own they come back with all that is known of them.

A reader is confirmed if the file has a record of it: Mailchimp's CONFIRM_TIME,
Buttondown's subscription_date, confirmed_at in a table or in an export of Vesper's.
All others are added as unconfirmed and get no mail, unless --confirmed says that
they have confirmed. A date in the future, or at the zero of a computer's calendar,
confirms nobody.

Nobody is confirmed if an unused column may say who unsubscribed: by its name, by a
word such as "unsubscribed" in it, or because it says yes or no to something.
--left-when NAME=VALUE gives the value that means unsubscribed. --ignore-column NAME
says that the column means something else. If two columns have addresses,
--address-column NAME says which are the readers'. A column without a name is called
by its number: "column 4".

--ask mails readers who would be added as unconfirmed one confirmation email, 30 a
minute, and never a second one. If the file has no record that they signed up, it
asks you whether they did; --asked says yes. Addresses not confirmed within 72 hours
are deleted. It stops by itself if the relay refuses one email in 20, and at least
10. Run it again to continue.

A row that can't be used is named, and the others are taken. --rejects FILE writes
such rows to a file, each below a line that says what is wrong: fix it, then import
that file. Readers who are on the list already keep what is known of them. Importing
a file twice changes nothing.

Exit status: 0 done, even if all were there already · 1 every row was rejected ·
2 the file or a column can't be used · 3 the file has no row`,
		Example: `  vesper subscribers import audience_export.zip --dry-run
  vesper subscribers import audience_export.zip --rejects rejected.csv
  vesper subscribers import readers.txt --confirmed
  vesper subscribers import signed-up.csv --ask --dry-run
  vesper subscribers import table.csv --confirmed --left-when "Newsletter=no" --ignore-column VIP
  vesper subscribers import table.csv --address-column "E-mail (private)"
  mailman-members | vesper subscribers import -`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			return a.importFile(cmd, h, args[0], o)
		}),
	}
	o.vouching.addTo(cmd)
	o.askOptions.addTo(cmd)
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only show what would be done, with examples")
	cmd.Flags().StringVar(&o.rejects, "rejects", "", "write the rows that can't be used to this `FILE`")
	addJSON(cmd, &o.out)
	return cmd
}

func (a *app) importFile(cmd *cobra.Command, h *house, name string, o importOptions) error {
	if same(name, o.rejects) {
		return usage(errors.New("--rejects names the list itself"), "name another file")
	}
	if err := o.check(); err != nil {
		return err
	}
	choices, err := o.choices()
	if err != nil {
		return err
	}
	f, closeFile, err := a.openReaders(name, choices)
	if errors.Is(err, exchange.ErrNoRow) {
		return &exitError{code: exitNothing, err: err}
	}
	if err != nil {
		return err
	}
	defer closeFile()
	f.confirmed = o.confirmed
	if err := o.doubt(a, f.file, o.ask); err != nil {
		return err
	}
	var readers []subscribers.Subscriber
	if o.ask {
		if readers = f.asks(); len(readers) > 0 {
			if err := a.mayAsk(cmd.Context(), h, readers, o); err != nil {
				return err
			}
		}
	}
	kept := func() error { return nil }
	if o.rejects != "" && !o.dryRun {
		file, err := a.create(o.rejects)
		if err != nil {
			return wrongly("--rejects", err)
		}
		defer file.drop()
		f.rejects, kept = file, file.keep
	}
	done, err := f.enrol(cmd.Context(), h, o.dryRun)
	if err != nil {
		return err
	}
	if err := kept(); err != nil {
		return fmt.Errorf("--rejects: %w", err)
	}
	var stopped error
	if o.ask {
		done.Asking = &askedJSON{}
		*done.Asking, stopped = a.askReaders(cmd.Context(), h, readers, o)
	}
	if !o.dryRun {
		if err := a.sayUnconfirmed(cmd.Context(), h); err != nil {
			return err
		}
	}
	if o.out == "json" {
		return cmp.Or(newEncoder(a.stdout).Encode(done), stopped, f.status(done))
	}
	if o.dryRun {
		a.print("dry run, nothing changed: ")
	}
	a.print("%s: %s: %s\n", f.name, f.title(), done)
	if o.ask {
		a.sayAsked(*done.Asking, o.dryRun)
	}
	if o.dryRun {
		if err := f.examples(cmd.Context(), h); err != nil {
			return err
		}
	}
	return cmp.Or(stopped, f.status(done))
}

// sayUnconfirmed says how many readers get no mail yet.
func (a *app) sayUnconfirmed(ctx context.Context, h *house) error {
	by, err := h.list.CountByStatus(ctx)
	if n := by[subscribers.Unconfirmed]; n > 0 {
		a.tell("vesper: %s on the list not confirmed yet: they get no mail until they confirm\n", count(n, "reader"))
	}
	return err
}

// status is the error of an import that took nobody.
func (f *readersFile) status(done importJSON) error {
	switch {
	case done.Added+done.Changed+done.Unchanged+done.Suppressed > 0, done.Asking != nil && *done.Asking != askedJSON{}:
		return nil
	case done.Rejected > 0:
		return &exitError{exitFailed, fmt.Errorf("every row of %s was rejected", f.name), ""}
	}
	return &exitError{exitNothing, fmt.Errorf("%s has no reader in it", f.name), ""}
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
