package main

import (
	"vesper/digest"
	"vesper/digest/intake/fetch"
)

// statusJSON is the status for scripts. What does not apply is null.
type statusJSON struct {
	// Exit is the exit status, and Verdict says it in words.
	Exit    int    `json:"exit"`
	Verdict string `json:"verdict"`
	// Last is the last edition that was opened or recorded, as in "edition list".
	Last *editionJSON `json:"last"`
	// Next is what comes next, of whichever slot; Slots has one for each slot.
	Next  *nextJSON  `json:"next"`
	Slots []nextJSON `json:"slots"`
	// Owed is how many deliveries of all editions are not at their end.
	Owed     int            `json:"owed"`
	UnderWay []underWayJSON `json:"under_way"`
	// Held says by what it is held.
	Held *string `json:"held"`
	// PerSecond is the pace that was measured, over so many messages.
	PerSecond *float64    `json:"messages_per_second"`
	Messages  int         `json:"pace_messages"`
	Relays    []relayJSON `json:"relays"`
	Feeds     []feedJSON  `json:"feeds"`
	DiskFree  uint64      `json:"disk_free_bytes"`
	// Hint says what to do about what holds it, Server that the database has lately come to
	// another PostgreSQL.
	Hint   *string `json:"hint"`
	Server *string `json:"server"`
	// Newer names the program that has brought the database a step further than this one knows.
	Newer  *string     `json:"newer"`
	Alarms []alarmJSON `json:"alarms"`
	Lock   *lockJSON   `json:"lock"`
	// Machines are those that work on a database on PostgreSQL.
	Machines []machineJSON `json:"machines"`
	At       *string       `json:"at"`
}

type nextJSON struct {
	ID   string `json:"id"`
	Slot string `json:"slot"`
	// Number is the one that the paper would have, as things are now.
	Number uint32 `json:"number"`
	// CutOff and SendAt are in the publication's zone; CutOffUTC is the first in UTC.
	CutOff     *string `json:"cut_off"`
	CutOffUTC  string  `json:"cut_off_utc"`
	SendAt     *string `json:"send_at"`
	Articles   int     `json:"articles"`
	Recipients int     `json:"recipients"`
	// FinishBy is when the last reader is to be served, Expected when that is likely, and
	// InTime whether that is in time; null where it is not known.
	FinishBy *string `json:"finish_by"`
	Expected *string `json:"expected_at"`
	InTime   *bool   `json:"in_time"`
	// Refused says why it would not go by what is there now.
	Refused *string `json:"refused"`
	Held    *string `json:"held"`
}

type underWayJSON struct {
	ID string `json:"id"`
	// Number is the paper's, LedgerNumber the program's own.
	Number       uint32       `json:"number"`
	LedgerNumber uint32       `json:"ledger_number"`
	State        digest.State `json:"state"`
	Pause        digest.Pause `json:"pause"`
	Owed         int          `json:"owed"`
	// Waits says why it is not sent faster; NextAt is when the next delivery is due, and
	// TimeOver when its time is over.
	Waits    *string `json:"waits"`
	NextAt   *string `json:"next_at"`
	TimeOver *string `json:"time_over"`
	// SecondsLeft is how long the rest takes at the pace so far.
	SecondsLeft *int `json:"seconds_left"`
}

// machineJSON is one of several machines; Chunks is how many parts of editions it has in hand.
type machineJSON struct {
	Host     string  `json:"host"`
	Role     string  `json:"role"`
	Alive    bool    `json:"alive"`
	Draining bool    `json:"draining"`
	Drained  bool    `json:"drained"`
	Chunks   int     `json:"chunks"`
	Since    *string `json:"since"`
	HeardAt  *string `json:"heard_at"`
	// Unfit says why it does no part of the editions, Differs in what its configuration is another one.
	Unfit   string   `json:"unfit"`
	Differs []string `json:"differs"`
	// Older says that its program is older than the database.
	Older bool `json:"older"`
}

// alarmJSON is an alarm that is on.
type alarmJSON struct {
	Kind    digest.AlarmKind `json:"kind"`
	About   string           `json:"about"`
	Edition string           `json:"edition"`
	// Number is the paper's, LedgerNumber the program's own; 0 for none.
	Number       uint32  `json:"number"`
	LedgerNumber uint32  `json:"ledger_number"`
	Reason       string  `json:"reason"`
	Hint         string  `json:"hint"`
	Since        *string `json:"since"`
}

type relayJSON struct {
	Name string `json:"name"`
	// State is up, down or unknown.
	State       string  `json:"state"`
	Reason      *string `json:"reason"`
	RetryAt     *string `json:"retry_at"`
	Connections int     `json:"connections"`
}

type lockJSON struct {
	Role  string  `json:"role"`
	PID   int     `json:"pid"`
	Since *string `json:"since"`
}

// orNull gives null for no text.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (s *standing) json() statusJSON {
	j := statusJSON{
		Exit: s.code(), Verdict: s.verdict(), Slots: []nextJSON{}, UnderWay: []underWayJSON{}, Relays: []relayJSON{},
		Feeds: []feedJSON{}, Alarms: []alarmJSON{}, Held: orNull(s.held), Messages: s.pace.Messages, DiskFree: s.free, At: stamp(s.at, s.zone),
		Hint: orNull(s.hint), Server: orNull(s.server), Newer: orNull(s.newer),
	}
	if s.last != nil {
		e := talliedJSON(s.last.Tallied, s.zone)
		e.addReturned(s.last.returned)
		j.Last = &e
	}
	for _, n := range s.next {
		j.Slots = append(j.Slots, s.nextJSON(n))
	}
	if len(j.Slots) > 0 {
		j.Next = &j.Slots[0]
	}
	for _, u := range s.underWay {
		j.Owed += u.Tally.Owed()
		j.UnderWay = append(j.UnderWay, s.underWayJSON(u))
	}
	if rate := s.pace.PerSecond(); rate > 0 {
		j.PerSecond = &rate
	}
	for _, r := range s.relays {
		state := "unknown"
		if r.known {
			state = map[bool]string{true: "up", false: "down"}[r.Down == ""]
		}
		j.Relays = append(j.Relays, relayJSON{r.Name, state, orNull(r.Down), stamp(r.RetryAt, s.zone), r.Connections})
	}
	for _, f := range s.feeds {
		j.Feeds = append(j.Feeds, feedJSON{
			fetch.Shown(f.URL), f.Title, f.Format, f.Stories, stamp(f.Checked, s.zone), stamp(f.Good, s.zone),
			stamp(f.Next, s.zone), f.Failures, f.Error,
		})
	}
	for _, a := range s.alarms {
		paper, ledger := s.numbers(a.Edition)
		j.Alarms = append(j.Alarms, alarmJSON{
			a.Kind, a.About, a.Edition, paper, ledger, a.Reason, a.Hint, stamp(a.Began, s.zone),
		})
	}
	if s.holder != nil {
		j.Lock = &lockJSON{s.holder.Role, s.holder.PID, stamp(s.holder.Since, s.zone)}
	}
	for _, m := range s.machines {
		j.Machines = append(j.Machines, machineJSON{
			m.Host, m.Role, m.Alive, m.Draining, m.Drained, m.Chunks, stamp(m.Since, s.zone), stamp(m.Beat, s.zone),
			m.Unfit, append([]string{}, m.Alike.Differs(eldest(s.machines).Alike)...), m.Older,
		})
	}
	return j
}

func (s *standing) nextJSON(n nextEdition) nextJSON {
	var inTime *bool
	if !n.Finish.IsZero() && !n.Expected.IsZero() {
		is := !n.Late()
		inTime = &is
	}
	return nextJSON{
		FinishBy: stamp(n.Finish, s.zone), Expected: stamp(n.Expected, s.zone), InTime: inTime,
		ID: n.Edition.ID.String(), Slot: n.Slot.Name, Number: n.Edition.PaperNumber,
		CutOff: stamp(n.CutOff, s.zone), SendAt: stamp(n.SendAt, s.zone),
		CutOffUTC: n.CutOff.UTC().Format("2006-01-02T15:04:05Z"), Articles: len(n.Edition.Articles),
		Recipients: n.Recipients, Refused: orNull(n.refused), Held: orNull(n.held),
	}
}

func (s *standing) underWayJSON(u underWay) underWayJSON {
	j := underWayJSON{
		ID: u.ID.String(), Number: u.PaperNumber, LedgerNumber: u.Number,
		State: u.State, Pause: u.Pause, Owed: u.Tally.Owed(), Waits: orNull(u.waits(s)),
		NextAt: stamp(u.next, s.zone), TimeOver: stamp(u.until, s.zone),
	}
	if left := u.left(); left > 0 {
		seconds := int(left.Seconds())
		j.SecondsLeft = &seconds
	}
	return j
}
