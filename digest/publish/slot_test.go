package publish

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestSchedulesThatAreNotOneEditionADayAreRefused(t *testing.T) {
	for spec, want := range map[string]string{
		"TZ=Europe/Vienna":      "time zone",
		"TZ=UTC 0 18 * * *":     "time zone",
		"CRON_TZ=UTC 0 18 * *":  "time zone",
		"0 18 * *":              "not a cron schedule",
		"0 25 * * *":            "not a cron schedule",
		"@every 1h":             "more than once a day",
		"@hourly":               "more than once a day",
		"0 6,18 * * *":          "more than once a day",
		"*/30 18 * * *":         "more than once a day",
		"* * * * *":             "more than once a day",
		"0 18 31 2 *":           "never happens",
		"0 18 30 feb *":         "never happens",
		"0 18 * * * ; rm -rf /": "not a cron schedule",
	} {
		if _, err := NewSlot(digest.Slot{Schedule: spec}, time.UTC); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", spec, err, want)
		}
	}
	for _, spec := range []string{"0 18 * * *", "30 6 * * mon-fri", "@daily", "0 18 29 2 *", "5 7 1,15 * *"} {
		if _, err := NewSlot(digest.Slot{Schedule: spec}, time.UTC); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

func TestEveryLocalDayHasOneEditionAroundDaylightSaving(t *testing.T) {
	for _, c := range []struct{ zone, spec, date, want string }{
		{"America/New_York", "0 18 * * *", "2026-03-08", "2026-03-08T18:00:00-04:00"},
		{"America/New_York", "0 18 * * *", "2026-11-01", "2026-11-01T18:00:00-05:00"},
		// In the gap: the first instant after it. Twice: the first of the two.
		{"America/New_York", "30 2 * * *", "2026-03-08", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "30 1 * * *", "2026-11-01", "2026-11-01T01:30:00-04:00"},
		{"Africa/Cairo", "30 0 * * *", "2026-04-24", "2026-04-24T01:00:00+03:00"},
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-04", "2026-10-04T02:30:00+11:00"},
		{"Australia/Lord_Howe", "45 1 * * *", "2026-04-05", "2026-04-05T01:45:00+11:00"},
	} {
		slot, err := NewSlot(digest.Slot{Schedule: c.spec}, zone(t, c.zone))
		if err != nil {
			t.Fatal(err)
		}
		date, _ := digest.ParseDate(c.date)
		at, ok := slot.At(date)
		if got := at.Format(time.RFC3339); !ok || got != c.want {
			t.Errorf("%s %q on %s: got %s, %v, want %s", c.zone, c.spec, c.date, got, ok, c.want)
		}
	}
}

func TestWeekdaysAndMissingDaysAreKept(t *testing.T) {
	slot, err := NewSlot(digest.Slot{Schedule: "0 18 * * mon-fri"}, zone(t, "Europe/Vienna"))
	if err != nil {
		t.Fatal(err)
	}
	saturday := digest.Date{Year: 2026, Month: 11, Day: 21}
	if at, ok := slot.At(saturday); ok {
		t.Errorf("an edition on Saturday, %v", at)
	}
	if got := slot.After(saturday.AddDays(-1)).Format(time.RFC3339); got != "2026-11-23T18:00:00+01:00" {
		t.Errorf("after Friday comes %s", got)
	}
	// Samoa had no 30 December 2011.
	apia, err := NewSlot(digest.Slot{Schedule: "0 18 * * *"}, zone(t, "Pacific/Apia"))
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := apia.At(digest.Date{Year: 2011, Month: 12, Day: 30}); ok {
		t.Errorf("an edition on a day that never was, %v", at)
	}
}

// TestNoTransitionOfAnyZoneLosesOrDoublesAnEdition goes through every change of
// local time that falls into the evening or after midnight.
func TestNoTransitionOfAnyZoneLosesOrDoublesAnEdition(t *testing.T) {
	f, err := os.Open("../../../shared/data/schedule/tz-evening-or-midnight-transitions.jsonl")
	if err != nil {
		t.Skip("the collected transitions are not here: ", err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var row struct{ Zone, UTC string }
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		loc, err := time.LoadLocation(row.Zone)
		if err != nil {
			t.Logf("%s is not known here", row.Zone)
			continue
		}
		at, err := time.Parse("2006-01-02T15:04Z07:00", row.UTC)
		if err != nil {
			t.Fatal(err)
		}
		for _, minutes := range []int{-61, -60, -31, -30, -1, 0, 1, 30, 31, 60, 61} {
			local := at.Add(time.Duration(minutes) * time.Minute).In(loc)
			checkDays(t, loc, fmt.Sprintf("%d %d * * *", local.Minute(), local.Hour()), digest.DateOf(local))
		}
	}
}

func checkDays(t *testing.T, loc *time.Location, spec string, around digest.Date) {
	t.Helper()
	slot, err := NewSlot(digest.Slot{Schedule: spec}, loc)
	if err != nil {
		t.Fatal(err)
	}
	var last time.Time
	for n := -3; n <= 3; n++ {
		day := around.AddDays(n)
		at, ok := slot.At(day)
		if !ok || digest.DateOf(at.In(loc)) != day {
			t.Errorf("%s %q: no edition on %s (%v)", loc, spec, day, at)
		}
		if gap := at.Sub(last); !last.IsZero() && (gap < 22*time.Hour || gap > 26*time.Hour) {
			t.Errorf("%s %q: %v between the editions up to %s", loc, spec, gap, day)
		}
		if next := slot.After(day.AddDays(-1)); !next.Equal(at) {
			t.Errorf("%s %q: after %s comes %v, want %v", loc, spec, day.AddDays(-1), next, at)
		}
		last = at
	}
}

func TestTheTimerIsSetForEachEditionByOurClock(t *testing.T) {
	slot, err := NewSlot(digest.Slot{Schedule: "30 2 * * mon-fri"}, zone(t, "America/New_York"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ now, want string }{
		{"2026-11-19T23:00:00-05:00", "2026-11-20T02:30:00-05:00"},
		// The moment itself is over, and the weekend has none.
		{"2026-11-20T02:30:00-05:00", "2026-11-23T02:30:00-05:00"},
		{"2026-11-20T07:29:59Z", "2026-11-20T02:30:00-05:00"},
		{"2026-11-20T07:30:00Z", "2026-11-23T02:30:00-05:00"},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		next := slot.Next(now)
		if got := next.Format(time.RFC3339); got != test.want {
			t.Errorf("after %s comes %s, want %s", test.now, got, test.want)
		}
		// The machine's clock, which cron's timer runs by, may show another time.
		machine := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		wakes := onOurClock{slot, func() time.Time { return now }}.Next(machine)
		if wakes.Sub(machine) != next.Sub(now) {
			t.Errorf("at %s the timer is set for %v, want %v", test.now, wakes.Sub(machine), next.Sub(now))
		}
	}
	// The day of a gap, on which cron's own schedule would not fire, has an edition.
	gap, _ := NewSlot(digest.Slot{Schedule: "30 2 * * *"}, zone(t, "America/New_York"))
	night := time.Date(2026, 3, 8, 6, 0, 0, 0, time.UTC)
	if got := gap.Next(night).Format(time.RFC3339); got != "2026-03-08T03:00:00-04:00" {
		t.Errorf("in the gap comes %s", got)
	}
}

func TestTheEveningsOfAYearAreTheWeekdaysWithAnEdition(t *testing.T) {
	for spec, want := range map[string]string{
		"0 18 * * *":       "[Sunday Monday Tuesday Wednesday Thursday Friday Saturday]",
		"0 18 * * mon-fri": "[Monday Tuesday Wednesday Thursday Friday]",
		"0 18 1 1 *":       "[Friday]",
		"0 18 29 2 *":      "[]",
	} {
		slot, err := NewSlot(digest.Slot{Schedule: spec}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(slot.Evenings(digest.Date{Year: 2026, Month: 11, Day: 20})); got != want {
			t.Errorf("%s: got %s, want %s", spec, got, want)
		}
	}
}
