package report

import (
	"time"

	"vesper/digest"
)

var (
	newYork = func() *time.Location {
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			panic(err)
		}
		return zone
	}()
	evening = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
)

// full is a report with something in each part.
func full() digest.RunReport {
	r := digest.RunReport{
		ID: "2026-11-22-evening", Title: "Evening Edition", Number: 57, State: digest.Done,
		OpenedAt: evening, EndedAt: evening.Add(41*time.Minute + 12*time.Second), Seconds: 41*60 + 12, Stood: 300,
		FinishBy: evening.Add(30 * time.Minute), PerSecond: 4.15, Recovered: 1, TooOld: 3,
		Articles: 12, LeftOut: map[string]int{"full": 3, "copy": 1},
		Bare: []string{"Nine Port Cities Agree to Share Flood-Barrier Costs"},
		Reasons: []digest.ReasonCount{
			{
				Step: digest.Failed, Code: 550, Enhanced: "5.7.1", Why: "blocked", Readers: 11,
				Said: "5.7.1 Service unavailable; client host [192.0.2.10] blocked using zen.example, " +
					"see <https://www.example.org/q?ip=192.0.2.10>",
			},
			{
				Step: digest.Failed, Code: 550, Enhanced: "5.1.1", Why: "user unknown", Said: "5.1.1 … no such mailbox",
				Readers: 9,
			},
			{Step: digest.Skipped, Why: "unsubscribed", Readers: 4},
			{Step: digest.Expired, Why: "edition too old: 451 4.7.1 greylisted", Readers: 3},
			{Why: "other reasons", Readers: 1},
		},
		Domains: []digest.DomainCount{
			{Name: "mail.example", Readers: 4021, NotSent: 17},
			{Name: "reader.example", Readers: 212, NotSent: 6},
			{Others: 4, Readers: 11, NotSent: 5},
		},
		Readers: 10260,
		CameBack: digest.CameBack{
			Since: evening.Add(-23*time.Hour - 19*time.Minute), Bounced: 12, Complained: 1, Removed: 14, Held: 2,
			Refused: 11, Postmaster: 1, Replies: 3,
		},
		Feeds: []digest.FeedFailure{
			{Name: "City desk", Failures: 6, Good: evening.Add(-time.Hour), Error: "503 Service Unavailable"},
			{Name: "wire.example", Failures: 412, Error: "dial tcp: lookup wire.example: no such host"},
		},
		Cautions: []string{
			`the next edition waits for your word: 40 of 10,234 readers called the edition before it spam`,
			`2 articles of the desk can't be read: "vesper edition plan" says why`,
		},
	}
	r.Count(digest.Tally{
		Opened: 10262, Sent: 10234, Failed: 20, Expired: 3, Skipped: 4, Unknown: 1, PossibleDuplicates: 1,
	})
	return r
}

// missed is a report on several days without an edition.
func missed() digest.RunReport {
	return digest.RunReport{
		ID: "2026-11-21-evening", Title: "Evening Edition", State: digest.Missed, MissedFrom: "2026-11-19",
		Reason: "not running from 2026-11-19 18:00 to 2026-11-21 18:00", EndedAt: evening, Readers: 10260,
	}
}

// quiet is a report on an edition of which there is little to say.
func quiet() digest.RunReport {
	r := digest.RunReport{
		ID: "2026-11-23-evening", Title: "Evening Edition", Number: 58, State: digest.Done, Articles: 1, Readers: 1,
		OpenedAt: evening, EndedAt: evening, CameBack: digest.CameBack{Since: evening.Add(-24 * time.Hour)},
	}
	r.Count(digest.Tally{Opened: 1, Sent: 1})
	return r
}

// month is a page of 30 days, two of them without an edition and the last one under way.
func month() Page {
	last := full()
	p := Page{
		Publication: "Newslooks", At: evening.Add(26 * time.Hour), Zone: newYork, Last: &last,
		Months: []Month{
			{"2026-08", 9120, 8874, 210}, {"2026-09", 702, 640, 133}, {"2026-10", 655, 610, 140}, {"2026-11", 431, 402, 98},
		},
	}
	for i := range 30 {
		date := digest.Date{Year: 2026, Month: time.November, Day: 23}.AddDays(-i)
		r := Row{
			ID: digest.ID{Date: date, Slot: "evening", Sequence: 1}, State: digest.Done, OpenedAt: evening.AddDate(0, 0, 1-i),
			Took: time.Duration(1900+(i*7919)%900) * time.Second, Readers: 10300 - i*21 - (i*37)%60,
			Bounced: (i * 31) % 17, Complained: i % 3,
		}
		r.Tally = digest.Tally{Opened: r.Readers - (i*13)%40, Failed: (i * i * 7) % 23, Skipped: i % 5}
		if i == 11 {
			r.Tally.Failed, r.Bounced = 260, 96
		}
		r.Tally.Sent = r.Tally.Opened - r.Tally.Failed - r.Tally.Skipped
		switch i {
		case 0:
			r.State, r.Took, r.Reason = digest.Sending, 0, "the relay smtp.news.example:587 can't be reached: connection refused"
			r.Tally.Pending, r.Tally.Sent = r.Tally.Sent-4100, 4100
		case 4:
			r = Row{
				ID: r.ID, State: digest.Missed, MissedFrom: date.AddDays(-1), Readers: -1,
				Reason: "not running from 2026-11-18 18:00 to 2026-11-19 18:00",
			}
		case 5:
			continue
		case 17:
			r = Row{ID: r.ID, State: digest.Empty, Readers: -1, Reason: "0 articles, and min_articles is 1"}
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

// paused is a report on an edition that the relay refuses until its time is over.
func paused() digest.RunReport {
	r := digest.RunReport{
		ID: "2026-11-22-evening", Title: "Evening Edition", Number: 57, State: digest.Paused, Articles: 4, Readers: 300,
		Reason: "the relay refuses us: 535 5.7.8 authentication failed", OpenedAt: evening,
		EndedAt: evening.Add(24 * time.Hour), Seconds: 24 * 3600,
	}
	r.Count(digest.Tally{Opened: 300, Sent: 120, Pending: 180})
	return r
}
