package subscribers

import (
	"net/netip"
	"time"
)

// SignUp is a wish that somebody typed into a form. It lies in the store's inbox until
// somebody looks whether a letter is due. Entering it is the same for every address, so
// the answer does not tell who is on the list.
type SignUp struct {
	// ID is the row's, 0 before it has one.
	ID      int64
	Address Address
	At      time.Time
	// From is the IP address of whoever asks, for the proof of consent; "" is not known.
	From string
	// Form is what was filled in.
	Form Form
	// Client is the same where it counts for the limits. The zero value is nobody's: a
	// proxy that does not say for whom it asks.
	Client netip.Addr
}

// Limits are the most mailboxes that may be asked to confirm in an hour, on the word of
// those who sign up. An admin's word is not limited.
type Limits struct {
	// Network is for a /24 of IPv4 or a /56 of IPv6, as a household or an office has it,
	// Site for a /48, and Provider for a /16 or a /32.
	Network, Site, Provider int
	// All is for everybody together. New comes on top of it, for networks that had no
	// letter within a day: one who uses up the rest does not keep the others out.
	All, New int
}

// LimitsWindow is the hour of the limits, and NewAfter how long a network has had no
// letter that counts as new.
const (
	LimitsWindow = time.Hour
	NewAfter     = 24 * time.Hour
)

// Repeats is how many sign-ups a network may have for each mailbox that it may name. A
// mailbox that is named again counts once, but even the rows must come to an end.
const Repeats = 10

// Limit is the most mailboxes of one network.
type Limit struct {
	Network netip.Prefix
	Most    int
}

// Of gives the limits of the networks that a client is in, the smallest first. A client
// who is not known has none.
func (l Limits) Of(client netip.Addr) []Limit {
	a := client.Unmap().WithZone("")
	var all []Limit
	for _, n := range []struct {
		v4, v6, most int
	}{{24, 56, l.Network}, {0, 48, l.Site}, {16, 32, l.Provider}} {
		bits := n.v6
		if a.Is4() {
			bits = n.v4
		}
		if p, err := a.Prefix(bits); err == nil && a.IsValid() && bits > 0 {
			all = append(all, Limit{p, n.most})
		}
	}
	return all
}

// Newcomer gives the network by which a client is new: a /24, or a /48, since one who
// has a /48 has 256 networks.
func Newcomer(client netip.Addr) (netip.Prefix, bool) {
	a := client.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	return p, err == nil && a.IsValid()
}

// Delay says that a sign-up was not taken, and how long until it may be tried again.
// The zero value is one that was taken.
type Delay struct {
	Wait time.Duration
	// Limit is which one was reached: a network's size, as "/24", or InAll.
	Limit string
}

// InAll is the limit of everybody together.
const InAll = "all"
