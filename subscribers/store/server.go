package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// server is a PostgreSQL that the database lies on, and one process's connections to it.
type server struct {
	pool *pgxpool.Pool
	left chan<- struct{}
	line line
	// seats are for those who are at the gate or within.
	seats chan struct{}
	// right is the connection that has the right to deliver, nil while this process has not.
	rightMu sync.Mutex
	right   *right

	jobs jobs
	// chunks are those that this process has in hand: of two runs over one, each would take the other's
	// messages to be left over.
	chunks sync.Map
	// turn is had by the one transaction that tries again what others have barred, for waits at most, and again by
	// the one of those that have had a turn which is next.
	turn, again chan struct{}
	waits       time.Duration
	// machine is this machine's clock.
	machine func() time.Time
	// made says that the tables were made here.
	made bool
	// known is the version that this program knows the steps to. outdated says that the tables have moved on
	// to a form that it may not work on: it changes and reads nothing any more.
	known    int
	outdated atomic.Bool

	commits, writes atomic.Int64

	// ending ends, by end, when this process may wait no more for a server that is away.
	ending context.Context
	end    context.CancelFunc
	// untold are outcomes that may be durable although nobody heard so.
	untold sync.Map
}

// ErrNoURL says that an address is none of PostgreSQL's, or has a parameter that it does not know.
var ErrNoURL = errors.New("the address is no URL of PostgreSQL, or a parameter in it, such as sslmode, is wrong")

// most is how many connections one process has at once. The others wait for one. Of these only
// half may wait at the gate, so that messages and questions pass beside them.
const (
	most   = 16
	inLine = most / 2
)

// OpenServer opens the database at a URL (postgres://USER@HOST/NAME), and makes its tables
// where it has none. A database that is another program's, or was made by a newer version, is
// refused and left as it is, unless it says that this program may work on it. So is an empty one,
// with digest.ErrGone, where another was sent from here, unless the options ask for a new one. What
// must lie on this machine (the mark of what was sent from here) lies beside a file of the name
// beside, which need not be there.
func OpenServer(ctx context.Context, url, beside string, o Options) (*File, error) {
	f, err := openServer(ctx, url, beside, o)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", unreached(err))
	}
	return f, nil
}

func openServer(ctx context.Context, url, beside string, o Options) (*File, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// Its text may have the password in it.
		return nil, ErrNoURL
	}
	if beside, err = filepath.Abs(beside); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(beside), 0o700); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Machine == nil {
		o.Machine = time.Now
	}
	if o.Lease == 0 {
		o.Lease = DefaultLease
	}
	config.MaxConns = most
	ours(config.ConnConfig)
	config.PingTimeout = answersIdle
	config.ConnConfig.RuntimeParams["application_name"] = "vesper"
	p, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	left := make(chan struct{}, 1)
	sv := &server{
		pool: p, left: left, seats: make(chan struct{}, inLine), turn: make(chan struct{}, 1),
		again: make(chan struct{}, 1), waits: waits, machine: o.Machine,
	}
	sv.known = 1 + len(o.known())
	sv.ending, sv.end = context.WithCancel(context.Background())
	sv.line.begin(sv)
	s := &core{
		path: beside, owner: newOwner(), lease: o.Lease, now: o.Now, left: left,
		inChunk: cmp.Or(o.Chunk, inAChunk), inVolume: cmp.Or(o.Volume, inAVolume),
		read: awaiting{idle{p}, sv}, reads: sv, write: sv, server: sv,
	}
	f := &File{s}
	if err := sv.upToDate(ctx, s, o); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.made = sv.made
	if err := errors.Join(s.loadKeys(ctx), s.isHere(ctx, o), sv.openJobs(ctx), s.readSkew(ctx)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// departs says that somebody leaves in the transaction that has this connection.
func (sv *server) departs(c conn) {
	if t, ok := c.(*transaction); ok {
		t.departed = true
	}
}

// hasNobodyLeft is not known: others may leave on other machines.
func (sv *server) hasNobodyLeft() bool { return false }

func (sv *server) stats() Stats { return Stats{Commits: sv.commits.Load(), Writes: sv.writes.Load()} }

func (sv *server) close() error {
	sv.line.end()
	sv.giveBack()
	sv.end()
	sv.pool.Close()
	return nil
}
