package subscribers

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Rules are what the list does with what comes back, as far as it can be chosen.
type Rules struct {
	// SoftBounces is how many editions in a row have to come back from an address that
	// may recover before it is taken off, and SoftFor over what time at least.
	SoftBounces int
	SoftFor     time.Duration
}

// DefaultRules are those of a configuration that says nothing.
var DefaultRules = Rules{SoftBounces: 5, SoftFor: 14 * 24 * time.Hour}

// The rules that can't be chosen.
const (
	// hostTimes is how many editions in a row have to come back because nobody knows the
	// host, and hostFor over what time: a domain's name servers may be down for a day.
	hostTimes = 3
	hostFor   = 3 * 24 * time.Hour
	// goodAfter is how long nothing may come back for an edition before it counts as
	// delivered. That the relay accepted it says nothing yet.
	goodAfter = 72 * time.Hour
	// staleAfter is for how long an edition says something about the address.
	staleAfter = 30 * 24 * time.Hour
)

// Case is all that is looked at when a report is weighed.
type Case struct {
	Report Report
	// Status is the reader's, "" if the reader is gone; Since is when they last confirmed
	// or were put back on the list.
	Status Status
	Since  time.Time
	// Sent is when the message went out that it is about, zero if that is not known.
	Sent time.Time
	// Sendings are the editions that went to the reader, the newest first, with what came
	// back for each: this report is among that.
	Sendings []Sending
	Flood    Flood
	// Word says that an admin asks for what the report is for: many at once hold up
	// nothing then.
	Word bool
}

// Sending is one edition that went to a reader.
type Sending struct {
	// Day is the edition's local day, at 0 h UTC; At is when it went out.
	Day, At time.Time
	// Accepted says that the relay took it, and not that it failed.
	Accepted bool
	Reports  []Report
}

// Judgement is what a report comes to.
type Judgement struct {
	State ReportState
	// Suppress is the reason for which the reader is taken off the list, "" if not.
	Suppress string
	// Why says it to people.
	Why string
}

// Weigh is the rule of what comes back: what a report means for its reader. It is the
// same for every way by which a report came.
func (b Rules) Weigh(c Case) Judgement {
	asks := c.Report.asks()
	switch {
	case c.Status == "":
		return noted("the reader is gone")
	case c.Report.Class == "" || asks == nothing:
		return noted("it asks for nothing")
	case asks == warning:
		return noted("we are refused, and not the reader")
	}
	if why := c.stale(); why != "" {
		return noted(why)
	}
	if asks == leaving {
		return Judgement{ReportActed, Complaint, "the reader called it spam"}
	}
	if c.Status.Off() {
		return noted("the reader is off the list already")
	}
	why, dead := b.dead(c, asks)
	if !dead {
		return noted(why)
	}
	if held := c.Flood.over(); held != "" && !c.Word {
		return Judgement{State: ReportHeld, Why: why + "; " + held}
	}
	return Judgement{ReportActed, HardBounce, why}
}

func noted(why string) Judgement { return Judgement{State: ReportNoted, Why: why} }

// stale says why a report is too old to say something about the reader, "" if it isn't.
// What is sent in once more after the reader came back must not take them off again.
func (c Case) stale() string {
	sent := c.Sent
	if sent.IsZero() || sent.After(c.Report.At) {
		sent = c.Report.At
	}
	switch {
	case c.Report.At.Sub(sent) > staleAfter:
		return fmt.Sprintf("it is about a message of more than %d days ago", int(staleAfter.Hours()/24))
	case sent.Before(c.Since):
		return "it is about a message from before the reader confirmed or was put back"
	}
	return ""
}

// dead says whether the address is, by this report and those before it, and why or why
// not yet.
func (b Rules) dead(c Case, asks demand) (string, bool) {
	if asks == removal {
		return "the address does not exist", true
	}
	if asks == removalLater {
		n, over := c.inARow(func(r Report) bool { d := r.asks(); return d == removalLater || d == removal })
		why := fmt.Sprintf("host unknown, %s in a row over %s", editions(n), days(over))
		if n >= hostTimes && over >= hostFor {
			return why, true
		}
	}
	n, over := c.inARow(func(r Report) bool { d := r.asks(); return d == counting || d == removalLater || d == removal })
	why := fmt.Sprintf("came back %s in a row over %s", times(n), days(over))
	return why, n >= b.SoftBounces && over >= b.SoftFor && n > 0
}

// inARow counts the editions that came back since the last good one, and over how long:
// by the days of the editions. One for which something else came back, or of which
// nothing can be said yet, is neither good nor bad.
func (c Case) inARow(bad func(Report) bool) (n int, over time.Duration) {
	var newest time.Time
	for _, s := range c.Sendings {
		if s.At.Before(c.Since) {
			break
		}
		came := 0
		isBad := false
		for _, r := range s.Reports {
			if r.State == ReportDiscarded || r.asks() == nothing && r.Class == ClassIgnore {
				continue
			}
			came++
			isBad = isBad || bad(r)
		}
		switch {
		case isBad:
			if n++; n == 1 {
				newest = s.Day
			}
			over = newest.Sub(s.Day)
		case came > 0 || !s.Accepted || c.Report.At.Sub(s.At) < goodAfter:
		default:
			return n, over
		}
	}
	return n, over
}

// demand is what one report asks for.
type demand int

const (
	nothing demand = iota
	// warning is for the admin.
	warning
	// counting takes off who goes on asking for it, removalLater whose host stays unknown.
	counting
	removalLater
	removal
	// leaving is the reader's own word.
	leaving
)

// deadBy are the statuses that say by themselves that an address is dead (RFC 3463, RFC
// 7505).
var deadBy = map[string]bool{"5.1.1": true, "5.1.3": true, "5.1.6": true, "5.1.10": true}

var (
	// vague are statuses that say nothing: the words have to say it.
	vague = regexp.MustCompile(`^(5\.[01235]\.0)?$`)
	// inactive are the words of a mailbox that nobody has opened for long.
	inactive = regexp.MustCompile(`(?i)\binactiv|\bdormant\b|\bnot active\b|\babandoned\b`)
)

// asks says what a report asks for by itself.
func (r Report) asks() demand {
	switch r.Class {
	case ClassComplaint:
		return leaving
	case ClassSender:
		return warning
	case ClassCount:
		if r.Status == "5.2.1" && r.Cause == Suspended && inactive.MatchString(r.Diagnostic) {
			return removal
		}
		if r.Status == "5.1.10" && r.Cause == AcceptsNoMail {
			return removal // a domain that says of itself that it takes no mail (RFC 7505)
		}
		return counting
	case ClassRemove:
	default:
		return nothing
	}
	bySelf := strings.HasPrefix(r.Rule, "status ")
	switch {
	case r.Passing():
		return nothing
	case r.Cause == HostUnknown || r.Status == "5.1.2" || r.Status == "5.4.4":
		return removalLater
	case deadBy[r.Status] || vague.MatchString(r.Status) && !bySelf:
		return removal
	}
	// The words and the status don't agree, or the status alone hints at it.
	return counting
}

// Asks says to people what the rules do for a report by itself, "" if that is nothing.
func (r Report) Asks() string {
	switch r.asks() {
	case removal:
		return "its reader is taken off at once"
	case removalLater:
		return fmt.Sprintf("its reader is taken off when it comes back for %s in a row over %s", editions(hostTimes),
			days(hostFor))
	case counting:
		return "its reader is taken off when it comes back time after time"
	case leaving:
		return "its reader has left"
	}
	return ""
}

// Passing says whether the server said that it may pass (RFC 5321 4.2.1, RFC 3463 2).
func (r Report) Passing() bool {
	return strings.HasPrefix(r.Status, "4.") || r.Status == "" && r.Code >= 400 && r.Code < 500
}

func editions(n int) string {
	if n == 1 {
		return "1 edition"
	}
	return fmt.Sprintf("%d editions", n)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func days(d time.Duration) string {
	if n := int(d.Hours() / 24); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "1 day"
}
