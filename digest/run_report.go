package digest

import "time"

// OwedReport is an edition that is over, or a day without one, of which no report is written
// yet.
type OwedReport struct {
	// Key is the store's name for the report that is owed.
	Key int64
	ID  ID
	// State is Done, Cancelled, Empty or Missed, or Paused when its time is over. Reason is
	// why nothing was printed, or why it is paused.
	State         State
	Title, Reason string
	// MissedFrom is the first of several days on end; the zero Date for one.
	MissedFrom Date
	At         time.Time
}

// RunReport is what is told, and kept, of an edition that is over or of a day without one.
// It outlives its readers, so there is no address of theirs in it, and no domain that only
// few of them have.
type RunReport struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// PaperNumber is what it was printed with, Number the ledger's; see [Edition].
	PaperNumber uint32 `json:"number"`
	Number      uint32 `json:"ledger_number"`
	State       State  `json:"state"`
	// Reason says why nothing was printed, or why it is paused; MissedFrom is the first of several days on end.
	Reason     string    `json:"reason"`
	MissedFrom string    `json:"missed_from"`
	OpenedAt   time.Time `json:"opened_at,omitzero"`
	// DueAt is when the first message of one that was opened ahead of its time could leave.
	DueAt   time.Time `json:"due_at,omitzero"`
	EndedAt time.Time `json:"ended_at"`
	// Seconds is how long it took from then, or from the opening, to the end, Stood for how many of them
	// somebody had paused it.
	Seconds int64 `json:"seconds"`
	Stood   int64 `json:"stood_seconds"`
	// FinishBy is when the last reader was to be served; zero if nobody said so.
	FinishBy time.Time `json:"finish_by,omitzero"`

	Recipients         int `json:"recipients"`
	Sent               int `json:"sent"`
	Failed             int `json:"failed"`
	Expired            int `json:"expired"`
	Skipped            int `json:"skipped"`
	Unknown            int `json:"unknown"`
	Owed               int `json:"owed"`
	PossibleDuplicates int `json:"possible_duplicates"`
	// Recovered counts the messages that were under way when a process died, TooOld who
	// did not get it since it was too old.
	Recovered int `json:"recovered"`
	TooOld    int `json:"too_old"`
	// PerSecond is how many messages a second the relays answered for; 0 is not known.
	PerSecond float64 `json:"messages_per_second"`

	// Reasons say why readers did not get it, Domains at which domains they are, those with
	// most first. Both add up to who was not sent it.
	Reasons []ReasonCount `json:"reasons"`
	Domains []DomainCount `json:"domains"`

	Articles int `json:"articles"`
	// LeftOut counts the articles that it was the first to see on the desk and not to print,
	// by its [Verdict].
	LeftOut map[string]int `json:"left_out"`
	// Bare are the headlines that were printed without Quick Looks.
	Bare []string `json:"without_quick_looks"`
	// Readers is how many were on the list and active when it was over.
	Readers  int      `json:"readers"`
	CameBack CameBack `json:"came_back"`
	// Feeds are those that could not be read, Cautions what else to look at.
	Feeds    []FeedFailure `json:"feeds"`
	Cautions []string      `json:"cautions"`
}

// NotSent is how many of the recipients were not sent it.
func (r RunReport) NotSent() int { return r.Failed + r.Expired + r.Skipped + r.Unknown }

// Took is how long it took to the end from its opening, or from its time if it was frozen.
func (r RunReport) Took() time.Duration { return time.Duration(r.Seconds) * time.Second }

// Late says whether the last reader was to be served before.
func (r RunReport) Late() bool { return !r.FinishBy.IsZero() && r.EndedAt.After(r.FinishBy) }

// Count puts the sums of an edition into its report.
func (r *RunReport) Count(t Tally) {
	r.Recipients, r.Sent, r.Failed, r.Expired, r.Skipped = t.Opened, t.Sent, t.Failed, t.Expired, t.Skipped
	r.Unknown, r.Owed, r.PossibleDuplicates = t.Unknown, t.Owed(), t.PossibleDuplicates
}

// ReasonCount is how many readers did not get an edition for one reason.
type ReasonCount struct {
	// Step is Failed, Expired, Skipped or Unknown; empty for all others together.
	Step     Step   `json:"state"`
	Code     int    `json:"code"`
	Enhanced string `json:"enhanced"`
	// Why is it in words, Said what the relay said to one of them, without addresses.
	Why     string `json:"why"`
	Said    string `json:"said"`
	Readers int    `json:"readers"`
}

// DomainCount is how many readers of a domain there were, and did not get an edition.
type DomainCount struct {
	// Name is in ASCII; empty for Others domains together.
	Name    string `json:"domain"`
	Others  int    `json:"others,omitempty"`
	Readers int    `json:"readers"`
	NotSent int    `json:"not_sent"`
}

// CameBack is what came back since the report before, in readers, whichever edition it was of.
type CameBack struct {
	// Since is when the report before was written; zero if this is the first one.
	Since      time.Time `json:"since,omitzero"`
	Bounced    int       `json:"bounced"`
	Complained int       `json:"complained"`
	// Removed were taken off the list for what came back or was refused, Held wait for an
	// admin's word, and so do Unproven reports.
	Removed  int `json:"removed"`
	Held     int `json:"held"`
	Unproven int `json:"unproven"`
	// Refused are those whose servers refused us, and not them.
	Refused int `json:"refused_us"`
	// Postmaster and Abuse are letters to these two addresses, Replies those of readers.
	Postmaster int `json:"to_postmaster"`
	Abuse      int `json:"to_abuse"`
	Replies    int `json:"replies"`
	// Last is the last report that was counted: the next one goes on behind it.
	Last int64 `json:"-"`
}

// FeedFailure is a feed that could not be read when it was last asked.
type FeedFailure struct {
	Name string `json:"name"`
	// Failures is how often in a row, Good when it was last read; zero for never.
	Failures int       `json:"failures"`
	Good     time.Time `json:"good_at,omitzero"`
	Error    string    `json:"error"`
}
