package digest

import "time"

// AlarmKind is a kind of what somebody has to look at.
type AlarmKind string

// The kinds of alarms.
const (
	// AlarmNotReady: an edition that is due soon would not go, or one that is due is not
	// opened.
	AlarmNotReady AlarmKind = "not_ready"
	// AlarmPaused: an edition was paused, and not by the desk.
	AlarmPaused AlarmKind = "paused"
	// AlarmMissed: the last edition of a slot was missed.
	AlarmMissed AlarmKind = "missed"
	// AlarmEmpty: the last edition of a slot had too few articles, or no readers.
	AlarmEmpty AlarmKind = "empty"
	// AlarmHeld: nothing is sent, or an edition is not opened, until somebody says a word.
	AlarmHeld AlarmKind = "held"
	// AlarmTooSlow: an edition can't be finished by its finish_by.
	AlarmTooSlow AlarmKind = "too_slow"
	// AlarmOwed: an edition without a finish_by is owed beyond its time.
	AlarmOwed AlarmKind = "owed"
	// AlarmLetters: letters are due for long, and no relay has answered for any.
	AlarmLetters AlarmKind = "letters"
	// AlarmProof: the proof of an edition can't be put together or mailed, or a file of the
	// desk can't be read when it is.
	AlarmProof AlarmKind = "proof"
	// AlarmFailures: many deliveries of an edition failed.
	AlarmFailures AlarmKind = "failures"
	// AlarmBounces: many copies of an edition came back.
	AlarmBounces AlarmKind = "bounces"
	// AlarmComplaints: many readers call an edition spam.
	AlarmComplaints AlarmKind = "complaints"
	// AlarmFeed: a feed was not read well for a day, or several were not.
	AlarmFeed AlarmKind = "feed"
	// AlarmCertificate: a certificate ends soon, or has ended.
	AlarmCertificate AlarmKind = "certificate"
	// AlarmDisk: there is little room beside the database.
	AlarmDisk AlarmKind = "disk"
	// AlarmDatabase: the database can't be read or written.
	AlarmDatabase AlarmKind = "database"
	// AlarmBackup: a backup could not be made.
	AlarmBackup AlarmKind = "backup"
	// AlarmFolder: a machine does not see a folder that all machines share.
	AlarmFolder AlarmKind = "folder"
	// AlarmFailover: the database goes on in another history of its server than before.
	AlarmFailover AlarmKind = "failover"
	// AlarmMachine: of several machines one is gone, or does no part of the editions.
	AlarmMachine AlarmKind = "machine"
	// AlarmConfiguration: of several machines one has another configuration than the others.
	AlarmConfiguration AlarmKind = "configuration"
	// AlarmClock: the database's server has another time than all machines.
	AlarmClock AlarmKind = "clock"
	// AlarmTest: nothing is wrong, somebody tries whether alarms arrive.
	AlarmTest AlarmKind = "test"
)

// AlarmKinds are all kinds that are raised by themselves, the worst first.
func AlarmKinds() []AlarmKind {
	return []AlarmKind{
		AlarmDatabase, AlarmHeld, AlarmFolder, AlarmNotReady, AlarmPaused, AlarmMissed, AlarmEmpty, AlarmTooSlow, AlarmOwed,
		AlarmLetters, AlarmProof, AlarmConfiguration, AlarmClock, AlarmMachine,
		AlarmFailover, AlarmFailures, AlarmBounces, AlarmComplaints, AlarmDisk, AlarmCertificate, AlarmFeed, AlarmBackup,
	}
}

// Alarm is something that somebody has to look at.
type Alarm struct {
	Kind AlarmKind
	// About is what it is about: an edition, a slot, a relay, a feed's host; "" where there
	// is only one of the kind. Of a kind and what it is about one alarm is on at a time.
	About string
	// Edition is the edition that it is about, if any. An alarm that goes on for another
	// edition is a new one.
	Edition string
	// Reason says what is so to people, Hint what to do, each in a line without an address.
	Reason, Hint string
}

// RaisedAlarm is an alarm that was raised.
type RaisedAlarm struct {
	Alarm
	// Ref is its name to those who are told.
	Ref   string
	Began time.Time
	// Well is since when it is well again, zero while it is not. Over is when it was over;
	// zero while it is on.
	Well, Over time.Time
	// Again is how many alarms of the same were over within the day before it began.
	Again int
}

// AlarmWord is what is owed to a way by which alarms are told: that one began, or that it
// is over.
type AlarmWord struct {
	RaisedAlarm
	Way  string
	Ends bool
	// Attempts is how often it was tried, and Due when to try it next.
	Attempts int
	Due      time.Time
}

// ManyFailed says whether so many deliveries of an edition failed, expired or may be lost
// that somebody should look: one in fifty, and five at least; or half of them.
func (t Tally) ManyFailed() (int, bool) {
	n := t.Failed + t.Expired + t.Unknown
	return n, n >= 5 && 50*n >= t.Opened || n > 0 && 2*n >= t.Opened
}
