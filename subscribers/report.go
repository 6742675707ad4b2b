package subscribers

import (
	"fmt"
	"time"
)

// Door is the way by which something came back.
type Door string

// The doors. Webhooks are named by their provider: see [WebhookDoor].
const (
	// DoorRelay is a refusal that our own relay gave while it was sent to.
	DoorRelay Door = "relay"
	// DoorMail is a message that came by LMTP or SMTP, by a pipe or a file, or out of a
	// mailbox.
	DoorMail Door = "mail"
)

// WebhookDoor is the door of a provider's events, such as "webhook ses".
func WebhookDoor(provider string) Door { return Door("webhook " + provider) }

// ReportKind is what sort of thing came back.
type ReportKind string

// The kinds of reports.
const (
	// ReportRefusal: a relay refused the reader in the SMTP dialogue, and it was no fault
	// of ours.
	ReportRefusal ReportKind = "refusal"
	// ReportDelivery: a message that says what became of another (RFC 3464).
	ReportDelivery ReportKind = "delivery report"
	// ReportEvent: a provider's word on a delivery.
	ReportEvent ReportKind = "event"
	// ReportComplaint: a reader called it spam (RFC 5965, or a provider's word).
	ReportComplaint ReportKind = "complaint"
	// ReportAuto: a machine's reply (RFC 3834).
	ReportAuto ReportKind = "automatic reply"
	// ReportReply: a person's reply.
	ReportReply ReportKind = "reply"
)

// Proof is what shows that a report is about a message of ours to this reader.
type Proof string

// The proofs. Without one a report changes nobody, until an admin says so.
const (
	NotProven       Proof = ""
	ByReturnPath    Proof = "return path"
	ByMessageID     Proof = "message id"
	ByLink          Proof = "link"
	ByQueueID       Proof = "queue id"
	ByRelayItself   Proof = "relay"
	ByAdmin         Proof = "admin"
	ByWebhookSecret Proof = "webhook"
)

// Report is what came back for one reader.
type Report struct {
	// ID is the store's.
	ID   int64
	Door Door
	Kind ReportKind
	// Key tells it from others of its door: what comes twice is one report.
	Key   string
	Proof Proof
	// Subscriber is the reader's row, 0 if it is not known or gone; Edition the number of
	// the edition, 0 for a letter, or if it is not known.
	Subscriber int64
	Edition    uint32
	// EditionID is the edition's name for people, such as "2026-11-22-evening". The store
	// fills it in.
	EditionID string
	// Address is the one that it speaks of, where nothing proves whose it is. Of proven
	// reports the row tells the address.
	Address string
	// At is when it came.
	At time.Time
	// Class and Cause are what it means, Rule what decided that.
	Class Class
	Cause Cause
	Rule  string
	// Status is the enhanced status code (RFC 3463), Code the reply code, "" and 0 if none
	// was said. Diagnostic is what the server said, without the addresses that it quotes.
	Status     string
	Code       int
	Diagnostic string
	// Raw is the message or the event as it came, cut at [MaxRaw]; kept for [KeepRaw].
	Raw []byte
	// State is what became of it, Decided when, and Why in words for people. Decided is
	// zero while it waits.
	State   ReportState
	Decided time.Time
	Why     string
}

// What the rule of a relay's refusal says until it is weighed: at which command it came.
const (
	AtRcpt = "in reply to RCPT"
	AtData = "after the text was sent"
)

// ReportFilter chooses reports. What is zero chooses nothing by itself, and the zero
// filter has all of them.
type ReportFilter struct {
	IDs []int64
	// Reader is a row, and Address one that an unproven report speaks of: a report that
	// fits either is chosen.
	Reader  int64
	Address Address
	Edition uint32
	Class   Class
	Kind    ReportKind
	States  []ReportState
	// Limit is how many at most, the newest; 0 is all.
	Limit int
}

// ReportSums are what came back of one edition, in readers.
type ReportSums struct {
	// Of is how many readers the relay took it for; those it was opened with, while it is
	// being sent.
	Of int
	// Bounced are those of whom the relay accepted the message and somebody said later
	// that it was not delivered, Complained those who called it spam.
	Bounced, Complained int
	// Dead are those whose address does not exist, as the relay or somebody later said.
	Dead int
	// Removed were taken off the list for it, Held wait for an admin's word.
	Removed, Held int
	// Sender are those whose servers refused us, and not them.
	Sender int
}

// ManyComplaints says whether so many readers call an edition spam that somebody should
// know: five and one in a thousand.
func (s ReportSums) ManyComplaints() bool {
	return s.Complained >= complaintsTold && s.Complained*1000 >= s.Of*complaintsBad
}

// ManyDead says whether so many addresses of an edition do not exist that somebody should
// look where they came from: ten and one in twenty.
func (s ReportSums) ManyDead() bool { return s.Dead >= fewestDead && s.Dead*1000 >= s.Of*deadTold }

// The rates that somebody is told of, in parts of a thousand, and from how many on.
const (
	complaintsTold = 5
	complaintsBad  = 1
	fewestDead     = 10
	deadTold       = 50
)

// From that many complaints, and that part of the readers in parts of a thousand, the
// next edition waits for an admin's word. From there on large providers refuse senders.
const (
	complaintsHold = 10
	complaintsRate = 3
)

// Caution says why the edition after this one should wait for an admin's word, "" if it
// need not.
func (s ReportSums) Caution() string {
	if s.Complained < complaintsHold || s.Complained*1000 < s.Of*complaintsRate {
		return ""
	}
	return fmt.Sprintf("%d of %d readers called the edition before it spam", s.Complained, s.Of)
}

// How long the raw message of a report is kept, and how many octets of it at most.
const (
	KeepRaw = 30 * 24 * time.Hour
	MaxRaw  = 64 << 10
)

// ReportState is what became of a report.
type ReportState string

// The states of a report. All begin as new; an admin's word ends those that are held or
// not proven.
const (
	// ReportNew waits for the policy.
	ReportNew ReportState = "new"
	// ReportNoted was weighed and changed nobody.
	ReportNoted ReportState = "noted"
	// ReportActed took its reader off the list.
	ReportActed ReportState = "acted"
	// ReportHeld would take its reader off the list, and waits for an admin's word: too
	// many came at once.
	ReportHeld ReportState = "held"
	// ReportUnproven waits for an admin's word: nothing shows whose it is.
	ReportUnproven ReportState = "unproven"
	// ReportDiscarded was set aside by an admin.
	ReportDiscarded ReportState = "discarded"
)
