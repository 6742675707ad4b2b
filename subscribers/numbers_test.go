package subscribers_test

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"vesper/subscribers"
)

func TestTheMonthsOfAList(t *testing.T) {
	c := subscribers.NewCensus(time.FixedZone("west", -5*3600))
	late := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	c.Added(late.Unix())
	c.Confirmed(late.Unix())
	c.Added(late.Unix())
	c.Left(late.AddDate(0, 1, 1).Unix())
	want := []subscribers.Month{{Name: "2026-10", Added: 2, Confirmed: 1}, {Name: "2026-12", Left: 1}}
	if got := fmt.Sprint(c.Numbers().Months); got != fmt.Sprint(want) {
		t.Errorf("got %s, want %v", got, want)
	}
}

// Each moment is in the month that the calendar of the zone has for it, whatever was
// counted before it: also where a day is missing, or midnight comes twice.
func TestACensusKeepsToTheCalendar(t *testing.T) {
	for _, name := range []string{"UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		c, want := subscribers.NewCensus(zone), map[string]int{}
		for at := time.Date(1969, 11, 20, 0, 0, 0, 0, time.UTC); at.Year() < 2013; at = at.Add(7*time.Hour + 13*time.Second) {
			c.Added(at.Unix())
			want[at.In(zone).Format("2006-01")]++
		}
		got := map[string]int{}
		for _, m := range c.Numbers().Months {
			got[m.Name] = m.Added
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestCensusesAddUp(t *testing.T) {
	all := subscribers.NewCensus(time.UTC)
	for i := range 2 {
		part := subscribers.NewCensus(time.UTC)
		part.Standing(subscribers.Active, 2)
		part.Standing(subscribers.Suppressed, i)
		part.Domain([]byte("ana@quay.example"), 1)
		part.Domain([]byte(`"b@d"@pier.example`), 1+i)
		part.Left(0)
		all.Add(part)
	}
	want := subscribers.Numbers{
		ByStatus: map[subscribers.Status]int{subscribers.Active: 4, subscribers.Suppressed: 1},
		Months:   []subscribers.Month{{Name: "1970-01", Left: 2}},
		Domains:  []subscribers.Domain{{Name: "pier.example", Readers: 3}, {Name: "quay.example", Readers: 2}},
	}
	if got := fmt.Sprint(all.Numbers()); got != fmt.Sprint(want) {
		t.Errorf("got %s, want %v", got, want)
	}
}
