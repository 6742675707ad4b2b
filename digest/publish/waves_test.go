package publish

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
)

// zonesOfThisMachine gives all time zones that are known here.
func zonesOfThisMachine(t *testing.T) []string {
	t.Helper()
	const dir = "/usr/share/zoneinfo"
	all := []string{
		"Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Asuncion",
		"Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia", "Pacific/Chatham", "America/Havana", "Antarctica/Troll",
		"Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Nuuk", "Asia/Tehran",
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, dir+"/")
		if _, known := Known(name); known && strings.Contains(name, "/") && !strings.HasPrefix(name, "right/") {
			all = append(all, name)
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// promised looks for the first minute from which on a reader may get an edition, as a person
// would who looks at the clock on the reader's wall.
func promised(s Slot, zone *time.Location, date digest.Date, base time.Time) time.Time {
	hour := s.minute()
	shows := func(at time.Time) (digest.Date, time.Duration) {
		local := at.In(zone)
		return digest.DateOf(local), time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
	}
	begin := time.Date(date.Year, date.Month, date.Day, 0, 0, 0, 0, time.UTC).Add(-16 * time.Hour)
	for at := begin; ; at = at.Add(time.Minute) {
		day, clock := shows(at)
		if c := day.Compare(date); c < 0 || c == 0 && clock < hour {
			continue
		}
		if at.After(base) {
			return at
		}
		break
	}
	for at := base; ; at = at.Add(time.Minute) {
		if _, clock := shows(at); !s.Quiet.Has(clock) {
			return at
		}
	}
}

// TestEveryReaderIsDueAtTheHourOnTheirWall takes every time zone, the days around its changes
// of the clock and others, and openings of all hours.
func TestEveryReaderIsDueAtTheHourOnTheirWall(t *testing.T) {
	whole.NotRaced(t)
	random := rand.New(rand.NewPCG(1, 18))
	hours := []string{"0 18", "30 6", "15 2", "45 23", "0 0", "30 1"}
	quiets := []string{"", "22:00-07:00", "00:00-06:30", "01:30-02:30", "12:00-14:00", "23:30-01:15"}
	cases := 0
	for _, name := range zonesOfThisMachine(t) {
		zone, known := Known(name)
		if !known {
			t.Fatalf("%s is not known", name)
		}
		days := []time.Time{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(800))}
		for at := days[0]; len(days) < 5; {
			_, next := at.In(zone).ZoneBounds()
			if next.IsZero() || next.Year() > 2030 {
				break
			}
			days, at = append(days, next.AddDate(0, 0, random.IntN(3)-1)), next
		}
		for _, day := range days {
			quiet, err := digest.ParseQuiet(quiets[random.IntN(len(quiets))])
			if err != nil {
				t.Fatal(err)
			}
			home := []*time.Location{time.UTC, zone}[random.IntN(2)]
			s, err := NewSlot(digest.Slot{
				Schedule: hours[random.IntN(len(hours))] + " * * *", Wave: digest.WaveSubscriber, Quiet: quiet,
			}, home)
			if err != nil {
				t.Fatal(err)
			}
			date := digest.DateOf(day)
			base, ok := s.At(date)
			if !ok {
				continue // the publication's own clock leaves the day out
			}
			if random.IntN(3) == 0 {
				base = base.Add(time.Duration(random.IntN(600)) * time.Minute) // late, or by hand
			}
			got := s.DueIn(name, date, base)
			if want := promised(s, zone, date, base); !got.Equal(want) {
				t.Errorf("%s, %s, %q, quiet %+v, opened at %s: due at %s, want %s", name, date, s.Schedule, s.Quiet,
					base, got.In(zone), want.In(zone))
			}
			cases++
		}
	}
	if cases < 15 {
		t.Errorf("%d cases", cases)
	}
	t.Logf("%d cases", cases)
}

// TestWhoHasNoTimeZoneGetsItWithThePublication: at its hour, if it is opened by hand before;
// and not in the night there, if it is opened late.
func TestWhoHasNoTimeZoneGetsItWithThePublication(t *testing.T) {
	quiet := digest.Quiet{From: 22 * time.Hour, To: 7 * time.Hour}
	s, err := NewSlot(digest.Slot{Schedule: "0 18 * * *", Wave: digest.WaveSubscriber, Quiet: quiet}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	date := digest.DateOf(at(29, 18))
	for opened, due := range map[time.Time]time.Time{
		at(29, 15): at(29, 18), at(29, 18): at(29, 18), at(29, 20): at(29, 20), at(29, 23): at(30, 7),
	} {
		for _, name := range []string{"", "Atlantis/Harbour", "Local", "../etc", "UTC"} {
			if got := s.DueIn(name, date, opened); !got.Equal(due) {
				t.Errorf("%q, opened at %s, is due at %s, want %s", name, opened, got, due)
			}
		}
	}
	s.Wave = ""
	if got := s.DueIn("America/New_York", date, at(29, 18)); !got.Equal(at(29, 18)) {
		t.Errorf("without waves New York is due at %s", got)
	}
}

// TestTheTimeZoneOfTheMachineIsOneLikeTheOthers: a container often has one by name, in TZ.
func TestTheTimeZoneOfTheMachineIsOneLikeTheOthers(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	was := time.Local
	t.Cleanup(func() { time.Local = was })
	time.Local = newYork
	if _, known := Known("America/New_York"); !known {
		t.Error("America/New_York is not known there")
	}
	if _, known := Known("Local"); known {
		t.Error("the machine's own is a reader's")
	}
}
