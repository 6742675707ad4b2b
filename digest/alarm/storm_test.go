package alarm

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// A storm tells of fifty at most, and of none that it is well while it is not.
func TestAStormIsBoundedAndEndsNoAlarmThatGoesOn(t *testing.T) {
	c, e := newClock(), &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e)
	storm := make([]digest.Alarm, 1000)
	for i := range storm {
		storm[i] = pausedNow
		storm[i].About, storm[i].Edition = fmt.Sprint("edition ", i), ""
	}
	last := "an edition is paused: edition 999"
	d.finds(t, storm[999])
	e.heard(t, last)
	for range 20 {
		d.finds(t, storm...)
		c.passes(time.Minute)
	}
	if len(e.told) != most {
		t.Errorf("%d more were told, want %d", len(e.told), most)
	}
	// What there is no room for is counted.
	more := slices.IndexFunc(e.texts, func(text string) bool {
		return strings.HasPrefix(text, "an edition is paused: and more\n") && strings.Contains(text, "950 more")
	})
	if more < 0 {
		t.Errorf("what there is no room for is not counted: %q", e.told)
	}
	for _, one := range e.told {
		if strings.HasPrefix(one, "over: ") {
			t.Errorf("told %q while it goes on", one)
		}
	}
	e.told = nil
	// One that is well makes room for another.
	for range 7 {
		d.finds(t, storm[1:]...)
		c.passes(time.Minute)
	}
	e.heard(t, "an edition is paused: edition 49", "over: an edition is paused: edition 0")
	for range 7 {
		d.finds(t, storm[1:most+1]...)
		c.passes(time.Minute)
	}
	if !slices.Contains(e.told, "over: an edition is paused: and more") {
		t.Errorf("told %q once there was room for all", e.told)
	}
}

func TestAfterAClockThatWasAheadTheHeartbeatIsFetchedOnTheNextEvening(t *testing.T) {
	fetched := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched++ }))
	defer s.Close()
	c, f := newClock(), open(t, filepath.Join(t.TempDir(), "vesper.db"))
	d := desk(f, c)
	var evenings []Evening
	d.Heartbeat = &Heartbeat{
		URL: s.URL, Beats: f.Alarms(), Evenings: func(context.Context) ([]Evening, error) { return evenings, nil },
	}
	is := func(slot string, want int) {
		t.Helper()
		evenings = append(evenings, Evening{digest.ID{Date: digest.DateOf(c.now()), Slot: slot, Sequence: 1}, c.now()})
		for range 3 {
			c.passes(time.Minute)
			d.beat(t.Context())
		}
		if fetched != want {
			t.Errorf("fetched %d times, want %d", fetched, want)
		}
	}
	c.passes(365 * 24 * time.Hour)
	is("evening", 1)
	c.passes(-364 * 24 * time.Hour)
	evenings = nil
	is("evening", 2)
	// What can't be recorded of two slots is fetched once for each.
	f.Close()
	d.Heartbeat.Beats = forgetful{}
	is("morning", 4)
}

// forgetful keeps nothing.
type forgetful struct{}

func (forgetful) Beaten(context.Context, string) (time.Time, error) { return time.Time{}, nil }

func (forgetful) Beat(context.Context, digest.ID, time.Time) error {
	return fmt.Errorf("database or disk is full")
}

// Without a database words stand in memory. At the end none of them is begun any more.
func TestWordsInNoQueueHoldUpNoEnd(t *testing.T) {
	e := &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), newClock(), e)
	d.tellLoose(digest.RaisedAlarm{Alarm: pausedNow, Ref: newRef(), Began: d.Now()})
	ended, end := context.WithCancel(t.Context())
	end()
	d.tellUnqueued(ended, e)
	e.heard(t)
	d.tellUnqueued(t.Context(), e)
	e.heard(t, began)
}

// A way that takes its time for each of many has a worse one next, as soon as it is there.
func TestAWorseAlarmIsNotHeldUpByManyThatAreOwed(t *testing.T) {
	c, e := newClock(), &ear{name: "command"}
	d := desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e)
	own := func(key) bool { return true }
	feeds := make([]digest.Alarm, 40)
	for i := range feeds {
		feeds[i] = digest.Alarm{Kind: digest.AlarmFeed, About: fmt.Sprintf("feed%02d.example", i), Reason: "silent"}
	}
	d.heed(t.Context(), own, feeds)
	e.fails = fmt.Errorf("no answer within 15s")
	var asked []string
	e.before = func() {
		c.passes(15 * time.Second)
		if len(asked) == 0 {
			disk := digest.Alarm{Kind: digest.AlarmDisk, Reason: "1 MB is free"}
			d.heed(t.Context(), own, append(feeds, disk, pausedNow))
		}
	}
	e.asked = func(m Message) { asked = append(asked, m.Title()) }
	d.tellOwed(t.Context(), e)
	if len(asked) < 42 || asked[1] != began || asked[2] != "the disk is nearly full" {
		t.Errorf("asked to tell %q", asked)
	}
	seen := map[string]bool{}
	for _, one := range asked {
		if seen[one] {
			t.Errorf("%q was begun twice at a time", one)
		}
		seen[one] = true
	}
	// The same without a database.
	d, asked = desk(open(t, filepath.Join(t.TempDir(), "vesper.db")), c, e), nil
	for _, a := range append(feeds, pausedNow) {
		d.tellLoose(digest.RaisedAlarm{Alarm: a, Ref: newRef(), Began: c.now()})
	}
	e.before = nil
	d.tellUnqueued(t.Context(), e)
	if len(asked) != 41 || asked[0] != began {
		t.Errorf("without a database asked to tell %q", asked)
	}
}

// A board that can't be kept is logged once, and once when it can be again.
func TestThatTheBoardCantBeKeptIsLoggedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	c, f := newClock(), open(t, path)
	var log strings.Builder
	d := desk(f, c, &ear{name: "command"})
	d.Log = slog.New(slog.NewTextHandler(&log, nil))
	f.Close()
	for range 3 {
		d.finds(t, pausedNow)
	}
	f = open(t, path)
	d.Board, d.Queue = f.Alarms(), f.Alarms()
	for range 3 {
		d.finds(t, pausedNow)
	}
	for _, once := range []string{
		"can't keep which alarms are on", "which alarms are on is kept again",
		"can't read which alarms are to be told", "which alarms are to be told is read again",
	} {
		if n := strings.Count(log.String(), once); n != 1 {
			t.Errorf("%q is logged %d times, want once\n%s", once, n, &log)
		}
	}
}
