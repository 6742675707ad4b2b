package alarm

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/store"
)

// clock is set by tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) passes(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)} }

// ear is a way that keeps what it was told, and fails when it is to.
type ear struct {
	name   string
	told   []string
	ids    []string
	texts  []string
	fails  error
	before func()
	asked  func(Message)
}

func (e *ear) Name() string { return e.name }

func (e *ear) Tell(_ context.Context, m Message) error {
	if e.before != nil {
		e.before()
	}
	if e.asked != nil {
		e.asked(m)
	}
	if e.fails != nil {
		return e.fails
	}
	e.told, e.ids, e.texts = append(e.told, m.Title()), append(e.ids, m.ID), append(e.texts, m.text())
	return nil
}

func (e *ear) heard(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(e.told, want) {
		t.Errorf("%s was told %q, want %q", e.name, e.told, want)
	}
	e.told = nil
}

// open opens a database, as a process does when it starts.
func open(t *testing.T, path string) *store.File {
	t.Helper()
	f, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func desk(f *store.File, c *clock, ways ...Way) *Desk {
	return &Desk{
		Board: f.Alarms(), Queue: f.Alarms(), Ways: ways, Now: c.now, Log: slog.New(slog.DiscardHandler),
		Publication: "Newslooks", Host: "mail1",
	}
}

var pausedNow = digest.Alarm{
	Kind: digest.AlarmPaused, About: "2026-11-27-evening", Edition: "2026-11-27-evening",
	Reason: "the relay refuses us: 535 5.7.8 bad password", Hint: "vesper doctor relay",
}

// finds has a look that owns pauses find these.
func (d *Desk) finds(t *testing.T, found ...digest.Alarm) {
	t.Helper()
	d.lookOnce(t.Context(), Look{Name: "editions", Kinds: []digest.AlarmKind{digest.AlarmPaused}, Find: func(
		context.Context,
	) ([]digest.Alarm, error) {
		return found, nil
	}}, 0)
	for _, w := range d.Ways {
		d.tellOwed(t.Context(), w)
	}
}

const (
	began = "an edition is paused: 2026-11-27-evening"
	over  = "over: an edition is paused: 2026-11-27-evening"
)

func TestAnAlarmIsToldOnceWhenItBeginsAndOnceWhenItIsOver(t *testing.T) {
	c, e := newClock(), &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e)
	d.finds(t, pausedNow)
	e.heard(t, began)
	for range 20 {
		c.passes(time.Minute)
		d.finds(t, pausedNow)
	}
	e.heard(t)
	for range 5 {
		d.finds(t)
		c.passes(time.Minute)
	}
	e.heard(t) // well for four minutes
	d.finds(t)
	e.heard(t, over)
	d.finds(t)
	e.heard(t)
	if want := strings.TrimSuffix(e.ids[0], "_began") + "_over"; e.ids[1] != want {
		t.Errorf("the end is named %s, want %s", e.ids[1], want)
	}
}

func TestARestartNeitherRepeatsABeginningNorForgetsAnEnd(t *testing.T) {
	c, e, path := newClock(), &ear{name: "command"}, filepath.Join(t.TempDir(), "vesper.db")
	f := open(t, path)
	start := func() *Desk {
		f.Close()
		f = open(t, path)
		return desk(f, c, e)
	}
	start().finds(t, pausedNow)
	e.heard(t, began)
	start().finds(t, pausedNow)
	e.heard(t)
	// It ends while nothing runs.
	start().finds(t)
	c.passes(calm)
	start().finds(t)
	e.heard(t, over)
}

func TestWhoIsKilledBeforeTheTellingTellsAfterwardsAndThenNoMore(t *testing.T) {
	c, e, path := newClock(), &ear{name: "command"}, filepath.Join(t.TempDir(), "vesper.db")
	f := open(t, path)
	d := desk(f, c, e)
	// It is entered, and then the process is gone.
	d.heed(t.Context(), func(key) bool { return true }, []digest.Alarm{pausedNow})
	f.Close()
	e.heard(t)
	f = open(t, path)
	d = desk(f, c, e)
	d.tellOwed(t.Context(), e)
	e.heard(t, began)
	// Killed between the telling and its record, it has the same name the second time.
	word := digest.AlarmWord{Way: "command"}
	on, err := f.Alarms().On(t.Context())
	if err != nil || len(on) != 1 {
		t.Fatal(on, err)
	}
	word.RaisedAlarm = on[0]
	if again := d.message(word).ID; again != e.ids[0] {
		t.Errorf("told as %s, and then as %s", e.ids[0], again)
	}
	f.Close()
	d = desk(open(t, path), c, e)
	d.finds(t, pausedNow)
	e.heard(t)
}

func TestWhatFlapsIsToldLessAndLessOften(t *testing.T) {
	c, e := newClock(), &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e)
	// Bad for a minute, well for four: that is one alarm.
	for minute := range 60 {
		if minute%5 == 0 {
			d.finds(t, pausedNow)
		} else {
			d.finds(t)
		}
		c.passes(time.Minute)
	}
	e.heard(t, began)
	// Bad for a minute, well for nine, all day: each time it takes twice as long to believe
	// that it is over.
	for minute := range 24 * 60 {
		if minute%10 == 0 {
			d.finds(t, pausedNow)
		} else {
			d.finds(t)
		}
		c.passes(time.Minute)
	}
	if n := len(e.told); n == 0 || n > 4 {
		t.Errorf("within a day of flapping %d were told: %q", n, e.told)
	}
}

func TestAnAlarmForAnotherEveningIsANewOne(t *testing.T) {
	c, e := newClock(), &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e)
	empty := digest.Alarm{Kind: digest.AlarmPaused, About: "evening", Edition: "2026-11-27-evening", Reason: "none"}
	d.finds(t, empty)
	c.passes(24 * time.Hour)
	empty.Edition = "2026-11-28-evening"
	d.finds(t, empty)
	// Whoever keeps a list of what is on hears that the first is over, but not that it is well.
	e.heard(t, began, over, "an edition is paused: 2026-11-28-evening")
	if !strings.HasPrefix(e.texts[1], over+"\n\nThe same is so of another edition") {
		t.Errorf("told %s", e.texts[1])
	}
	if e.ids[1] != strings.TrimSuffix(e.ids[0], "_began")+"_over" {
		t.Errorf("told as %q", e.ids)
	}
	d.finds(t)
	c.passes(calm)
	d.finds(t)
	e.heard(t, "over: an edition is paused: 2026-11-28-evening")
	if !strings.Contains(e.texts[3], "It is well again.") {
		t.Errorf("told %s", e.texts[3])
	}
}

func TestAWayThatFailsIsTriedAgainAndHoldsUpNoOther(t *testing.T) {
	c, deaf, e := newClock(), &ear{name: "webhook", fails: errors.New("it answers 503")}, &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, deaf, e)
	tries := 0
	deaf.before = func() { tries++ }
	d.finds(t, pausedNow)
	e.heard(t, began)
	for range 60 {
		c.passes(time.Second)
		d.finds(t, pausedNow)
	}
	if tries != 3 {
		t.Errorf("tried %d times in the first minute, want 3: after 5 s, and 30 s after that", tries)
	}
	deaf.fails = nil
	c.passes(2 * time.Minute)
	d.finds(t, pausedNow)
	deaf.heard(t, began)
	e.heard(t)
	// What was not told within a day is given up, and its end is told all the same.
	deaf.fails = errors.New("it answers 503")
	other := pausedNow
	other.About = "another"
	for range 30 {
		d.finds(t, pausedNow, other)
		c.passes(time.Hour)
	}
	deaf.fails = nil
	d.finds(t, pausedNow)
	c.passes(calm)
	d.finds(t, pausedNow)
	c.passes(time.Hour)
	d.finds(t, pausedNow)
	if len(deaf.told) != 1 || !strings.HasPrefix(deaf.told[0], "over: ") {
		t.Errorf("after a day it was told %q", deaf.told)
	}
}

func TestWhenTheDatabaseCantBeWrittenAnAlarmGoesOutOnce(t *testing.T) {
	c, e, path := newClock(), &ear{name: "command"}, filepath.Join(t.TempDir(), "vesper.db")
	f := open(t, path)
	d := desk(f, c, e)
	f.Close()
	for range 10 {
		d.finds(t, pausedNow)
		c.passes(time.Minute)
	}
	e.heard(t, "the database can't be used", began)
	// Once it can be, nothing is told twice, and the end is not forgotten.
	f = open(t, path)
	d.Board, d.Queue = f.Alarms(), f.Alarms()
	d.finds(t, pausedNow)
	c.passes(calm)
	d.finds(t, pausedNow)
	e.heard(t, "over: the database can't be used")
	d.finds(t)
	c.passes(calm)
	d.finds(t)
	e.heard(t, over)
}

func TestALookThatFailsSaysNothingAndThenThatItIsBlind(t *testing.T) {
	c, e := newClock(), &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e)
	d.finds(t, pausedNow)
	e.heard(t, began)
	look := Look{Name: "editions", Kinds: []digest.AlarmKind{digest.AlarmPaused}, Find: func(
		context.Context,
	) ([]digest.Alarm, error) {
		return nil, errors.New("disk I/O error")
	}}
	for failed := range 30 {
		d.lookOnce(t.Context(), look, failed)
		c.passes(time.Minute)
		d.tellOwed(t.Context(), e)
	}
	e.heard(t, "the database can't be used: editions")
}

func TestWhatIsRaisedByOthersEndsByTheirWord(t *testing.T) {
	c, e := newClock(), &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e)
	for range 3 {
		d.Raise(t.Context(), digest.Alarm{Kind: digest.AlarmBackup, Reason: "no room for ada@reader.example\n"})
		d.finds(t)
		c.passes(time.Hour)
	}
	e.heard(t, "no backup was made")
	if on, err := d.Board.On(t.Context()); err != nil || len(on) != 1 || on[0].Reason != "no room for <…>" {
		t.Errorf("got %+v, %v", on, err)
	}
	d.Well(t.Context(), digest.AlarmBackup, "")
	d.finds(t)
	e.heard(t)
	c.passes(calm)
	d.finds(t)
	e.heard(t, "over: no backup was made")
}

// hanging is a way that tells nobody until it is told to stop.
type hanging struct{ begun chan struct{} }

func (hanging) Name() string { return "webhook" }

func (h hanging) Tell(ctx context.Context, _ Message) error {
	close(h.begun)
	<-ctx.Done()
	return ctx.Err()
}

func TestAWayThatHangsHoldsUpNeitherTheOthersNorTheEnd(t *testing.T) {
	h, told := hanging{make(chan struct{})}, make(chan struct{})
	e := &ear{name: "command", before: func() { close(told) }}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), newClock(), h, e)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Serve(ctx) }()
	d.Raise(t.Context(), pausedNow)
	<-h.begun
	<-told
	stop()
	at := time.Now()
	<-ended
	if took := time.Since(at); took > 2*lastWord {
		t.Errorf("it ended after %s", took)
	}
}
