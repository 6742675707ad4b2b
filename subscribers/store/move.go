package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
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

// look opens the former database as everybody does, and closes it again.
func (m *moving) look(ctx context.Context) (err error) {
	s, err := m.openFormer(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m.name = s.name()
	if m.runs, m.number, err = s.counters(ctx); err != nil {
		return err
	}
	r, is, err := relocated(ctx, s.read)
	switch {
	case err != nil:
		return err
	case is && r.place == m.To.String():
		m.moved.Before = true
		return m.ends.lock(m.Moving)
	case is:
		return s.movedAway(ctx)
	}
	if err := s.Behind(ctx); err != nil {
		return err
	}
	if there, err := readMark(m.To.Path); err != nil || there.database != "" && there.database != m.name {
		if err == nil {
			err = fmt.Errorf("%w: editions of another database were sent from there (%s)", ErrOccupied, markOf(m.To.Path))
		}
		return err
	}
	if err := m.counted(ctx, s); err != nil {
		return err
	}
	if m.DryRun {
		m.moved.Obstacle = m.obstacle(ctx, s)
		return nil
	}
	if err := m.ends.lock(m.Moving); err != nil {
		return err
	}
	return nothingUnderWay(ctx, s.read)
}

// counted counts what is to be moved.
func (m *moving) counted(ctx context.Context, s *File) (err error) {
	if m.moved.Bytes, err = s.size(ctx); err != nil {
		return err
	}
	if m.tables, err = catalogue(ctx); err != nil {
		return err
	}
	for _, t := range m.tables {
		n := int64(0)
		if err := s.read.QueryRow(ctx, `SELECT count(*) FROM `+asName(t.name)).Scan(&n); err != nil {
			return fmt.Errorf("count %s: %w", t.name, err)
		}
		m.moved.Tables = append(m.moved.Tables, MovedTable{t.name, n})
	}
	return nil
}

// obstacle says what stands in the way now, nil for nothing.
func (m *moving) obstacle(ctx context.Context, s *File) error {
	held, err := s.Holder()
	if err == nil && held != nil {
		err = held
	}
	if err != nil {
		return err
	}
	return nothingUnderWay(ctx, s.read)
}

func (m *moving) openFormer(ctx context.Context) (*File, error) {
	o := m.Options
	o.Elsewhere = true
	if m.From.onServer() {
		return OpenServer(ctx, m.From.URL, m.From.Path, o)
	}
	if _, err := os.Stat(m.From.Path); err != nil {
		return nil, err
	}
	return Open(ctx, m.From.Path, o)
}

// nothingUnderWay refuses while a message may be on the wire.
func nothingUnderWay(ctx context.Context, c conn) error {
	n := 0
	err := c.QueryRow(ctx, `SELECT (SELECT count(*) FROM deliveries WHERE step = 'attempting')
		+ (SELECT count(*) FROM letters WHERE step = 'attempting')`).Scan(&n)
	switch {
	case err != nil:
		return fmt.Errorf("look what is under way: %w", err)
	case n > 0:
		return fmt.Errorf("%w: %d", ErrUnderWay, n)
	}
	return nil
}

// ErrUnderWay says that messages are under way, or that it is not known what became of them.
var ErrUnderWay = errors.New("messages are in transit, or were when their process died")

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

// locks are those beside both places.
type locks struct{ files []*os.File }

func (l *locks) lock(m Moving) error {
	for _, path := range []string{m.From.Path, m.To.Path} {
		f, err := takeLock(path)
		if err != nil {
			return err
		}
		l.files = append(l.files, f)
		if err := sign(f, "move", m.Now()); err != nil {
			return fmt.Errorf("lock the database: %w", err)
		}
	}
	return nil
}

func (l *locks) unlock() {
	for _, f := range l.files {
		_, _ = f.Truncate(0), f.Close()
	}
}
