package alarm

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vesper/digest"
)

// Board keeps which alarms are on.
type Board interface {
	// On gives those that are, the oldest first.
	On(ctx context.Context) ([]digest.RaisedAlarm, error)
	// Begin enters one, and that these ways are to be told. One of the same that is on for
	// another edition is over, and they are to be told that first, without a word that it was
	// well. It works out Again by itself.
	Begin(ctx context.Context, a digest.RaisedAlarm, ways []string) error
	// Keep keeps an alarm's reason, and since when it is well; zero: it is not.
	Keep(ctx context.Context, ref, reason string, well time.Time) error
	// End enters that an alarm is over, and that these ways are to be told.
	End(ctx context.Context, ref string, ways []string, now time.Time) error
}

// Queue keeps what is still to be told.
type Queue interface {
	// Owed gives what is owed to a way, the oldest first, an end once its beginning is not
	// owed any more.
	Owed(ctx context.Context, way string) ([]digest.AlarmWord, error)
	// Told removes a word that was told, or given up.
	Told(ctx context.Context, w digest.AlarmWord) error
	// Later keeps a word's Attempts and Due.
	Later(ctx context.Context, w digest.AlarmWord) error
}

// Way is a way to tell somebody.
type Way interface {
	// Name is what it is called in the configuration.
	Name() string
	// Tell tells somebody, or says why it could not. It returns soon after ctx ends.
	Tell(ctx context.Context, m Message) error
}

// Look looks at a part of the program. All alarms of its kinds are its own: one that it
// does not find is well.
type Look struct {
	// Name says what it looks at, for the log.
	Name  string
	Kinds []digest.AlarmKind
	// Every is how often it looks. What takes long is looked at less often.
	Every time.Duration
	// Find gives what somebody has to look at now. With an error nothing is known.
	Find func(ctx context.Context) ([]digest.Alarm, error)
}

// Desk raises alarms and has them told.
type Desk struct {
	Board Board
	Queue Queue
	Ways  []Way
	Looks []Look
	// Heartbeat is fetched after each evening; nil: there is none.
	Heartbeat *Heartbeat
	// Publication and Host say to those who are told whose alarm it is.
	Publication, Host string
	// Numbers gives the paper number and the ledger's of an edition by its ID, 0 for what it
	// has not or is not known; nil: they are not said.
	Numbers func(edition string) (paper, ledger uint32)
	Now     func() time.Time
	Log     *slog.Logger

	mu sync.Mutex
	// known are the alarms that were on when the board was last read, by what they are
	// about. kept is when the reason of each was last written, by its ref.
	known map[key]digest.RaisedAlarm
	kept  map[string]time.Time
	// unable says that the board could not be kept when that was last tried.
	unable bool
	// unread says of each way that its queue could not be read when that was last tried.
	unread map[string]bool
	// unkept are alarms that could not be entered on the board. They were told.
	unkept map[key]digest.RaisedAlarm
	// loose are words that stand in no queue, by way.
	loose map[string][]digest.AlarmWord
	// memo is what the queue could not be told of words, by name and way.
	memo  map[string]digest.AlarmWord
	pokes map[string]chan struct{}
}

// key is what one alarm at a time is on for.
type key struct {
	kind  digest.AlarmKind
	about string
}

func keyOf(a digest.Alarm) key { return key{a.Kind, a.About} }

// Raise says that something is not well. Whoever says so must say [Desk.Well] when it is
// again: nobody else looks. It is for kinds that stand in no [Look].
func (d *Desk) Raise(ctx context.Context, a digest.Alarm) {
	d.heed(ctx, func(k key) bool { return k == keyOf(a) }, []digest.Alarm{a})
}

// Well says that something is well, whether or not an alarm is on for it. The alarm is over
// unless it is raised again within a while.
func (d *Desk) Well(ctx context.Context, kind digest.AlarmKind, about string) {
	d.heed(ctx, func(k key) bool { return k == key{kind, about} }, nil)
}

// Serve looks and tells until ctx ends. What is being told then has a moment more.
func (d *Desk) Serve(ctx context.Context) {
	d.dropOthers(ctx)
	var all sync.WaitGroup
	for _, l := range d.Looks {
		all.Go(func() { d.look(ctx, l) })
	}
	for _, w := range d.Ways {
		all.Go(func() { d.serveWay(ctx, w) })
	}
	if d.Heartbeat != nil {
		all.Go(func() { d.serveHeartbeat(ctx) })
	}
	all.Wait()
}

// look looks at one part until ctx ends. At most a twentieth of the time is spent on it.
func (d *Desk) look(ctx context.Context, l Look) {
	failed := 0
	for ctx.Err() == nil {
		began := time.Now()
		failed = d.lookOnce(ctx, l, failed)
		if !rest(ctx, max(l.Every, 20*time.Since(began)), nil) {
			return
		}
	}
}

// blindAfter is after how many failed looks in a row somebody should know.
const blindAfter = 3

// lookOnce looks, and gives how often in a row that failed.
func (d *Desk) lookOnce(ctx context.Context, l Look, failed int) int {
	looking, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	found, err := l.Find(looking)
	if ctx.Err() != nil {
		return failed
	}
	blind := digest.Alarm{
		Kind: digest.AlarmDatabase, About: l.Name, Hint: "vesper doctor",
	}
	if err == nil {
		d.heed(ctx, func(k key) bool { return l.owns(k) || k == keyOf(blind) || k == keyOf(broken) }, found)
		return 0
	}
	if failed++; failed == blindAfter {
		d.Log.Warn("can't look what needs somebody", "at", l.Name, "err", quiet(err))
	}
	if failed >= blindAfter {
		blind.Reason = "can't look at " + l.Name + ": " + err.Error()
		d.heed(ctx, func(k key) bool { return k == keyOf(blind) }, []digest.Alarm{blind})
	}
	return failed
}

// lookLimit is how long a look may take.
const lookLimit = time.Minute

func (l Look) owns(k key) bool { return slices.Contains(l.Kinds, k.kind) }

// rest waits, and says whether ctx goes on. A poke ends the wait.
func rest(ctx context.Context, d time.Duration, poke <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-poke:
	}
	return true
}

// poked gives what wakes a way.
func (d *Desk) poked(way string) chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pokeOf(way)
}

func (d *Desk) pokeOf(way string) chan struct{} {
	if d.pokes == nil {
		d.pokes = map[string]chan struct{}{}
	}
	if d.pokes[way] == nil {
		d.pokes[way] = make(chan struct{}, 1)
	}
	return d.pokes[way]
}

// pokeAll wakes all ways. The caller holds mu.
func (d *Desk) pokeAll() {
	for _, w := range d.Ways {
		select {
		case d.pokeOf(w.Name()) <- struct{}{}:
		default:
		}
	}
}

// ways are the names of all ways.
func (d *Desk) ways() []string {
	var all []string
	for _, w := range d.Ways {
		all = append(all, w.Name())
	}
	return all
}

// Unwritable says that somebody could not write to the database. That is an alarm, and well
// again once the next look can.
func (d *Desk) Unwritable(ctx context.Context, err error) {
	a := broken
	a.Reason = "the database can't be written to: " + err.Error()
	d.Raise(ctx, a)
}
