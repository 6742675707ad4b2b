package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Place is where a database is, or is to be: a file, or a server.
type Place struct {
	// Path is the file. Of a server it is the name beside which this machine keeps what is its
	// own: see [OpenServer].
	Path string
	// URL is the server's, with the password; "" for a file.
	URL string
}

// String gives it without the password.
func (p Place) String() string {
	if p.URL == "" {
		return p.Path
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return "PostgreSQL"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	if q := u.Query(); q.Has("password") {
		q.Del("password")
		u.RawQuery = q.Encode()
	}
	return u.String()
}

func (p Place) onServer() bool { return p.URL != "" }

// Moving is how a database is moved.
type Moving struct {
	From, To Place
	// DryRun looks what would be moved, and changes nothing.
	DryRun bool
	// Told is told how many rows of how many are done: each is copied, and read again. It may
	// be nil.
	Told func(done, total int64)
	// Options are how the former database is opened.
	Options
}

// Moved is what was moved.
type Moved struct {
	Tables []MovedTable
	// Bytes is how large the former database is.
	Bytes int64
	// Before says that a move before this one had come to its end, or nearly.
	Before bool
	// Obstacle is why it would be refused now, in a dry run.
	Obstacle error
}

// MovedTable is a table that was moved.
type MovedTable struct {
	Name string
	Rows int64
}

// Rows is how many rows there are in all.
func (m Moved) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// ErrOccupied says that something is where a database is to be moved to.
var ErrOccupied = errors.New("it is not empty")

// side is one of the two databases of a move, over one connection that nobody else uses.
type side interface {
	conn
	// read gives each row of a table. What it gives is the callee's until it returns.
	read(ctx context.Context, t table, each func(row []byte) error) error
	// last gives the highest number that a table's column id ever had.
	last(ctx context.Context, t table) (int64, error)
	// commit ends the transaction.
	commit(ctx context.Context) error
	// close gives the connection back. What is not committed is undone.
	close() error
}

// target is the end that a database is moved to.
type target interface {
	side
	// fill has rows written into a table: put is called with each, and done at the end.
	fill(ctx context.Context, t table) (put func(row []byte) error, done func(err error) error, err error)
	setLast(ctx context.Context, t table, n int64) error
	// completed looks whether what was filled in is what the schema promises, and commits it.
	// Nobody can open it yet.
	completed(ctx context.Context) error
	// publish has others find it. Where somebody did before, nothing is changed.
	publish(ctx context.Context) error
	// undo leaves nothing of it.
	undo() error
}

// Move moves a database into another, empty one, in one transaction, and marks the former one
// as moved: it is refused from then on. The former one must be no one's meanwhile, and nothing
// of it under way. Whatever happens before the mark, it stays as it was. A move that was broken
// off behind the mark is brought to its end by another one.
func Move(ctx context.Context, how Moving) (Moved, error) {
	m := &moving{Moving: how, ends: &locks{}}
	defer m.ends.unlock()
	if m.Told == nil {
		m.Told = func(int64, int64) {}
	}
	if m.Now == nil {
		m.Now = time.Now
	}
	err := m.look(ctx)
	switch {
	case err != nil:
	case m.moved.Before:
		err = m.finish(ctx)
	case how.DryRun:
		err = m.dry(ctx)
	default:
		err = m.move(ctx)
	}
	return m.moved, err
}

// moving is a move under way.
type moving struct {
	Moving
	ends *locks
	// name is the database's, and runs and number are its counters.
	name         string
	runs, number int64
	tables       []table
	moved        Moved
}

// move does the whole of it.
func (m *moving) move(ctx context.Context) (err error) {
	from, to, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close(), to.close()) }()
	if err := m.copyAll(ctx, from, to); err != nil {
		return errors.Join(err, to.undo())
	}
	return m.handOver(ctx, from, to)
}

// complete has the other one on the disk. Nobody finds it yet.
func (m *moving) complete(ctx context.Context, to target) error {
	// Runs are counted up: a backup of the former one is behind the mark from now on.
	if _, err := to.Exec(ctx, `UPDATE numbers SET runs = runs + 1`); err != nil {
		return err
	}
	return to.completed(ctx)
}

// handOver marks the former database, once the other one is complete, and lets the other one be
// found then. Not at any moment can both be used.
func (m *moving) handOver(ctx context.Context, from side, to target) error {
	err := m.complete(ctx, to)
	if err == nil {
		err = relocate(ctx, from, m.To.String(), m.Now())
	}
	if err != nil {
		return errors.Join(err, to.undo())
	}
	// From here on it is not broken off.
	ctx = context.WithoutCancel(ctx)
	if err := from.commit(ctx); err != nil {
		err = fmt.Errorf("mark the former database as moved: %w", err)
		if unheard(err) {
			// It may be marked all the same. Another move sees.
			return err
		}
		return errors.Join(err, to.undo())
	}
	return errors.Join(m.noteMarks(), to.publish(ctx))
}

// finish brings a move to its end that was broken off behind the mark.
func (m *moving) finish(ctx context.Context) error {
	if m.DryRun {
		return nil
	}
	to, err := m.reopened(ctx)
	if err != nil {
		return err
	}
	return errors.Join(m.noteMarks(), to.publish(ctx), to.close())
}

// noteMarks writes down beside the former database that it is behind, and beside the other one
// how far that is, if anything was ever sent from either place.
func (m *moving) noteMarks() error {
	former, err := readMark(m.From.Path)
	if err != nil {
		return err
	}
	there, err := readMark(m.To.Path)
	if err != nil {
		return err
	}
	now := mark{database: m.name, runs: m.runs + 1, number: m.number, machine: machine(), path: m.From.Path}
	now.runs, now.number = max(now.runs, there.runs), max(now.number, there.number)
	if err := writeMark(m.From.Path, now); err != nil || former.database == "" && there.database == "" {
		return err
	}
	now.path = m.To.Path
	return writeMark(m.To.Path, now)
}
