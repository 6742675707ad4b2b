package subscribers

import "time"

// Status says in a word how it stands with a subscriber. Only Active readers are sent
// editions.
type Status string

// The statuses.
const (
	// Unconfirmed has not answered the confirmation letter.
	Unconfirmed Status = "unconfirmed"
	Active      Status = "active"
	// Unsubscribed left by the reader's own word.
	Unsubscribed Status = "unsubscribed"
	// Suppressed must not be mailed, for the reason that stands beside it.
	Suppressed Status = "suppressed"
)

// Off says whether a reader with this status has left or was taken off the list.
func (s Status) Off() bool { return s == Unsubscribed || s == Suppressed }

// Subscriber is one reader.
type Subscriber struct {
	// ID is the row: never reused, and what deliveries refer to. 0 is no row.
	ID int64
	// PublicID is the random number that link tokens carry.
	PublicID uint64
	Address  Address
	// Name is as the reader or the admin gave it. It is never in an email.
	Name   string
	Status Status
	// Reason says why a reader is unsubscribed or suppressed.
	Reason  string
	Created time.Time
	// Confirmed is zero until the subscription is confirmed, by the reader or by
	// the admin's word.
	Confirmed time.Time
	// Left is when the reader left or was suppressed. It is zero for a reader who
	// is on the list.
	Left time.Time
	// Suppressions are all reasons that stand against the address, the gravest
	// first. They outlive the row, and an active reader has none.
	Suppressions []string
	Preferences
	Consent    Consent
	Provenance Provenance
	// Tags are the admin's: readers don't see them.
	Tags []string
}

// ConfirmWithin is how long a reader may take to confirm. After that the link is
// dead, and a reader who came by the sign-up page is forgotten.
const ConfirmWithin = 72 * time.Hour

// Consent is the proof that a reader asked for the edition. What is not known is
// zero.
type Consent struct {
	// AskedAt is when the reader signed up, AskedFrom the IP address as text.
	AskedAt   time.Time
	AskedFrom string
	// Form is the version of the form that the reader filled in: see [Form].
	Form string
	// ConfirmedAt is when the reader confirmed. An admin's word does not set it.
	ConfirmedAt   time.Time
	ConfirmedFrom string
}

// The sources that are no file.
const (
	FromSignUp = "sign-up"
	FromAdmin  = "added by the admin"
	// FromAsking is a row of a file whose reader was asked to confirm.
	FromAsking = "import --ask"
)

// Provenance is where a subscriber came from.
type Provenance struct {
	// Source is FromSignUp, FromAdmin, FromAsking, or the base name of a file.
	Source string
	// SHA256 is the file's, in hex; Row counts its records from 1.
	SHA256 string
	Row    int
}

// Lapses says whether a row from here is forgotten when its reader does not
// confirm in time: it came by the sign-up page, and anybody may have asked, or it is one
// of a file that was to be asked. Every other row is the admin's and stays.
func (p Provenance) Lapses() bool { return p.Source == FromSignUp || p.Source == FromAsking }
