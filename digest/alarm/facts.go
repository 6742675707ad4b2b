package alarm

import (
	"encoding/json"
	"fmt"
	"time"

	"vesper/digest"
)

// Facts are what a message says, in JSON: to a command on stdin, to a webhook as data.
type Facts struct {
	// ID is the message's, the same at each repeat. Alarm is the alarm's, the same at its
	// beginning and its end.
	ID    string `json:"id"`
	Alarm string `json:"alarm"`
	// Event is "began" or "over".
	Event string           `json:"event"`
	Kind  digest.AlarmKind `json:"kind"`
	// About is what it is about, and Edition the edition that it is about; "" for none.
	About   string `json:"about"`
	Edition string `json:"edition"`
	// Number is the edition's as readers see it, LedgerNumber the program's own; 0 for one that
	// is not opened.
	Number       uint32 `json:"number"`
	LedgerNumber uint32 `json:"ledger_number"`
	Reason       string `json:"reason"`
	// Hint says what to do.
	Hint string `json:"hint"`
	// Since is when it began, Over when it was over; null while it is on.
	Since       string  `json:"since"`
	Over        *string `json:"over"`
	Publication string  `json:"publication"`
	Host        string  `json:"host"`
}

// Facts gives what the message says.
func (m Message) Facts() Facts {
	f := Facts{
		ID: m.ID, Alarm: m.Alarm.Ref, Event: "began", Kind: m.Alarm.Kind, About: m.Alarm.About,
		Edition: m.Alarm.Edition, Number: m.Number, LedgerNumber: m.LedgerNumber, Reason: m.Alarm.Reason, Hint: m.Alarm.Hint,
		Since: m.Alarm.Began.UTC().Format(time.RFC3339), Publication: m.Publication, Host: m.Host,
	}
	if m.Ends {
		over := m.Alarm.Over.UTC().Format(time.RFC3339)
		f.Event, f.Over = "over", &over
	}
	return f
}

func (m Message) json() ([]byte, error) { return json.Marshal(m.Facts()) }

// titles say to people what each kind means.
var titles = map[digest.AlarmKind]string{
	digest.AlarmNotReady: "the next edition would not go",
	digest.AlarmPaused:   "an edition is paused", digest.AlarmMissed: "an edition was missed",
	digest.AlarmEmpty: "an edition had nothing to print", digest.AlarmHeld: "nothing is sent until you say so",
	digest.AlarmProof:   "the proof of an edition needs a look",
	digest.AlarmTooSlow: "an edition can't be finished in time", digest.AlarmOwed: "an edition is owed beyond its time",
	digest.AlarmLetters:  "letters wait",
	digest.AlarmFailures: "many deliveries failed", digest.AlarmBounces: "many copies came back",
	digest.AlarmComplaints: "many readers call it spam", digest.AlarmFeed: "a feed is dead",
	digest.AlarmCertificate: "a certificate ends soon", digest.AlarmDisk: "the disk is nearly full",
	digest.AlarmDatabase: "the database can't be used", digest.AlarmBackup: "no backup was made",
	digest.AlarmFolder: "a machine does not see the shared folder", digest.AlarmFailover: "PostgreSQL has failed over",
	digest.AlarmConfiguration: "two machines differ",
	digest.AlarmMachine:       "a machine of the house needs a look", digest.AlarmClock: "PostgreSQL's clock differs",
	digest.AlarmTest: "only a test",
}

// Title says in a few words what the message is about.
func (m Message) Title() string {
	what := titles[m.Alarm.Kind]
	switch {
	case what == "":
		what = string(m.Alarm.Kind)
	case m.Alarm.Kind == digest.AlarmFeed && m.Alarm.About == "":
		what = "several feeds are dead"
	}
	if m.Alarm.Edition != "" {
		what += ": " + m.Alarm.Edition
	} else if m.Alarm.About != "" {
		what += ": " + m.Alarm.About
	}
	if m.Ends {
		return "over: " + what
	}
	return what
}

// ending says how it is over.
func (m Message) ending() string {
	if m.Alarm.Well.IsZero() {
		return "The same is so of another edition now, which is an alarm of its own."
	}
	if m.Alarm.Kind == digest.AlarmNotReady {
		return "What was in its way is gone, or its time has passed."
	}
	return "It is well again."
}

// text says all of it to people.
func (m Message) text() string {
	a := m.Alarm
	text := m.Title() + "\n\n"
	if m.Ends {
		text += fmt.Sprintf("%s It began at %s and was over after %s. It was:\n\n", m.ending(),
			a.Began.UTC().Format(time.RFC1123), a.Over.Sub(a.Began).Round(time.Minute))
	}
	text += a.Reason + "\n"
	if a.Hint != "" && !m.Ends {
		text += "\nWhat to do: " + a.Hint + "\n"
	}
	if !m.Ends {
		text += "\nSince " + a.Began.UTC().Format(time.RFC1123) + ". You hear of it once more, when it is over.\n"
	}
	return text + fmt.Sprintf("\n%s, on %s. \"vesper status\" says how it stands now.\n", m.Publication, m.Host)
}
