package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// alone is how a file is opened that no other process may have open.
const alone = "_busy_timeout=10000&_locking_mode=EXCLUSIVE&_synchronous=FULL&_secure_delete=on"

// unseen is how a file is written that nobody can see yet. It is forced to the disk as a
// whole, and a process that dies leaves one that is thrown away.
const unseen = "_synchronous=OFF&_journal_mode=OFF&_locking_mode=EXCLUSIVE&_cache_size=-65536"

// fileEnd is a SQLite file of a move.
type fileEnd struct {
	*prepared
	db *sql.DB
	// path is where it is to be, and made where it is until then. They are "" of the former one.
	path, made string
	// triggers are those that wait for the rows to be there, which they have been for already.
	triggers []string
	closed   bool
}

func openEnd(ctx context.Context, path, parameters string) (*fileEnd, error) {
	db, err := sql.Open("sqlite3", dsn(path, parameters))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	only, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &fileEnd{prepared: prepare(only), db: db}, nil
}

// formerFile opens the file that is moved, in a transaction. It is no one else's until then.
func formerFile(ctx context.Context, path string) (*fileEnd, error) {
	f, err := openEnd(ctx, path, alone)
	if err == nil {
		if _, err = f.Exec(ctx, "BEGIN EXCLUSIVE"); err != nil {
			err = errors.Join(err, f.close())
		}
	}
	if busy(err) {
		return nil, ErrInUse
	}
	return f, err
}

// making gives the name of a file that is being made for a path.
func making(path string) string { return path + ".moving" }

// newFileEnd makes a file for the tables, which nobody finds before it is published.
func newFileEnd(ctx context.Context, path string) (*fileEnd, error) {
	path, err := resolved(path)
	if err != nil {
		return nil, err
	}
	if err := nothingAt(path); err != nil {
		return nil, err
	}
	f := &fileEnd{path: path, made: making(path)}
	if err = f.undo(); err == nil {
		f, err = openNew(ctx, f.made, path)
	}
	if err != nil {
		return nil, err
	}
	if err := f.prepareTables(ctx); err != nil {
		return nil, errors.Join(err, f.undo(), f.close())
	}
	return f, nil
}

// nothingAt refuses a file that has something in it.
func nothingAt(path string) error {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: %s is not a file", ErrOccupied, path)
	case info.Size() > 0:
		return fmt.Errorf("%w: %s is there already", ErrOccupied, path)
	}
	return nil
}

// tryFile looks whether a file can be made at a path: by making one beside it, which goes at once.
func tryFile(path string) error {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return err
	}
	path, err := resolved(path)
	if err == nil {
		err = nothingAt(path)
	}
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(making(path)))
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func openNew(ctx context.Context, made, path string) (*fileEnd, error) {
	file, err := os.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = errors.Join(file.Close(), giveTo(made, owned(path)))
	}
	if err != nil {
		return nil, err
	}
	f, err := openEnd(ctx, made, unseen)
	if err != nil {
		return nil, errors.Join(err, os.Remove(made))
	}
	f.path, f.made = path, made
	return f, nil
}

// prepareTables makes the tables, in a transaction, and takes the triggers away: what they do
// was done where the rows come from.
func (f *fileEnd) prepareTables(ctx context.Context) error {
	if _, err := f.Exec(ctx, "BEGIN EXCLUSIVE;"+schema+";DELETE FROM numbers;"); err != nil {
		return err
	}
	_, err := f.Exec(ctx, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", newest(), application))
	if err != nil {
		return err
	}
	var names []string
	r, err := f.Query(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
	err = each(r, err, func(scan scanner) error {
		var name, text string
		err := scan(&name, &text)
		names, f.triggers = append(names, name), append(f.triggers, text)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := f.ExecContext(ctx, "DROP TRIGGER "+asName(name)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fileEnd) commit(ctx context.Context) error {
	_, err := f.ExecContext(ctx, "COMMIT")
	return err
}

func (f *fileEnd) completed(ctx context.Context) error {
	for _, text := range f.triggers {
		if _, err := f.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	broken, err := has(ctx, f, `SELECT 1 FROM pragma_foreign_key_check`)
	if err == nil && broken {
		err = errors.New("a row points to one that is not there")
	}
	if err == nil {
		err = f.commit(ctx)
	}
	if err == nil {
		err = f.close()
	}
	if err == nil {
		err = synced(f.made)
	}
	return err
}

// synced has a file on the disk.
func synced(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

func (f *fileEnd) publish(context.Context) error {
	if f.made == "" {
		return nil
	}
	if err := nothingAt(f.path); err != nil {
		return err
	}
	if err := os.Rename(f.made, f.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(f.path))
}

func (f *fileEnd) undo() error {
	err := f.close()
	if f.made == "" {
		return err
	}
	for _, tail := range []string{"", "-wal", "-shm", "-journal"} {
		if failed := os.Remove(f.made + tail); !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

func (f *fileEnd) close() error {
	if f.closed || f.prepared == nil {
		return nil
	}
	f.closed = true
	// Where nothing is under way it fails, which says nothing.
	_, _ = f.ExecContext(context.Background(), "ROLLBACK")
	return errors.Join(f.prepared.close(), f.db.Close())
}

// reopenedFile finds the file that a move has made, under whichever of its names.
func reopenedFile(ctx context.Context, path string) (*fileEnd, error) {
	path, err := resolved(path)
	if err != nil {
		return nil, err
	}
	f := &fileEnd{path: path, made: making(path)}
	switch _, err := os.Lstat(f.made); {
	case errors.Is(err, fs.ErrNotExist):
		f.made = ""
		_, err := os.Stat(path)
		return f, err
	case err != nil:
		return nil, err
	}
	return f, isWhole(ctx, f.made)
}

// size gives how many bytes the database has.
func (s *core) size(ctx context.Context) (n int64, err error) {
	query := `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`
	if s.server != nil {
		query = serverSize
	}
	if err = s.read.QueryRow(ctx, query).Scan(&n); err != nil {
		err = fmt.Errorf("look how large the database is: %w", err)
	}
	return n, err
}
