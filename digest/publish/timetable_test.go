package publish

import (
	"slices"
	"testing"
	"time"

	"vesper/digest"
)

// TestADayThatNobodyHadPlannedIsNotMissed looks at Tuesday, 24 November, at 20:00, three
// days after the service was first started, with two hours of grace.
func TestADayThatNobodyHadPlannedIsNotMissed(t *testing.T) {
	date := func(day int) digest.Date { return digest.Date{Year: 2026, Month: time.November, Day: day} }
	london := zone(t, "Europe/London")
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, london) }
	slot := func(schedule string, except ...digest.Date) Slot {
		s, err := NewSlot(digest.Slot{Schedule: schedule, Except: except, Grace: 2 * time.Hour}, london)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	daily := "0 18 * * *"
	for name, c := range map[string]struct {
		is      Slot
		former  string
		changed time.Time
		want    []int
	}{
		"as it was":                      {slot(daily), "", time.Time{}, []int{21, 22, 23, 24}},
		"no more excepted":               {slot(daily), slot(daily, date(22)).Timetable(), at(23, 9), []int{21, 23, 24}},
		"no more excepted in its grace":  {slot(daily), slot(daily, date(24)).Timetable(), at(24, 19), []int{21, 22, 23, 24}},
		"a Sunday that is new":           {slot(daily), slot("0 18 * * 1-6").Timetable(), at(23, 9), []int{21, 23, 24}},
		"another hour of the same days":  {slot("0 17 * * *"), slot(daily).Timetable(), at(24, 20), []int{21, 22, 23, 24}},
		"a slot that was away":           {slot(daily), "", at(23, 9), []int{23, 24}},
		"a slot that was sent by hand":   {slot(daily), slot("").Timetable(), at(23, 9), []int{23, 24}},
		"what can't be read any more":    {slot(daily), "0 18 * * *\nAtlantis/Harbour", at(23, 9), []int{21, 22, 23, 24}},
		"a day that is excepted now":     {slot(daily, date(22)), slot(daily).Timetable(), at(23, 9), []int{21, 23, 24}},
		"what came after it was changed": {slot(daily), slot(daily, date(22)).Timetable(), at(22, 9), []int{21, 22, 23, 24}},
	} {
		t.Run(name, func(t *testing.T) {
			past := digest.History{Since: at(21, 9), Changed: c.changed, Former: c.former}
			var got []int
			for _, day := range c.is.due(past, at(24, 20)) {
				got = append(got, day.Day)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("due are the days %v, want %v", got, c.want)
			}
		})
	}
}
