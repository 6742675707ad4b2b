package subscribers

import (
	"strings"
	"testing"
	"time"
)

// came is a report on an address, as a server would say it.
func came(class Class, cause Cause, status, said string) Report {
	return Report{
		Class: class, Cause: cause, Status: status, Diagnostic: said, Rule: `"` + said + `"`, At: someEvening,
		Proof: ByReturnPath, State: ReportNew, Kind: ReportDelivery,
	}
}

var someEvening = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)

func TestWhatIsDeadAtOnce(t *testing.T) {
	for _, c := range []struct {
		cause  Cause
		status string
		said   string
		dead   bool
	}{
		{UserUnknown, "5.1.1", "550 5.1.1 unknown", true},
		{UserUnknown, "5.1.3", "501 5.1.3 bad address", true},
		{Moved, "5.1.6", "551 5.1.6 moved", true},
		{UserUnknown, "5.1.10", "556 5.1.10 null MX", true},
		{AcceptsNoMail, "5.1.10", "556 5.1.10 the domain does not accept mail (nullMX)", true},
		{AcceptsNoMail, "5.2.1", "550 5.2.1 the mailbox does not accept mail", false},
		{UserUnknown, "5.0.0", "no such user", true},
		{UserUnknown, "5.3.0", "no such user", true},
		{UserUnknown, "", "550 no such user", true},
		{Suspended, "5.2.1", "550 5.2.1 the account is inactive", true},
		{Suspended, "5.2.1", "550 5.2.1 disabled due to inactivity", true},
		{Suspended, "5.2.1", "550 5.2.1 the account is disabled", false},
		{Suspended, "5.0.0", "the account is inactive", false},
		{MailboxFull, "5.2.2", "552 5.2.2 mailbox full", false},
		{MailboxFull, "5.0.0", "mailbox full", false},
		{UserUnknown, "4.1.1", "450 4.1.1 unknown", false},
		{UserUnknown, "5.7.1", "550 5.7.1 no such user", false},
		{UserUnknown, "5.7.0", "550 5.7.0 no such user", false},
		{HostUnknown, "5.1.2", "host unknown", false},
		{HostUnknown, "5.4.4", "host unknown", false},
		{HostUnknown, "", "host unknown", false},
		{UserUnknown, "5.1.2", "no such user", false},
	} {
		r := came(c.cause.Class(), c.cause, c.status, c.said)
		j := DefaultRules.Weigh(Case{Report: r, Status: Active, Sent: someEvening.Add(-time.Hour)})
		if dead := j.Suppress == HardBounce && j.State == ReportActed; dead != c.dead {
			t.Errorf("%s %s %q: got %+v", c.cause, c.status, c.said, j)
		}
	}
	// The status alone says it of 5.1.1, and hints at it of 5.1.0.
	for status, want := range map[string]bool{"5.1.1": true, "5.1.0": false} {
		r := came(ClassRemove, UserUnknown, status, "refused")
		r.Rule = "status " + status
		if j := DefaultRules.Weigh(Case{Report: r, Status: Active}); (j.Suppress != "") != want {
			t.Errorf("%s: got %+v", status, j)
		}
	}
	r := came(ClassRemove, UserUnknown, "", "no such user")
	r.Code = 450
	if j := DefaultRules.Weigh(Case{Report: r, Status: Active}); j.Suppress != "" {
		t.Errorf("got %+v of a 450", j)
	}
}

// sent gives sendings of so many days ago, the newest first; the letters say what came
// back: f a full mailbox, h an unknown host, s a refusal of ours, w nothing of the reader,
// v a vacation note, x that it failed here, and . nothing.
func sent(days ...string) []Sending {
	var all []Sending
	for _, d := range days {
		n, what, _ := strings.Cut(d, " ")
		ago, _ := time.ParseDuration(n + "h")
		at := someEvening.Add(-24 * ago)
		s := Sending{Day: at.Truncate(24 * time.Hour), At: at, Accepted: what != "x"}
		for _, c := range what {
			switch c {
			case 'f':
				s.Reports = append(s.Reports, came(ClassCount, MailboxFull, "5.2.2", "mailbox full"))
			case 'h':
				s.Reports = append(s.Reports, came(ClassRemove, HostUnknown, "5.1.2", "host unknown"))
			case 's':
				s.Reports = append(s.Reports, came(ClassSender, Blocked, "5.7.1", "blocked"))
			case 'w':
				s.Reports = append(s.Reports, came(ClassWait, Network, "", "network"))
			case 'v':
				s.Reports = append(s.Reports, came(ClassIgnore, AutoReply, "", "away"))
			}
		}
		all = append(all, s)
	}
	return all
}

func TestWhatIsDeadIfItGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		sendings []Sending
		dead     bool
	}{
		"five over a fortnight":        {sent("0 f", "4 f", "8 f", "11 f", "14 f"), true},
		"each evening":                 {sent("0 f", "1 f", "2 f", "3 f", "4 f"), false},
		"four over a fortnight":        {sent("0 f", "4 f", "8 f", "14 f"), false},
		"a good one between":           {sent("0 f", "4 f", "8 .", "11 f", "14 f", "20 f"), false},
		"a good one before":            {sent("0 f", "4 f", "8 f", "11 f", "14 f", "20 ."), true},
		"one refused for us between":   {sent("0 f", "4 f", "8 s", "9 f", "11 f", "14 f"), true},
		"one that says nothing":        {sent("0 f", "4 f", "8 w", "9 f", "11 f", "14 f"), true},
		"a vacation note is an answer": {sent("0 f", "4 f", "8 v", "9 f", "11 f", "14 f"), false},
		"one that failed here":         {sent("0 f", "4 f", "8 x", "9 f", "11 f", "14 f"), true},
		"the newest is too young":      {sent("0 f", "1 .", "2 .", "4 f", "8 f", "11 f", "14 f"), true},
		"twice for each counts once":   {sent("0 fff", "14 ff"), false},
		"a host counts as well":        {sent("0 f", "4 h", "8 f", "11 h", "14 f"), true},
	} {
		r := c.sendings[0].Reports[0]
		j := DefaultRules.Weigh(Case{Report: r, Status: Active, Sent: someEvening.Add(-time.Hour), Sendings: c.sendings})
		if (j.Suppress == HardBounce) != c.dead {
			t.Errorf("%s: got %+v", name, j)
		}
	}
}

func TestAHostIsUnknownAtTheThirdTimeOverThreeDays(t *testing.T) {
	for name, c := range map[string]struct {
		sendings []Sending
		dead     bool
	}{
		"once":               {sent("0 h"), false},
		"three over two":     {sent("0 h", "1 h", "2 h"), false},
		"four over three":    {sent("0 h", "1 h", "2 h", "3 h"), true},
		"three over three":   {sent("0 h", "1 h", "3 h"), true},
		"two over three":     {sent("0 h", "3 h"), false},
		"a good one between": {sent("0 h", "1 h", "4 .", "5 h"), false},
	} {
		r := c.sendings[0].Reports[0]
		j := DefaultRules.Weigh(Case{Report: r, Status: Active, Sent: someEvening.Add(-time.Hour), Sendings: c.sendings})
		if (j.Suppress == HardBounce) != c.dead {
			t.Errorf("%s: got %+v", name, j)
		}
	}
}

func TestWhatIsOldOrWasLiftedChangesNobody(t *testing.T) {
	r := came(ClassRemove, UserUnknown, "5.1.1", "no such user")
	spam := came(ClassComplaint, Complained, "", "spam")
	before, hourAgo := someEvening.Add(-2*time.Hour), someEvening.Add(-time.Hour)
	for name, c := range map[string]Case{
		"31 days":         {Report: r, Status: Active, Sent: someEvening.AddDate(0, 0, -31)},
		"lifted since":    {Report: r, Status: Active, Sent: before, Since: hourAgo},
		"came after":      {Report: r, Status: Active, Since: someEvening.Add(time.Hour)},
		"complaint":       {Report: spam, Status: Active, Sent: before, Since: hourAgo},
		"gone":            {Report: r},
		"off the list":    {Report: r, Status: Unsubscribed},
		"suppressed":      {Report: r, Status: Suppressed},
		"with more words": {Report: r, Status: Active, Sent: someEvening.AddDate(0, 0, -31), Word: true},
	} {
		if j := DefaultRules.Weigh(c); j.State != ReportNoted || j.Suppress != "" {
			t.Errorf("%s: got %+v", name, j)
		}
	}
	if j := DefaultRules.Weigh(Case{Report: spam, Status: Suppressed}); j.Suppress != Complaint {
		t.Errorf("got %+v: a complaint is graver than a dead address", j)
	}
}

func TestTooManyAtOnceAreHeld(t *testing.T) {
	r := came(ClassRemove, UserUnknown, "5.1.1", "no such user")
	for name, c := range map[string]struct {
		f    Flood
		held bool
	}{
		"the tenth":                    {Flood{Opened: 50, Removed: 9}, false},
		"the eleventh":                 {Flood{Opened: 50, Removed: 10}, true},
		"5 %":                          {Flood{Opened: 1000, Removed: 49}, false},
		"over 5 %":                     {Flood{Opened: 1000, Removed: 50}, true},
		"the first, 15 %":              {Flood{Opened: 1000, Removed: 149, First: true}, false},
		"the first, over 15 %":         {Flood{Opened: 1000, Removed: 150, First: true}, true},
		"half a domain":                {Flood{Opened: 1000, At: DomainFlood{10, 4, true}}, false},
		"over half a domain":           {Flood{Opened: 1000, At: DomainFlood{9, 4, true}}, true},
		"four of four":                 {Flood{Opened: 1000, At: DomainFlood{4, 3, true}}, false},
		"a domain that was bad before": {Flood{Opened: 1000, At: DomainFlood{9, 8, false}}, false},
	} {
		k := Case{Report: r, Status: Active, Sent: someEvening, Flood: c.f}
		if j := DefaultRules.Weigh(k); (j.State == ReportHeld) != c.held || (j.Suppress == "") != c.held {
			t.Errorf("%s: got %+v", name, j)
		}
		if k.Word = true; DefaultRules.Weigh(k).State != ReportActed {
			t.Errorf("%s: an admin's word is held", name)
		}
		k.Report, k.Word = came(ClassComplaint, Complained, "", "spam"), false
		if j := DefaultRules.Weigh(k); j.Suppress != Complaint {
			t.Errorf("%s: a complaint is held: %+v", name, j)
		}
	}
}

func TestTenComplaintsAndThreeInAThousandHoldTheNextEdition(t *testing.T) {
	for _, c := range []struct {
		complained, of int
		holds          bool
	}{{9, 100, false}, {10, 3333, true}, {10, 3334, false}, {30, 10_000, true}, {29, 10_000, false}} {
		s := ReportSums{Complained: c.complained, Of: c.of}
		if got := s.Caution(); (got != "") != c.holds {
			t.Errorf("%d of %d: got %q", c.complained, c.of, got)
		}
	}
}
