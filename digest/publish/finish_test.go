package publish

import (
	"testing"
	"time"

	"vesper/digest"
)

func TestAnEditionIsToBeFinishedAfterItsTimeOnEveryDay(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		schedule, by string
		day          digest.Date
		want         string
	}{
		{"0 18 * * *", "18:30", digest.Date{Year: 2026, Month: 11, Day: 27}, "2026-11-27T18:30:00+01:00"},
		// At 2:00 the clock is set to 3:00.
		{"30 1 * * *", "2:30", digest.Date{Year: 2026, Month: 3, Day: 29}, "2026-03-29T03:00:00+02:00"},
		{"15 2 * * *", "2:45", digest.Date{Year: 2026, Month: 3, Day: 29}, "2026-03-29T03:30:00+02:00"},
		{"30 1 * * *", "03:30", digest.Date{Year: 2026, Month: 3, Day: 29}, "2026-03-29T03:30:00+02:00"},
		// At 3:00 the clock is set to 2:00.
		{"30 1 * * *", "02:30", digest.Date{Year: 2026, Month: 10, Day: 25}, "2026-10-25T02:30:00+02:00"},
		// In the night after.
		{"30 23 * * *", "00:30", digest.Date{Year: 2026, Month: 11, Day: 27}, "2026-11-28T00:30:00+01:00"},
		{"30 23 * * *", "02:30", digest.Date{Year: 2026, Month: 3, Day: 28}, "2026-03-29T03:00:00+02:00"},
		{"0 18 * * *", "6:00", digest.Date{Year: 2026, Month: 12, Day: 31}, "2027-01-01T06:00:00+01:00"},
		{"30 2 * * *", "03:30", digest.Date{Year: 2026, Month: 10, Day: 25}, "2026-10-25T03:30:00+01:00"},
	} {
		s, err := NewSlot(digest.Slot{Schedule: c.schedule, FinishBy: c.by}, zone)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := s.At(c.day)
		got := s.Finish(c.day)
		if got.In(zone).Format(time.RFC3339) != c.want || !got.After(at) {
			t.Errorf("%s by %s on %s: got %s, want %s", c.schedule, c.by, c.day, got.In(zone).Format(time.RFC3339), c.want)
		}
	}
	for _, by := range []string{"18:00", "17:59", "6:01", "24:00", "soon", "18"} {
		if _, err := NewSlot(digest.Slot{Schedule: "0 18 * * *", FinishBy: by}, zone); err == nil {
			t.Errorf("finish_by %q was taken", by)
		}
	}
}
