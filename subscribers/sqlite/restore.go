package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mattn/go-sqlite3"
)

// ErrUnfit says that a file can't be put in a database's place. What it is of says why.
var ErrUnfit = errors.New("not fit to go on with")

// ends are the files that SQLite puts beside a database.
var ends = []string{"-wal", "-shm"}

// Fit looks whether a backup can be put in the place of the database at path, and
// changes nothing there: it must be a whole database of ours, of this version or an
// older one. Else the error is an ErrUnfit.
func Fit(ctx context.Context, path, backup string) error {
	path, err := resolved(path)
	if err != nil {
		return err
	}
	made, err := copied(ctx, path, backup)
	if err == nil {
		err = os.Remove(made)
	}
	return err
}

// Restore puts a backup in the place of the database at path, which need not be there,
// and gives where that one lies now: "" if there was none. The backup itself stays as it
// is. While another process has the lock, the error is a *digest.HeldError. Whether the
// database may be sent from then is for [File.Behind] to say.
func Restore(ctx context.Context, path, backup string, now time.Time) (before string, err error) {
	if path, err = resolved(path); err != nil {
		return "", err
	}
	lock, err := takeLock(path)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	made, err := copied(ctx, path, backup)
	if err != nil {
		return "", err
	}
	defer os.Remove(made) // where it did not come to its place
	if err := giveTo(made, owned(path)); err != nil {
		return "", err
	}
	if before, err = setAside(ctx, path, now); err != nil {
		return "", err
	}
	if err := os.Rename(made, path); err != nil {
		if before != "" {
			err = errors.Join(err, os.Rename(before, path))
		}
		return "", err
	}
	return before, syncDir(filepath.Dir(path))
}

// resolved gives the path with links resolved, also of a file that is not there, and
// makes its folder.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	return real, err
}

// owned gives a file that belongs to whom the database at path belongs, or belonged.
func owned(path string) string {
	for _, one := range []string{path, markOf(path)} {
		if _, err := os.Stat(one); err == nil {
			return one
		}
	}
	return filepath.Dir(path)
}

// copied makes a copy of a backup beside the database at path, with what lies in the
// backup's log, and looks whether it is whole and ours.
func copied(ctx context.Context, path, backup string) (made string, err error) {
	info, err := os.Stat(backup)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: it is not a file", ErrUnfit)
	}
	if there, err := os.Stat(path); err == nil && os.SameFile(there, info) {
		return "", fmt.Errorf("%w: it is the database itself", ErrUnfit)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".restore-*") // 0600
	if err != nil {
		return "", err
	}
	made = f.Name()
	err = f.Close()
	for _, end := range []string{"", "-wal"} {
		if err == nil {
			err = copyTo(made+end, backup+end)
		}
	}
	if err == nil {
		err = whole(ctx, made)
	}
	for _, end := range ends {
		os.Remove(made + end)
	}
	if err != nil {
		os.Remove(made)
		return "", err
	}
	return made, nil
}

// copyTo copies a file, to the disk. One that is not there is no fault: not every
// backup has a log.
func copyTo(to, from string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// whole looks whether a file is a whole database of ours, and brings its log into it.
func whole(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", dsn(path, writing))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	err = wholeIn(ctx, plainly{db})
	if failed, ok := errors.AsType[sqlite3.Error](err); ok {
		switch failed.Code {
		case sqlite3.ErrNotADB:
			err = fmt.Errorf("%w: not a SQLite database", ErrUnfit)
		case sqlite3.ErrCorrupt:
			err = fmt.Errorf("%w: it is damaged: %w", ErrUnfit, err)
		}
	}
	return errors.Join(err, db.Close())
}

func wholeIn(ctx context.Context, c conn) error {
	id, err := identify(ctx, c)
	if err != nil {
		return err
	}
	if id.fresh() {
		return fmt.Errorf("%w: it is empty", ErrUnfit)
	}
	if err := id.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	result := ""
	if err := c.QueryRow(ctx, `PRAGMA integrity_check(1)`).Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return fmt.Errorf("%w: it is damaged: %s", ErrUnfit, result)
	}
	return fold(ctx, c)
}

// errInUse says that somebody is in the middle of something with a database.
var errInUse = errors.New("another process is using the database")

// fold brings a database's log into it.
func fold(ctx context.Context, c conn) error {
	busy, pages, moved := 0, 0, 0
	err := c.QueryRow(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err == nil && busy != 0 {
		err = errInUse
	}
	return err
}

// setAside gives the database at path, if there is one, and what belongs to it another
// name, which it returns. One that can't be read any more keeps its log beside it.
func setAside(ctx context.Context, path string, now time.Time) (before string, err error) {
	name, err := unused(path + ".before-" + now.UTC().Format("20060102T150405Z"))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		db, err := sql.Open("sqlite3", dsn(path, asking))
		if err != nil {
			return "", err
		}
		err = fold(ctx, plainly{db})
		if closing := db.Close(); errors.Is(err, errInUse) || ctx.Err() != nil || closing != nil {
			return "", errors.Join(err, closing)
		}
	}
	// The log goes first: it must never lie beside another database.
	for _, end := range append(slices.Clone(ends), "") {
		switch err := os.Rename(path+end, name+end); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", err
		default:
			if err := os.Chmod(name+end, 0o600); err != nil {
				return "", err
			}
			if end == "" {
				before = name
			}
		}
	}
	return before, nil
}

// unused gives a name that no file has: this one, or with a number behind it.
func unused(name string) (string, error) {
	for n := 1; ; n++ {
		one := name
		if n > 1 {
			one = fmt.Sprintf("%s-%d", name, n)
		}
		switch _, err := os.Lstat(one); {
		case errors.Is(err, fs.ErrNotExist):
			return one, nil
		case err != nil:
			return "", err
		}
	}
}
