package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
)

// movingFlags are those of move.
type movingFlags struct {
	to, passwordFile string
	dryRun           bool
}

func (a *app) moveCommand() *cobra.Command {
	var o movingFlags
	cmd := &cobra.Command{
		Use:   "move --to URL|FILE",
		Short: "Move the database to PostgreSQL, or back into a file",
		Long: `Moves the database that the configuration names: a SQLite file to an empty database on
PostgreSQL, or one on PostgreSQL into a new SQLite file. Stop Vesper first, on every
machine: while another process uses the database, or a message is under way, nothing is
moved (exit status 5).

All tables are copied in one transaction, read again and compared with what they were.
Only then is the former database marked as moved: from then on every command refuses it.
If anything fails before that, it is as it was, and the other one is empty. If move itself
dies, run it again: it starts anew, or finishes what is left to do.

At the end it prints what to write into vesper.toml. The former database is kept, with the
readers' addresses in it: delete it once all is well. To go back to it instead, run
"vesper restore --accept" with the configuration that names it; what has happened since is
not in it. To go back with everything, move the other one back.

The URL has no password in it. It is taken from --password-file, $PGPASSWORD or ~/.pgpass.
The user must own the database, so that tables can be made:

  createdb --owner=vesper --encoding=UTF8 --template=template0 vesper`,
		Example: `  vesper move --to postgres://vesper@db.news.example/vesper --dry-run
  vesper move --to postgres://vesper@db.news.example/vesper --password-file database.password
  vesper move --to vesper.db`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if o.to == "" {
				return usage(errors.New("move needs --to"), "a URL of PostgreSQL, or a file")
			}
			from, _, err := a.load()
			if err != nil {
				return err
			}
			to, err := a.movedTo(from, o)
			if err != nil {
				return err
			}
			a.logAs(from)
			return a.moveIt(cmd.Context(), from, to, o)
		}),
	}
	cmd.Flags().StringVar(&o.to, "to", "", "where to: postgres://USER@HOST/NAME, or a `FILE`")
	cmd.Flags().StringVar(&o.passwordFile, "password-file", "", "a `FILE` with the password of the URL's user")
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only show what would be moved")
	return cmd
}

// movedTo gives the configuration as it is to be afterwards.
func (a *app) movedTo(from *config.Config, o movingFlags) (*config.Config, error) {
	const hint = `such as postgres://vesper@db.news.example/vesper, without a password: that is taken from ` +
		`--password-file, $PGPASSWORD or ~/.pgpass`
	scheme, _, onServer := strings.Cut(o.to, "://")
	switch {
	case onServer && from.Database.OnServer():
		return nil, usage(errors.New("the database is on PostgreSQL already"),
			"pg_dump and pg_restore move it to another one; a FILE brings it back into SQLite")
	case !onServer && !from.Database.OnServer():
		return nil, usage(errors.New("the database is a file already"),
			`stop Vesper, move the file, and set path in [database]; postgres://USER@HOST/NAME moves it to PostgreSQL`)
	case onServer && scheme != "postgres" && scheme != "postgresql":
		return nil, usage(errors.New("--to is no address of PostgreSQL"), hint)
	case onServer:
		file := o.passwordFile
		if file != "" {
			var err error
			if file, err = filepath.Abs(file); err != nil {
				return nil, err
			}
		}
		to, flaws := from.Moved(o.to, file, a.env)
		if len(flaws) > 0 {
			if said := flaws[0]; file != "" && strings.Contains(said.Problem, filepath.Base(file)) {
				return nil, usage(fmt.Errorf("--password-file: %s", said.Problem), said.Hint)
			}
			// What was typed may have the password in it.
			return nil, usage(fmt.Errorf("--to: %s", flaws[0].Problem), hint)
		}
		return to, nil
	case o.passwordFile != "":
		return nil, usage(errors.New("--password-file is for a URL"), "a file has no password")
	}
	path, err := filepath.Abs(o.to)
	to := *from
	to.Database = config.Database{Path: path}
	return &to, err
}

func (a *app) moveIt(ctx context.Context, from, to *config.Config, o movingFlags) error {
	var done, total atomic.Int64
	began := a.now()
	stop := a.showProgress(ctx, progress{
		total: 100,
		look: func() int {
			if all := total.Load(); all > 0 {
				return int(done.Load() * 100 / all)
			}
			return 0
		},
		line: func(time.Duration) string { return movingLine(done.Load(), total.Load()) },
	})
	moved, err := a.move(ctx, from, to, o.dryRun, func(now, all int64) { done.Store(now); total.Store(all) })
	stop()
	if err != nil {
		return err
	}
	if moved.Before {
		a.print("%s was moved to %s before\n", place(from), place(to))
	} else if o.dryRun {
		for _, t := range moved.Tables {
			a.print("%-18s %d\n", t.Name, t.Rows)
		}
		if moved.Obstacle != nil {
			a.tell("vesper: now it would be refused: %v\n", moved.Obstacle)
		}
		return a.print("%d tables with %d rows, %s, would be moved from %s to %s\n", len(moved.Tables), moved.Rows(),
			inBytes(moved.Bytes), place(from), place(to))
	}
	if !moved.Before {
		a.print("%d tables with %d rows were moved from %s to %s in %s, read again and compared\n", len(moved.Tables),
			moved.Rows(), place(from), place(to), a.now().Sub(began).Round(100*time.Millisecond))
	}
	return a.sayMoved(from, to)
}

// movingLine says how far it is: each row is copied, and read again.
func movingLine(done, total int64) string {
	rows := total / 2
	switch {
	case rows == 0:
		return "move: looking what there is"
	case done <= rows:
		return fmt.Sprintf("move: %d of %d rows are copied", done, rows)
	}
	return fmt.Sprintf("move: all is copied, %d of %d rows are compared", done-rows, rows)
}

// sayMoved tells what is to be done now.
func (a *app) sayMoved(from, to *config.Config) error {
	a.print("%s is refused from now on. Delete it once all is well: readers' addresses are in it\n\n", place(from))
	a.print("Write into %s:\n\n[database]\n", from.File())
	d := to.Database
	a.print("path = %q\n", shorter(from.Dir(), d.Path))
	if !d.OnServer() {
		return a.print("\nThere is no url and no password_file any more.\n")
	}
	a.print("url = %q\n", place(to))
	if d.PasswordFile != "" {
		return a.print("password_file = %q\n", shorter(from.Dir(), d.PasswordFile))
	}
	if a.env("PGPASSWORD") != "" {
		a.tell("hint: name a file with the password there too, as password_file; only Vesper's user may read it\n")
	}
	return nil
}
