package store

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
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"

	"vesper/digest"
)

// oldest is the first SQLite whose WAL can't lose a commit to a checkpoint that
// runs beside it.
const oldest = 3051003

// FULL makes every commit survive a power cut, and secure_delete overwrites what is
// removed. A read waits for nobody but a process that makes the database or leaves it.
// What is read is mostly read once: half a megabyte of it is kept for each connection.
const (
	writing = "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=" + turn + "&_foreign_keys=on&_secure_delete=on"
	reading = "_busy_timeout=10000&_query_only=on&_cache_size=-500"
	asking  = "_busy_timeout=10000"
	// copying is of a copy that is thrown away if anything goes wrong.
	copying = "_synchronous=OFF"
)

// reads is how many connections read at once, beside the writer's.
const reads = 4

// Open opens the database at path, which it makes when it is not there, together
// with its folder (mode 0700). The file and those that SQLite puts beside it
// have mode 0600: an existing file that others may read is tightened. A file
// that is no database, is another program's, or was made by a newer version is
// refused and left as it is, and so is one with several names. Where the file is not
// there although something was sent from it, the error is digest.ErrGone, unless the
// options ask for a new one.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	if o.Waits == nil {
		o.Waits = func() {}
	}
	w := waiting{aMinute, o.Waits}
	var s *File
	err := w.until(ctx.Err, func() (err error) {
		s, err = open(ctx, path, o, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, unwritable(path, err))
	}
	return s, nil
}

// unwritable gives why a database can't be opened: that its folder can't be written to,
// where SQLite says "no such file". It looks without opening the file.
func unwritable(path string, err error) error {
	failed, ok := errors.AsType[sqlite3.Error](err)
	switch {
	case !ok:
		return err
	case failed.SystemErrno != 0:
		// What to do about it depends on the machine's word, which SQLite's hides.
		err = &machineError{err, failed.SystemErrno}
	case failed.Code == sqlite3.ErrFull:
		err = &machineError{err, syscall.ENOSPC}
	}
	if failed.Code != sqlite3.ErrCantOpen && failed.Code != sqlite3.ErrReadonly {
		return err
	}
	const write = 2
	if cause := syscall.Access(filepath.Dir(path), write); cause != nil {
		return fmt.Errorf("its folder can't be written to: %w", cause)
	}
	return err
}

// machineError is an error of SQLite's with the machine's behind it.
type machineError struct {
	error
	cause syscall.Errno
}

func (e *machineError) Unwrap() []error { return []error{e.error, e.cause} }

func busy(err error) bool {
	failed, ok := errors.AsType[sqlite3.Error](err)
	return ok && (failed.Code == sqlite3.ErrBusy || failed.Code == sqlite3.ErrLocked)
}

func open(ctx context.Context, path string, o Options, w waiting) (*File, error) {
	if name, number, _ := sqlite3.Version(); number < oldest {
		return nil, fmt.Errorf("SQLite %s can lose commits; 3.51.3 or later is needed", name)
	}
	path, info, made, err := makeFile(path, o.New)
	if err != nil {
		return nil, err
	}
	at, err := placeOf(path, info)
	if err != nil {
		return nil, err
	}
	if err := inspect(ctx, path); err != nil {
		return nil, err
	}
	if err := tighten(path, info); err != nil {
		return nil, err
	}
	s := &core{
		path: path, place: at, made: made, owner: newOwner(), lease: cmp.Or(o.Lease, DefaultLease), now: o.Now,
		left: make(chan struct{}, 1),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.writer, err = openWriter(ctx, s, o, w); err != nil {
		return nil, err
	}
	s.write = s.writer
	if s.db, err = sql.Open("sqlite3", dsn(path, reading)); err != nil {
		return nil, errors.Join(err, s.write.close())
	}
	s.db.SetMaxOpenConns(reads)
	s.db.SetMaxIdleConns(reads)
	s.read, s.reads = plainly{s.db}, pool{s.db}
	f := &File{s}
	if err := errors.Join(s.loadKeys(ctx), s.isHere(ctx, o)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// openWriter opens the connection that writes, and brings the database up to date
// over it. In each transaction it asks whether the file is still there.
func openWriter(ctx context.Context, s *core, o Options, w waiting) (*writer, error) {
	db, err := sql.Open("sqlite3", dsn(s.path, writing))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	only, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := prepare(only)
	if err := upToDate(ctx, s.path, c, s.now(), o, w); err != nil {
		return nil, errors.Join(err, c.close(), db.Close())
	}
	return startWriter(db, c, w, s.there, s.left), nil
}

// upToDate makes a new database, or brings an older one up. While a process delivers
// from an older one, that process would find columns gone that it knows: it is to be
// stopped first.
func upToDate(ctx context.Context, path string, c conn, now time.Time, o Options, w waiting) error {
	id, err := identify(ctx, c)
	if err != nil {
		return err
	}
	if !id.fresh() && id.version < newest() {
		f, err := takeLock(path)
		if err != nil {
			return fmt.Errorf("an older program made it: stop that program before this one updates it: %w", err)
		}
		defer unlock(f)
	}
	return migrate(ctx, path, c, now, o, w)
}

// newOwner names this process. A process that is started again may get the
// number of the one before: what is random in the name tells them apart.
func newOwner() string {
	return fmt.Sprintf("%d@%s/%s", os.Getpid(), hostname(), rand.Text()[:8])
}

// hostname names this machine, as far as it has a name.
func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return host
}

// makeFile makes the folder and the file, so that neither ever has another mode
// than theirs. It gives the path with links resolved, since the lock beside the
// database must be the same however one comes to it, what the file is, and whether it
// was made. One that root makes belongs to whom its folder belongs. Where one was sent from that is not there, none is made, unless anew.
func makeFile(path string, anew bool) (resolved string, info fs.FileInfo, made bool, err error) {
	if path == "" {
		return "", nil, false, errors.New("it has no name")
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return "", nil, false, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", nil, false, err
	}
	if err := missed(path); err != nil && !anew {
		return "", nil, false, err
	}
	// A file that is there is not opened: closing it would take away the locks
	// that another File of this process has on it (POSIX fcntl).
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if made = err == nil; made {
		err = errors.Join(f.Close(), giveTo(path, filepath.Dir(path)))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", nil, false, err
	}
	info, err = os.Stat(path)
	if err != nil {
		return "", nil, made, err
	}
	if !info.Mode().IsRegular() {
		return "", nil, made, errors.New("it is not a file")
	}
	path, err = filepath.EvalSymlinks(path)
	return path, info, made, err
}

// missed gives digest.ErrGone for a database that is not there although something was
// sent from it.
func missed(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return sentFrom(path)
}

// sentFrom gives digest.ErrGone if something was sent from the place of a database, which is not
// there.
func sentFrom(path string) error {
	marked, err := isMarked(path)
	if err != nil || !marked {
		return err
	}
	// What else it says is worth showing, and a damaged one is a mark too.
	m, _ := readMark(path)
	return fmt.Errorf("%w, but editions were sent from it: the last one had ledger number %d (%s)", digest.ErrGone, m.number,
		markOf(path))
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
	q := plainly{db}
	id, err := identify(ctx, q)
	if failed, ok := errors.AsType[sqlite3.Error](err); ok && failed.Code == sqlite3.ErrNotADB {
		return errors.New("not a SQLite database")
	}
	if err != nil {
		return err
	}
	return id.check(ctx, q)
}

// dsn writes the path as a URI: a name may hold what a DSN would take for its
// parameters.
func dsn(path, parameters string) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: parameters}).String()
}
