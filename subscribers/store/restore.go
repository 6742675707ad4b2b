package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// ends are the files that SQLite puts beside a database.
var ends = []string{"-wal", "-shm"}

// Restoring is how a backup is put back.
type Restoring struct {
	// MadeAt is the time whose state the backup has. Of one that does not say it, it is
	// zero: then it is the last time that stands in it.
	MadeAt time.Time
	// Journals reads the journals of departures of the database with a key. Nil is none.
	Journals func(key []byte) (subscribers.History, error)
	Now      func() time.Time
}

// Restored is what became of a backup.
type Restored struct {
	// Before is where the database lies that was there; "" if there was none.
	Before string
	// MadeAt is the time whose state the backup had. Who left is known up to KnownTo. With
	// Gap something is missing in the journals after that. Begun is when departures began to
	// be recorded, if that was after MadeAt.
	MadeAt, KnownTo, Begun time.Time
	Gap                    bool
	Replayed
	// Journals counts the journals that were read, Damaged their lines that are none.
	Journals, Damaged int
	// Paused are the editions that were being sent when the backup was made.
	Paused []digest.ID
	// Held says that nothing is sent before somebody accepts it.
	Held bool
}

// Restore puts a backup in the place of the database at path, which need not be there. All
// is done on a copy first: the departures since the backup are done once more. The backup
// itself stays as it is. While another process has the lock, the error is a
// *digest.HeldError. Whether the database may be sent from then is for [File.Behind] to
// say.
func Restore(ctx context.Context, path, backup string, how Restoring) (done Restored, err error) {
	if path, err = resolved(path); err != nil {
		return done, err
	}
	lock, err := takeLock(path)
	if err != nil {
		return done, err
	}
	defer unlock(lock)
	made, done, err := readied(ctx, path, backup, how)
	if err != nil {
		return done, err
	}
	defer os.Remove(made) // where it did not come to its place
	if err := giveTo(made, owned(path)); err != nil {
		return done, err
	}
	if done.Before, err = setAside(ctx, path, how.Now()); err != nil {
		return done, err
	}
	if err := os.Rename(made, path); err != nil {
		if done.Before != "" {
			err = errors.Join(err, os.Rename(done.Before, path))
		}
		return done, err
	}
	return done, syncDir(filepath.Dir(path))
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

// ErrInUse says that somebody is in the middle of something with a database.
var ErrInUse = errors.New("another process is using the database")

// fold brings a database's log into it.
func fold(ctx context.Context, c conn) error {
	busy, pages, moved := 0, 0, 0
	err := c.QueryRow(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err == nil && busy != 0 {
		err = ErrInUse
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
		if closing := db.Close(); errors.Is(err, ErrInUse) || ctx.Err() != nil || closing != nil {
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
