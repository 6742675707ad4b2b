package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/subscribers/store"
)

// openStore opens the database that a configuration names.
func (a *app) openStore(ctx context.Context, c *config.Config) (*store.File, error) {
	if c.Database.OnServer() {
		f, err := store.OpenServer(ctx, c.Database.Address(), c.Beside(), a.database())
		return f, outOfReach(err)
	}
	return store.Open(ctx, c.Path(c.Database.Path), a.database())
}

// outOfReach gives the error of a server that can't be reached, or of which the database is
// missing, with its hint.
func outOfReach(err error) error {
	if errors.Is(err, digest.ErrGone) {
		return &exitError{exitHeld, err, store.HintEmptied}
	}
	if errors.Is(err, store.ErrNoURL) {
		return usage(err,
			`write "postgres://USER@HOST/NAME"; sslmode may be disable, prefer, require, verify-ca, verify-full`)
	}
	if u, ok := errors.AsType[*store.Unreached](err); ok {
		return &exitError{exitFailed, err, u.Hint()}
	}
	if _, told := errors.AsType[*exitError](err); !told && errors.Is(err, digest.ErrForeign) {
		return &exitError{exitFailed, err, "name a database of Vesper's own, or a schema of it, in url of [database]"}
	}
	return err
}

// database is how the database is opened. Who waits for another process hears of it.
func (a *app) database() store.Options {
	return store.Options{Now: a.now, Lease: a.lease, Chunk: a.chunk, Program: version(), Waits: func() {
		a.tell("vesper: another process is writing to the database; waiting for it, up to a minute\n")
	}, Upgraded: func(from, to int, before string) {
		if before == "" {
			a.tell("vesper: the database was brought from version %d up to %d\n", from, to)
			return
		}
		a.tell("vesper: the database was brought from version %d up to %d. As it was it lies at %s\n", from, to, before)
		a.tell("hint: delete that copy once all is well: who is erased from now on is still in it\n")
	}}
}

// makeDatabase makes the database and the keys in it.
func makeDatabase(ctx context.Context, path string, now func() time.Time) error {
	file, err := store.Open(ctx, path, store.Options{Now: now, Program: version()})
	if err != nil {
		return err
	}
	return file.Close()
}

// replaceDatabase makes an empty database in the place of one that is gone. Its
// editions have numbers above those that were used here.
func replaceDatabase(ctx context.Context, path string, now func() time.Time) error {
	file, err := store.Open(ctx, path, store.Options{Now: now, Program: version(), New: true})
	if err != nil {
		return err
	}
	return errors.Join(file.Accept(ctx), file.Close())
}

// examineDatabase looks at a database before it is opened, and changes nothing in it. It
// says whether it can be opened.
func examineDatabase(ctx context.Context, c *config.Config) ([]digest.Finding, bool) {
	if c.Database.OnServer() {
		return store.ExamineServer(ctx, c.Database.Address(), c.Beside())
	}
	return store.Examine(ctx, c.Path(c.Database.Path))
}

// What is done with a backup that is put in the database's place.
type (
	restoring = store.Restoring
	restored  = store.Restored
)

// putBack puts a backup in the database's place, or says what would become of it.
func putBack(ctx context.Context, path, file string, how restoring, dryRun bool) (done restored, err error) {
	if dryRun {
		done, err = store.Fit(ctx, path, file, how)
	} else {
		done, err = store.Restore(ctx, path, file, how)
	}
	return done, unfit(file, err)
}

// openHeld opens a database without the rest of the house, one that is elsewhere now too: that
// of the configuration, which it gives too, or the file at path. On a server one that is missing is made where it is
// to be accepted.
func (a *app) openHeld(ctx context.Context, path string, accept bool) (f *store.File, c *config.Config, err error) {
	o := a.database()
	o.Elsewhere = true
	if path != "" {
		f, err = store.Open(ctx, path, o)
		return f, nil, err
	}
	if c, _, err = a.load(); err != nil {
		return nil, nil, err
	}
	if c.Database.OnServer() {
		o.New = accept
		f, err = store.OpenServer(ctx, c.Database.Address(), c.Beside(), o)
		return f, c, outOfReach(err)
	}
	f, err = store.Open(ctx, c.Path(c.Database.Path), o)
	return f, c, err
}

// move moves the database that a configuration names to where another one has it, or looks
// what would be moved.
func (a *app) move(
	ctx context.Context, from, to *config.Config, dryRun bool, told func(done, total int64),
) (store.Moved, error) {
	moved, err := store.Move(ctx, store.Moving{
		From: place(from), To: place(to), DryRun: dryRun, Told: told, Options: a.database(),
	})
	switch {
	case errors.Is(err, fs.ErrNotExist) && !from.HasDatabase():
		err = usage(fmt.Errorf("there is no database to move: %s is not there", from.Place()), "path in [database] names it")
	case errors.Is(err, store.ErrOccupied), errors.Is(err, digest.ErrForeign):
		err = usage(fmt.Errorf("move to %s: %w", place(to), err),
			"nothing was changed; name an empty database, or a file that is not there")
	case errors.Is(err, fs.ErrNotExist) && !to.Database.OnServer():
		err = usage(fmt.Errorf("move to %s: %w", place(to), err), "make the folder of that file first; nothing was changed")
	case errors.Is(err, digest.ErrNoRight):
		err = &exitError{
			exitFailed, fmt.Errorf("move to %s: %w", place(to), err),
			"nothing was changed; as PostgreSQL's admin: ALTER DATABASE NAME OWNER TO USER",
		}
	case errors.Is(err, fs.ErrPermission) && !to.Database.OnServer():
		err = &exitError{
			exitFailed, fmt.Errorf("move to %s: %w", place(to), err),
			"nothing was changed; give Vesper's user the right to write there",
		}
	case errors.Is(err, store.ErrInUse):
		err = &exitError{exitHeld, err, "end every other process of Vesper, also on other machines, then run it again"}
	case errors.Is(err, store.ErrUnderWay):
		err = &exitError{
			exitHeld, err, `"vesper serve" brings them to their end, or "vesper edition send" with their --slot and --date`,
		}
	}
	if u, ok := errors.AsType[*store.Unreached](err); ok && to.Database.OnServer() {
		return moved, &exitError{
			exitFailed, fmt.Errorf("move to %s: %w", place(to), err), u.HintAt("--to", "--password-file"),
		}
	}
	return moved, outOfReach(err)
}

// place gives where a configuration has its database.
func place(c *config.Config) store.Place {
	p := store.Place{Path: c.Beside()}
	if c.Database.OnServer() {
		p.URL = c.Database.Address()
	}
	return p
}

// unfit is the error of a wrong backup, which is a wrong argument.
func unfit(file string, err error) error {
	unread, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !errors.Is(err, store.ErrUnfit):
		return err
	case ok:
		return wrongly("restore", notRead(unread.Path, unread))
	}
	return usage(fmt.Errorf("restore %s: %w", file, err), "nothing was changed; name a backup of this database")
}
