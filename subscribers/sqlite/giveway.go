package sqlite

import (
	"context"
	"time"
)

// Beside a process that sends, the transactions of an import end early, and between them
// others have time to write. Who waits for SQLite looks every 50 ms at least.
const (
	// besideIdle is how long one takes beside a process that writes nothing, and
	// restsIdle the time after it: enough that whoever waits is seen.
	besideIdle, restsIdle = 250 * time.Millisecond, 50 * time.Millisecond
	// besideBusy and restsBusy are these beside one that writes: an edition has four
	// fifths of the time.
	besideBusy, restsBusy = 50 * time.Millisecond, 200 * time.Millisecond
)

// giveWay says how long the transactions of an import take, and rests between them. An
// import that held the lock for a second and took it again at once would leave an edition a
// twentieth of its rate.
type giveWay struct {
	// most is how long a transaction takes, 0 for as long as its rows do.
	most time.Duration
	// version is SQLite's number for what others wrote, and busy says that it was another
	// one than at the last transaction.
	version int64
	busy    bool
}

// before is called before each transaction.
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
	select {
	case <-time.After(rest):
	case <-ctx.Done():
	}
}

// within is called in a transaction that has begun.
func (g *giveWay) within(ctx context.Context, c conn) error {
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
