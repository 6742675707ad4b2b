package store

import (
	"context"
	"time"

	"vesper/subscribers"
)

// Beside a process that sends, the transactions of whoever writes many rows, as an import
// does, end early, and between them others have time to write. Who waits for SQLite looks every 50 ms at least.
const (
	// besideIdle is how long one takes beside a process that writes nothing, and
	// restsIdle the time after it: enough that whoever waits is seen.
	besideIdle, restsIdle = 250 * time.Millisecond, 50 * time.Millisecond
	// besideBusy and restsBusy are these beside one that writes: an edition has four
	// fifths of the time.
	besideBusy, restsBusy = 50 * time.Millisecond, 200 * time.Millisecond
)

// giveWay says how long the transactions of who writes many rows take, and rests between
// them. An import that held the lock for a second and took it again at once would leave an edition a
// twentieth of its rate.
type giveWay struct {
	// most is how long a transaction takes, 0 for as long as its rows do.
	most time.Duration
	// version is SQLite's number for what others wrote, and busy says that it was another
	// one than at the last transaction.
	version int64
	busy    bool
}

// before is called before each transaction. Before the first one nobody rests.
func (g *giveWay) before(ctx context.Context, path string) {
	// Where nobody can say whether one has the lock, one may have it.
	if held, err := heldBy(path); held == nil && err == nil {
		g.most = 0
		return
	}
	rest := restsIdle
	if g.most = besideIdle; g.busy {
		g.most, rest = besideBusy, restsBusy
	}
	if g.version != 0 {
		rests(ctx, rest)
	}
}

// makesWay is before each transaction of who writes many rows. On a server those whom way is made for
// may be on any machine: it is made as long as an edition is being sent.
func (s *core) makesWay(ctx context.Context, g *giveWay) {
	if s.server == nil {
		g.before(ctx, s.path)
		return
	}
	sending, err := has(ctx, s.read, `SELECT 1 FROM editions WHERE state = 'sending'`)
	if err == nil && !sending {
		g.most = 0
		return
	}
	again := g.most > 0
	if g.most = besideBusy; again {
		rests(ctx, restsBusy)
	}
}

func rests(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// within is called in a transaction that has begun.
func (g *giveWay) within(ctx context.Context, c conn) error {
	if _, remote := c.(*transaction); remote {
		// Nobody can say who else writes to a server.
		g.busy = true
		return nil
	}
	var version int64
	if err := c.QueryRow(ctx, `SELECT data_version FROM pragma_data_version`).Scan(&version); err != nil {
		return err
	}
	g.busy = g.version != 0 && version != g.version
	g.version = version
	return nil
}

// over says whether a transaction that began then has taken long enough.
func (g *giveWay) over(began time.Time) bool { return g.most > 0 && time.Since(began) >= g.most }

// turns does something for many addresses, at most a chunk in a transaction. Of those that
// do is given it takes the first ones, until over says that others wait, and gives how many
// it took and for how many that changed anything. turns gives the sum of these, of what is
// committed. committed, if any, is called with those that were taken after each transaction.
func (s *core) turns(ctx context.Context, way *giveWay, all []subscribers.Address,
	do func(ctx context.Context, c conn, some []subscribers.Address, over func() bool) (n, took int, err error),
	committed func([]subscribers.Address) error,
) (total int, err error) {
	for len(all) > 0 {
		s.makesWay(ctx, way)
		n, took := 0, 0
		err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
			if err := way.within(ctx, c); err != nil {
				return err
			}
			began := time.Now()
			n, took, err = do(unwatched(ctx), c, all[:min(len(all), chunk)],
				func() bool { return way.over(began) || ctx.Err() != nil })
			return err
		})
		if err != nil {
			return total, err
		}
		if committed != nil {
			if err := committed(all[:took]); err != nil {
				return total + n, err
			}
		}
		total, all = total+n, all[took:]
	}
	return total, nil
}

// toTheEnd is the over of a transaction that takes as long as its rows do.
func toTheEnd() bool { return false }
