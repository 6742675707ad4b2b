package render

import (
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// words is every word of ours in an edition: the fixed ones as fields for the
// templates, those with a value in them as methods. English is the one language
// so far; what else is needed for another one is in this file.
type words struct {
	Contents, QuickLooks, DeepLook, InBrief string
	Unsubscribe, WebView, Back              string
	Whole                                   string
}

func english() words {
	return words{
		Contents: "In this edition", QuickLooks: "Quick Looks", DeepLook: "Deep Look", InBrief: "In brief",
		Unsubscribe: "Unsubscribe", WebView: "View in browser", Back: "Back to the whole edition",
		Whole: "That is the whole edition.",
	}
}

func (words) stories(n int) string {
	if n == 1 {
		return "1 story"
	}
	return fmt.Sprintf("%d stories", n)
}

func (words) minutes(n int) string { return fmt.Sprintf("%d min read", n) }

func (words) moreInBrief(n int) string { return fmt.Sprintf("and %d more in brief", n) }

func (words) moreLooks(n int) string {
	if n == 1 {
		return "1 more Quick Look"
	}
	return fmt.Sprintf("%d more Quick Looks", n)
}

func (words) plus(headlines string) string { return stop("Plus: " + headlines) }

// why says how the reader came to be one; since is a phrase or empty.
func (words) why(address, name, since string) string {
	return "You get this email because " + address + " confirmed a subscription to " + name + since + "."
}

func (words) since(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return " on " + t.In(zone).Format("January 2, 2006")
}

func (words) longDate(t time.Time) string { return t.Format("Monday, January 2, 2006") }

// end closes the edition of the day today; next is local time.
func (w words) end(next time.Time, today digest.Date) string {
	date := digest.DateOf(next)
	day := ""
	switch {
	case date.Compare(today) < 0:
		return w.Whole
	case date == today:
		day = "today"
	case date == today.AddDays(1):
		day = "tomorrow"
	case date.Compare(today.AddDays(7)) < 0:
		day = "on " + next.Format("Monday")
	default:
		day = "on " + next.Format("January 2")
	}
	return w.Whole + " " + stop("The next one arrives "+day+" at "+clock(next))
}

// clock tells a time of day as news desks write it: 6 p.m., 6:30 a.m., noon.
func clock(t time.Time) string {
	switch h, m := t.Hour(), t.Minute(); {
	case h == 12 && m == 0:
		return "noon"
	case h == 0 && m == 0:
		return "midnight"
	}
	layout := "3:04 pm"
	if t.Minute() == 0 {
		layout = "3 pm"
	}
	s := t.Format(layout)
	return s[:len(s)-2] + s[len(s)-2:len(s)-1] + ".m."
}

// stop ends a sentence that has no end yet.
func stop(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}
