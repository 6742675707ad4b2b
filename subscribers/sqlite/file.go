// Package sqlite keeps subscribers, editions and the ledger in one SQLite file:
// all the program's SQL. Start with schema.sql, where the promises are.
//
// Writes go through one writer that commits whatever has queued up, so that a
// ledger written message by message costs one fsync for many. Nothing here asks
// the time, renders, or knows SMTP.
package sqlite

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"
)

// oldest is the first SQLite whose WAL can't lose a commit to a checkpoint that
// runs beside it.
const oldest = 3051003

// A write waits this many milliseconds for another process's. FULL makes every
// commit survive a power cut, and secure_delete overwrites what is removed.
const (
	writing = "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_foreign_keys=on&_secure_delete=on"
	reading = "_busy_timeout=10000&_query_only=on"
	asking  = "_busy_timeout=10000"
)

// reads is how many connections read at once, beside the writer's.
const reads = 4

// Options are what the program decides about its database.
type Options struct {
	// Lease is how long a row that is under way belongs to the process that
	// attempts it; 0 means 15 minutes, longer than SMTP's longest time-out.
	Lease time.Duration
	// Now is the clock, for keys that are made and for who has the lock since when;
	// nil means the machine's.
	Now func() time.Time
}

// DefaultLease is the lease of a row where no other is asked for.
const DefaultLease = 15 * time.Minute

// File is one database. Any number of goroutines and processes may use the same
// file.
type File struct{ *core }

// List gives the part of the database that is about readers.
func (s *File) List() *List { return &List{s.core} }

// Book gives the part that is about editions.
func (s *File) Book() *Book { return &Book{s.core} }

// Ledger gives the deliveries of the opened edition with this number.
func (s *File) Ledger(number uint32) *Ledger { return &Ledger{core: s.core, number: number} }

// Outbox gives the letters.
func (s *File) Outbox() *Outbox { return &Outbox{s.core} }

// List is who is on the list, and all that is known of them.
type List struct{ *core }

// Book is the editions, and the days without one.
type Book struct{ *core }

// core is what the four parts share.
type core struct {
	path    string
	db      *sql.DB
	read    conn
	write   *writer
	message key
	hide    key
	// owner names this process in the rows that it attempts.
	owner string
	lease time.Duration
	now   func() time.Time
	// locked says that this process has the lock: it alone delivers.
	locked atomic.Bool

	// raw is the file itself, once it was looked at: see inFile.
	rawMu sync.Mutex
	raw   *os.File
}

// Open opens the database at path, which it makes when it is not there, together
// with its folder (mode 0700). The file and those that SQLite puts beside it
// have mode 0600: an existing file that others may read is tightened. A file
// that is no database, is another program's, or was made by a newer version is
// refused and left as it is.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	for wait := firstWait; ; wait *= 2 {
		s, err := open(ctx, path, o)
		if err == nil {
			return s, nil
		}
		if !busy(err) || wait > lastWait || ctx.Err() != nil {
			return nil, fmt.Errorf("open database %s: %w", path, err)
		}
		// While another process makes the database, or is the last to leave it,
		// SQLite says that it is locked and does not wait as it does otherwise.
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// The waits for a database that another process is making or leaving: they
// double.
const (
	firstWait = 10 * time.Millisecond
	lastWait  = 2 * time.Second
)

func busy(err error) bool {
	failed, ok := errors.AsType[sqlite3.Error](err)
	return ok && (failed.Code == sqlite3.ErrBusy || failed.Code == sqlite3.ErrLocked)
}

func open(ctx context.Context, path string, o Options) (*File, error) {
	if name, number, _ := sqlite3.Version(); number < oldest {
		return nil, fmt.Errorf("SQLite %s can lose commits; 3.51.3 or later is needed", name)
	}
	path, info, err := makeFile(path)
	if err != nil {
		return nil, err
	}
	if err := inspect(ctx, path); err != nil {
		return nil, err
	}
	if err := tighten(path, info); err != nil {
		return nil, err
	}
	s := &core{path: path, owner: newOwner(), lease: cmp.Or(o.Lease, DefaultLease), now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if s.write, err = startWriter(ctx, dsn(path, writing), s.now()); err != nil {
		return nil, err
	}
	if s.db, err = sql.Open("sqlite3", dsn(path, reading)); err != nil {
		return nil, errors.Join(err, s.write.close())
	}
	s.db.SetMaxOpenConns(reads)
	s.db.SetMaxIdleConns(reads)
	s.read = plainly{s.db}
	f := &File{s}
	if err := s.loadKeys(ctx); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// newOwner names this process. A process that is started again may get the
// number of the one before: what is random in the name tells them apart.
func newOwner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return fmt.Sprintf("%d@%s/%s", os.Getpid(), host, rand.Text()[:8])
}

// Close waits for the writes under way and closes the database.
func (s *File) Close() error {
	err := errors.Join(s.db.Close(), s.write.close())
	s.rawMu.Lock()
	defer s.rawMu.Unlock()
	if s.raw != nil {
		err = errors.Join(err, s.raw.Close())
		s.raw = nil
	}
	return err
}

// Check says whether the database can be read and is whole (doctor).
func (s *File) Check(ctx context.Context) error {
	var result string
	if err := s.read.QueryRow(ctx, `PRAGMA quick_check(1)`).Scan(&result); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if result != "ok" {
		return fmt.Errorf("check the database: %s", result)
	}
	return nil
}

// makeFile makes the folder and the file, so that neither ever has another mode
// than theirs. It gives the path with links resolved, since the lock beside the
// database must be the same however one comes to it, and what the file is.
func makeFile(path string) (string, fs.FileInfo, error) {
	if path == "" {
		return "", nil, errors.New("it has no name")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", nil, err
	}
	// A file that is there is not opened: closing it would take away the locks
	// that another Store of this process has on it (POSIX fcntl).
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, err
	}
	if !info.Mode().IsRegular() {
		return "", nil, errors.New("it is not a file")
	}
	path, err = filepath.EvalSymlinks(path)
	return path, info, err
}

// tighten takes from others what they may do with a database that is ours.
func tighten(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&^0o600 == 0 {
		return nil
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(path+end, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// inspect looks at the file before anything is changed in it.
func inspect(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", dsn(path, asking))
	if err != nil {
		return err
	}
	defer db.Close()
	id, err := identify(ctx, plainly{db})
	if failed, ok := errors.AsType[sqlite3.Error](err); ok && failed.Code == sqlite3.ErrNotADB {
		return errors.New("not a SQLite database")
	}
	if err != nil {
		return err
	}
	return id.check()
}

// dsn writes the path as a URI: a name may hold what a DSN would take for its
// parameters.
func dsn(path, parameters string) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: parameters}).String()
}

// seconds gives what is stored for an instant, NULL for none.
func seconds(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// instant reads what seconds gave.
func instant(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.Unix(n.Int64, 0).UTC()
}
