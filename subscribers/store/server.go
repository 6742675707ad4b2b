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
	// made says that the tables were made here.
	made bool

	commits, writes atomic.Int64

	// ending ends, by end, when this process may wait no more for a server that is away.
	ending context.Context
	end    context.CancelFunc
	// untold are outcomes that may be durable although nobody heard so.
	untold sync.Map
}

var errNoURL = errors.New(`the address is no URL of PostgreSQL: write "postgres://USER@HOST/NAME"`)

// most is how many connections one process has at once. The others wait for one. Of these only
// half may wait at the gate, so that messages and questions pass beside them.
const (
	most   = 16
	inLine = most / 2
)

// noticed has the server notice within half a minute that a machine is gone without a word, as
// in a power cut: by itself it would keep that one's locks for two hours.
var noticed = map[string]string{
	"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
	"tcp_user_timeout": "30000",
}

// connecting is how long it may take to be let in.
const connecting = 10 * time.Second

// OpenServer opens the database at a URL (postgres://USER@HOST/NAME), and makes its tables
// where it has none. A database that is another program's, or was made by a newer version, is
// refused and left as it is. What must lie on this machine (the mark of what was sent from
// here) lies beside a file of the name beside, which need not be there.
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
		return nil, errNoURL
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
	if o.Lease == 0 {
		o.Lease = DefaultLease
	}
	config.MaxConns = most
	if config.ConnConfig.ConnectTimeout == 0 || config.ConnConfig.ConnectTimeout > connecting {
		config.ConnConfig.ConnectTimeout = connecting
	}
	config.ConnConfig.RuntimeParams["application_name"] = "vesper"
	for name, value := range noticed {
		config.ConnConfig.RuntimeParams[name] = value
	}
	p, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	left := make(chan struct{}, 1)
	sv := &server{pool: p, left: left, seats: make(chan struct{}, inLine)}
	sv.ending, sv.end = context.WithCancel(context.Background())
	sv.line.begin(sv)
	s := &core{
		path: beside, owner: newOwner(), lease: o.Lease, now: o.Now, left: left,
		inChunk: cmp.Or(o.Chunk, inAChunk),
		read:    awaiting{idle{p}, sv}, reads: sv, write: sv, server: sv,
	}
	f := &File{s}
	if err := sv.upToDate(ctx, s.now(), o.Program); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.made = sv.made
	if err := errors.Join(s.loadKeys(ctx), s.isHere(ctx, o), sv.openJobs(ctx)); err != nil {
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
