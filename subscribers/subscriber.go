package subscribers

import (
	"errors"
	"time"
)

// Status is a subscriber's standing. Only Active readers are sent editions.
type Status string

// The standings.
const (
	// Unconfirmed has not answered the confirmation mail.
	Unconfirmed Status = "unconfirmed"
	Active      Status = "active"
	// Unsubscribed left by the reader's own word.
	Unsubscribed Status = "unsubscribed"
	// Suppressed must not be mailed, for the reason that stands beside it.
	Suppressed Status = "suppressed"
)

// Subscriber is one reader.
type Subscriber struct {
	// ID is the row: never reused, and what deliveries refer to.
	ID int64
	// PublicID is the random number that link tokens carry.
	PublicID uint64
	Address  Address
	// Name is as the reader or the admin gave it; it is never in an email.
	Name   string
	Status Status
	// Reason says why a reader is unsubscribed or suppressed.
	Reason string
	// Timezone is an IANA name; empty means the publication's.
	Timezone string
	// Variant is the form of edition the reader wants, a variant of a message.
	Variant string
	Created time.Time
	// Confirmed is zero until the subscription is confirmed.
	Confirmed time.Time
}

// ErrNotFound says that there is no such subscriber.
var ErrNotFound = errors.New("no such subscriber")
