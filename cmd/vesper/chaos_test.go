package main

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// The lengths of the chaos: the long form is .ci/chaos.
var (
	chaosReaders  = flag.Int("chaos-readers", 700, "how many readers each edition of the chaos has")
	chaosEditions = flag.Int("chaos-editions", 2, "over how many editions the chaos is spread")
	chaosKills    = flag.Int("chaos-kills", 2, "how many machines die in it")
	chaosStops    = flag.Int("chaos-stops", 1, "how many stand still past their lease")
	chaosRestarts = flag.Int("chaos-restarts", 1, "how often PostgreSQL begins anew")
	chaosCuts     = flag.Int("chaos-cuts", 1, "how often its connections are cut")
	chaosLease    = flag.Duration("chaos-lease", shortLease, "how long a message in hand is a machine's")
	chaosMachines = flag.Int("chaos-machines", 4, "how many machines there are")
	chaosChunk    = flag.Int("chaos-chunk", 50, "how many readers a machine has in hand together")
	chaosLogs     = flag.String("chaos-logs", "", "keep in this `FOLDER` what the machines said")
)

// chaos is several machines that deliver from one PostgreSQL over two relays, while one
// after the other dies, stands still, or loses its connections.
type chaos struct {
	*newsroom
	witnesses
	server   *pgtest.Server
	random   *rand.Rand
	machines []*station
	// readers are those for whom no relay has a fault in store.
	readers []string
	began   time.Time
	opened  int
	// deaths is how often a machine died or stood still, leaders how often the one that sends.
	deaths, leaders int
	still           sync.WaitGroup
}

// Four machines bring editions to their end from one PostgreSQL, whatever dies meanwhile: no
// reader is lost, of a machine that is gone one message a connection may come twice, and the
// ledger says of each reader what the relays took.
func TestNobodyIsLostInChaos(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	c := newChaos(t)
	all := c.incidents()
	for i, one := range all {
		c.passes(t, *chaosEditions**chaosReaders/(len(all)+1))
		c.changes(t)
		c.progress(t, fmt.Sprintf("%d of %d: %s", i+1, len(all), one(t)))
	}
	for _, w := range c.witnesses {
		w.has(t, "")
	}
	c.still.Wait()
	c.progress(t, "nothing dies any more")
	c.over(t)
	for _, m := range c.machines {
		m.retire(t)
	}
	c.judge(t)
}

// newChaos starts everything, with one edition open.
func newChaos(t *testing.T) *chaos {
	t.Helper()
	c := &chaos{server: pgtest.Start(t), random: moments(t), began: time.Now(), readers: manyReaders(*chaosReaders)}
	everybody := slices.Clone(c.readers)
	for _, kind := range slices.Sorted(maps.Keys(scripted)) {
		everybody = append(everybody, numbered(kind, max(1, scripted[kind]*len(c.readers)/1000))...)
	}
	// One after the other they would make a relay that has room for nobody.
	c.random.Shuffle(len(everybody), func(i, k int) { everybody[i], everybody[k] = everybody[k], everybody[i] })
	c.witnesses = witnesses{startOracle(t), startOracle(t)}
	s := setting{
		port: c.witnesses[0].port, connections: connections / 2, url: c.server.Database(t, "paper"),
		relay: secondRelay(c.witnesses[1].port, connections/2), giveUpAfter: chaosLease.String(),
	}
	c.newsroom = faultyNewsroom(t, s, everybody)
	for i := range *chaosMachines {
		c.machines = append(c.machines, c.begin(t, fmt.Sprintf("machine%d", i+1), s))
	}
	c.opens(t)
	return c
}

// scripted are readers with whom the relays have faults, and how many of a thousand.
var scripted = map[string]int{
	"rcpt550": 2, "rcpt450": 2, "rcpt450x1": 3, "dot450x1": 2, "dotdrop": 2, "dotdropx": 2, "rst": 2, "mail421": 2,
}

// opens opens the next edition, on the next day.
func (c *chaos) opens(t *testing.T) {
	t.Helper()
	c.opened++
	c.writes(t, c.opened)
	id := c.openOn(t, c.day(c.opened))
	c.progress(t, fmt.Sprintf("edition %s is open", id))
}

// day is the date of the so-manyth edition.
func (c *chaos) day(n int) string { return fmt.Sprintf("2030-%02d-%02d", 1+n/28, 1+n%28) }

// passes lets up to twice so many messages be taken, and opens the next edition when this one
// is nearly over. Where nobody sends, the next thing comes within a lease.
func (c *chaos) passes(t *testing.T, messages int) {
	t.Helper()
	enough := c.count() + 1 + c.random.IntN(2*messages)
	late := time.After(time.Duration(c.random.Int64N(int64(*chaosLease))))
	for tick := time.NewTicker(20 * time.Millisecond); c.count() < enough; {
		if c.count() >= c.opened**chaosReaders*9/10 {
			c.opens(t)
		}
		select {
		case <-tick.C:
		case <-late:
			return
		}
	}
}

// changes gives one relay another weather. None of these leaves a message in doubt.
func (c *chaos) changes(t *testing.T) {
	t.Helper()
	skies := []string{
		"", "", "mail 50 421 4.3.2 closing", "rcpt 70 rst", "rcpt 90 fin", "data 80 rst",
		"session 100 421 4.7.0 enough", "mail 40 450 4.3.2 too fast",
	}
	c.witnesses[c.random.IntN(2)].has(t, skies[c.random.IntN(len(skies))])
}

// incidents gives all that is to happen, in random order.
func (c *chaos) incidents() (all []func(*testing.T) string) {
	for _, kind := range []struct {
		times int
		do    func(*testing.T) string
	}{{*chaosKills, c.kills}, {*chaosStops, c.stops}, {*chaosRestarts, c.restarts}, {*chaosCuts, c.cuts}} {
		for range kind.times {
			all = append(all, kind.do)
		}
	}
	c.random.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// victim chooses a machine that stands, every second time the one that sends.
func (c *chaos) victim(t *testing.T) *station {
	t.Helper()
	all := slices.DeleteFunc(slices.Clone(c.machines), (*station).isStill)
	m := all[c.random.IntN(len(all))]
	if leader := c.sends(t); leader != nil && !leader.isStill() && c.random.IntN(2) == 0 {
		m = leader
	}
	if m == c.sends(t) {
		c.leaders++
	}
	c.deaths++
	return m
}

func (c *chaos) kills(t *testing.T) string {
	m := c.victim(t)
	m.kill(t)
	return m.name + " is killed"
}

// stops has a machine stand still until its lease is over, while all else goes on.
func (c *chaos) stops(t *testing.T) string {
	m, long := c.victim(t), *chaosLease+time.Duration(c.random.Int64N(int64(*chaosLease/2)))
	m.standsStill(t, long, &c.still)
	return fmt.Sprintf("%s stands still for %v", m.name, long.Round(time.Millisecond))
}

// restarts ends PostgreSQL: in order, at once, or as a crash does.
func (c *chaos) restarts(t *testing.T) string {
	signal := []syscall.Signal{syscall.SIGQUIT, syscall.SIGINT, syscall.SIGKILL}[c.random.IntN(3)]
	c.server.Signal(t, signal)
	return fmt.Sprintf("PostgreSQL begins anew after a %v", signal)
}

// cuts ends connections to PostgreSQL: a third of them, or all.
func (c *chaos) cuts(t *testing.T) string {
	db := c.database(t)
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND $1 IN (pid % 3, 3)`,
		c.random.IntN(4)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d connections are cut", n)
}

// sends gives the machine that has the right to send, nil if none has.
func (c *chaos) sends(t *testing.T) *station {
	t.Helper()
	db := c.database(t)
	defer db.Close()
	var name string
	// Without a row nobody has it.
	_ = db.QueryRowContext(t.Context(), `SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND a.application_name LIKE 'vesper serve %'`).Scan(&name)
	for _, m := range c.machines {
		if strings.HasPrefix(name, fmt.Sprintf("vesper serve %d ", m.pid())) {
			return m
		}
	}
	return nil
}

// progress says what has come to pass.
func (c *chaos) progress(t *testing.T, what string) {
	t.Helper()
	t.Logf("chaos: %4.0f s, %d messages taken: %s", time.Since(c.began).Seconds(), c.count(), what)
}

// folder is where a machine's state and its log lie.
func (c *chaos) folder(t *testing.T, name string) string {
	t.Helper()
	if *chaosLogs == "" {
		return filepath.Join(c.dir, name)
	}
	path, err := filepath.Abs(filepath.Join(*chaosLogs, name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
