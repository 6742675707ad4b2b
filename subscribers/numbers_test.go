package subscribers_test

import (
	"fmt"
	"testing"
	"time"

	"vesper/subscribers"
)

func TestTheMonthsOfAList(t *testing.T) {
	c := subscribers.NewCalendar(time.FixedZone("west", -5*3600))
	late := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	c.Count(late, late, time.Time{})
	c.Count(late, time.Time{}, late.AddDate(0, 1, 1))
	want := []subscribers.Month{{Name: "2026-10", Added: 2, Confirmed: 1}, {Name: "2026-12", Left: 1}}
	if got := fmt.Sprint(c.Months()); got != fmt.Sprint(want) {
		t.Errorf("got %s, want %v", got, want)
	}
}
