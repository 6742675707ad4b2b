package templates

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// DateWords are the words for dates and times of day. In their phrases {weekday},
// {day}, {month} and {year} stand for the parts of a date, {h} and {hh} for the hour
// of 24, {h12} for the hour of 12, and {mm} for the minutes.
type DateWords struct {
	Months   []string `json:"months"`
	Weekdays []string `json:"weekdays"`
	// WorkingWeek are the working days in their order, by their English names in small
	// letters. Empty: Monday to Friday. Readers are offered these evenings and the others,
	// which PageWords names Workdays and Weekend, and lists of days begin with the first.
	WorkingWeek []string `json:"working_week,omitempty"`
	// Long is a date with its weekday and year, Day with its weekday, Full with its year,
	// Short with neither.
	// Month is a month with its year.
	Long  string `json:"long"`
	Day   string `json:"day"`
	Full  string `json:"full"`
	Short string `json:"short"`
	Month string `json:"month"`
	// First is how the first of a month is written, if it is not "1".
	First string `json:"first,omitempty"`

	// Hour is a full hour, Minute any other time. {half} in them is AM or PM. Noon and
	// Midnight are used for these hours if the language has words for them.
	Hour   string `json:"hour"`
	Minute string `json:"minute"`
	AM     string `json:"am,omitempty"`
	PM     string `json:"pm,omitempty"`
	// Zero is used instead of Hour and Minute in the first hour of the day, One in the second.
	Zero     string `json:"zero,omitempty"`
	One      string `json:"one,omitempty"`
	Noon     string `json:"noon,omitempty"`
	Midnight string `json:"midnight,omitempty"`

	// These say when something comes. {time} is a time of day, {date} a Short date.
	Today    string `json:"today"`
	Tomorrow string `json:"tomorrow"`
	Weekday  string `json:"weekday"`
	Date     string `json:"date"`
}

// DayForm is how a language writes a date. It has all that is needed for that, so that
// it can be kept with a message.
type DayForm struct {
	Phrase string   `json:"phrase"`
	Months []string `json:"months"`
	First  string   `json:"first,omitempty"`
}

// On gives the date of t in t's own location.
func (f DayForm) On(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 && f.First != "" {
		day = f.First
	}
	month := ""
	if m := int(t.Month()) - 1; m < len(f.Months) {
		month = f.Months[m]
	}
	return Say(f.Phrase, "day", day, "month", month, "year", fmt.Sprint(t.Year()))
}

// form is how a date is written in one of the language's phrases.
func (d DateWords) form(phrase string) DayForm {
	return DayForm{Phrase: phrase, Months: d.Months, First: d.First}
}

// LongDate gives a date with its weekday.
func (w *Words) LongDate(t time.Time) string {
	return w.Dates.form(Say(w.Dates.Long, "weekday", w.Dates.weekday(t))).On(t)
}

// Day gives a date with its weekday and without its year, as it stands alone.
func (w *Words) Day(t time.Time) string {
	return w.Capital(w.Dates.form(Say(w.Dates.Day, "weekday", w.Dates.weekday(t))).On(t))
}

// FullDate gives a date without its weekday.
func (w *Words) FullDate(t time.Time) string { return w.Dates.form(w.Dates.Full).On(t) }

// MonthOf gives the month of a date, as it stands above a list.
func (w *Words) MonthOf(t time.Time) string { return w.Capital(w.Dates.form(w.Dates.Month).On(t)) }

// Since is how the footer says since when a reader gets the edition. It is a part of a
// sentence.
func (w *Words) Since() DayForm {
	return w.Dates.form(Say(w.Edition.Since, "date", w.Dates.Full))
}

func (d DateWords) weekday(t time.Time) string {
	if i := int(t.Weekday()); i < len(d.Weekdays) {
		return d.Weekdays[i]
	}
	return ""
}

// Workdays gives the days of the working week, the first one first.
func (w *Words) Workdays() []time.Weekday {
	var days []time.Weekday
	for _, name := range w.Dates.WorkingWeek {
		if d := weekdayNamed(name); d >= 0 && !slices.Contains(days, d) {
			days = append(days, d)
		}
	}
	if len(days) == 0 {
		return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	}
	return days
}

// Week gives all days of the week: it begins where the working week does.
func (w *Words) Week() []time.Weekday {
	first := w.Workdays()[0]
	days := make([]time.Weekday, 7)
	for i := range days {
		days[i] = (first + time.Weekday(i)) % 7
	}
	return days
}

// weekdayNamed gives the day of an English name in small letters, -1 if there is none.
func weekdayNamed(name string) time.Weekday {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.ToLower(d.String()) == name {
			return d
		}
	}
	return -1
}

// Clock gives a time of day.
func (w *Words) Clock(t time.Time) string {
	d := w.Dates
	hour, half := t.Hour(), d.AM
	if hour >= 12 {
		half = d.PM
	}
	phrase := d.Minute
	if t.Minute() == 0 {
		switch phrase = d.Hour; {
		case hour == 12 && d.Noon != "":
			return d.Noon
		case hour == 0 && d.Midnight != "":
			return d.Midnight
		}
	}
	switch {
	case hour == 0 && d.Zero != "":
		phrase = d.Zero
	case hour == 1 && d.One != "":
		phrase = d.One
	}
	return Say(phrase, "h", fmt.Sprint(hour), "hh", fmt.Sprintf("%02d", hour), "h12", fmt.Sprint((hour+11)%12+1),
		"mm", fmt.Sprintf("%02d", t.Minute()), "half", half)
}

// When says when something comes, as seen from the day of now: today at six, on Monday
// at noon. Both are local times. It is "" for a day of the past.
func (w *Words) When(t, now time.Time) string {
	midnight := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	phrase := w.Dates.Date
	switch days := int(midnight(t).Sub(midnight(now)).Hours() / 24); {
	case days < 0:
		return ""
	case days == 0:
		phrase = w.Dates.Today
	case days == 1:
		phrase = w.Dates.Tomorrow
	case days < 7:
		phrase = w.Dates.Weekday
	}
	return Say(phrase, "time", w.Clock(t), "weekday", w.Dates.weekday(t), "date", w.Dates.form(w.Dates.Short).On(t))
}
