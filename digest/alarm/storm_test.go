package alarm

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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
	if len(e.told) != most-1 {
		t.Errorf("%d more were told, want %d", len(e.told), most-1)
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
