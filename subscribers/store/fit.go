package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// ErrUnfit says that a file can't be put in a database's place. What it is of says why.
var ErrUnfit = errors.New("it can't be used")

// Fit looks whether a backup can be put in the place of the database at path, and
// changes nothing there: it must be a whole database of ours, of this version or an
// older one. Else the error is an ErrUnfit. It gives what Restore would do.
func Fit(ctx context.Context, path, backup string, how Restoring) (Restored, error) {
	path, err := resolved(path)
	if err != nil {
		return Restored{}, err
	}
	made, done, err := readied(ctx, path, backup, how)
	if err == nil {
		err = os.Remove(made)
	}
	return done, err
}

// copied makes a copy of a backup beside the database at path, with what lies in the
// backup's log, and looks whether it is whole and ours.
func copied(ctx context.Context, path, backup string) (made string, err error) {
	info, err := os.Stat(backup)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	if info.IsDir() {
		return "", fmt.Errorf("%w: %w", ErrUnfit, &fs.PathError{Op: "read", Path: backup, Err: syscall.EISDIR})
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
		err = isWhole(ctx, made)
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
		return fmt.Errorf("%w: %w", ErrUnfit, err)
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

// isWhole looks whether a file is a whole database of ours, and brings its log into it.
func isWhole(ctx context.Context, path string) error {
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
	if err := id.check(ctx, c); err != nil {
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
