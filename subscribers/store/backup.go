package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// piece is how many pages a backup copies at once: a megabyte of the usual size. Between
// two of them it looks whether it is still wanted.
const piece = 256

// ErrOnServer says that something is done with a file, and the database lies on a server.
var ErrOnServer = errors.New("the database is on PostgreSQL, which has its own means for that")

// Backup copies the database as it is at one moment into a file, which must be there and
// empty, and looks whether the copy is whole. Others go on writing meanwhile; what they
// write is not in it, and the write-ahead log grows by it. After each piece told is told how
// many pages of how many are copied: it may take its time, and may be nil.
//
// The copy is not forced to the disk. After an error it is worth nothing.
func (s *File) Backup(ctx context.Context, to string, told func(done, total int)) error {
	if s.server != nil {
		return ErrOnServer
	}
	to, err := filepath.Abs(to)
	if err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	from, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	defer from.Close()
	if err := copyPages(ctx, from, to, told); err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	if err := isWhole(ctx, to); err != nil {
		return fmt.Errorf("look whether the copy of the database is whole: %w", err)
	}
	return nil
}

// copyPages copies the pages within one transaction that reads. Without it SQLite would
// begin anew whenever another connection has written, and beside an edition never end.
func copyPages(ctx context.Context, from *sql.Conn, to string, told func(done, total int)) (err error) {
	if _, err := from.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		// Its error says only that SQLite was first.
		_, _ = from.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	}()
	if _, err := from.ExecContext(ctx, "SELECT last FROM numbers"); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", dsn(to, copying))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	into, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer into.Close()
	return into.Raw(func(target any) error {
		return from.Raw(func(source any) error {
			return inPieces(ctx, target.(*sqlite3.SQLiteConn), source.(*sqlite3.SQLiteConn), told)
		})
	})
}

func inPieces(ctx context.Context, to, from *sqlite3.SQLiteConn, told func(done, total int)) error {
	b, err := to.Backup("main", from, "main")
	if err != nil {
		return err
	}
	for done := false; !done && err == nil; {
		if err = ctx.Err(); err == nil {
			done, err = b.Step(piece)
		}
		if told != nil {
			told(b.PageCount()-b.Remaining(), b.PageCount())
		}
	}
	return errors.Join(err, b.Close())
}

// Source names this database without telling a secret: all its backups have the same name.
func (s *File) Source() string { return s.name() }
