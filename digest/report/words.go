package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// number writes a number with a comma before each three digits.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func noun(n int, one string) string {
	if n == 1 {
		return one
	}
	return one + "s"
}

func count(n int, one string) string { return number(n) + " " + noun(n, one) }

// moment writes a time to the minute.
func moment(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2 January 2006, 15:04 MST")
}

// clock writes a time without the day, if that is the day of another one.
func clock(t, day time.Time, zone *time.Location) string {
	if t.In(zone).Format(time.DateOnly) == day.In(zone).Format(time.DateOnly) {
		return t.In(zone).Format("15:04 MST")
	}
	return moment(t, zone)
}

// span writes how long something took, in two units at most.
func span(d time.Duration) string {
	days, hours, minutes, seconds := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days > 0:
		return joined(days, "d", hours, "h")
	case hours > 0:
		return joined(hours, "h", minutes, "min")
	case minutes > 0:
		return joined(minutes, "min", seconds, "s")
	}
	if seconds == 0 {
		return "less than a second"
	}
	return fmt.Sprintf("%d s", seconds)
}

func joined(n int, unit string, m int, less string) string {
	s := fmt.Sprintf("%d %s", n, unit)
	if m > 0 {
		s += fmt.Sprintf(" %d %s", m, less)
	}
	return s
}

// oneLine makes foreign text a line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
