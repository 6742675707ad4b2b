package subscribers

import (
	"maps"
	"slices"
)

// Cause is why a message came back, in a word.
type Cause string

// The causes. Those of a class ask for the same of the list.
const (
	// The address is dead.
	UserUnknown Cause = "user unknown"
	HostUnknown Cause = "host unknown"
	Moved       Cause = "moved"

	// The reader does not get mail, which may pass.
	MailboxFull   Cause = "mailbox full"
	Suspended     Cause = "suspended"
	Filtered      Cause = "filtered"
	AcceptsNoMail Cause = "accepts no mail"
	OverLimit     Cause = "over limit"
	TooBig        Cause = "too big"
	SystemFull    Cause = "system full"

	// The sender is refused, or the message.
	Blocked         Cause = "blocked"
	BadReputation   Cause = "bad reputation"
	Spam            Cause = "spam"
	Policy          Cause = "policy"
	Authentication  Cause = "authentication"
	NoReverseDNS    Cause = "no reverse DNS"
	SenderRefused   Cause = "sender refused"
	NotCompliant    Cause = "not compliant"
	NoRelaying      Cause = "no relaying"
	Security        Cause = "security"
	Virus           Cause = "virus"
	Content         Cause = "content"
	TooFast         Cause = "too fast"
	TooManyAtOnce   Cause = "too many connections"
	Protocol        Cause = "protocol"
	NoTLS           Cause = "no TLS"
	AuthFailureSeen Cause = "authentication report"

	// It says nothing of the reader.
	TimeOver    Cause = "time over"
	Network     Cause = "network"
	System      Cause = "system"
	MailProgram Cause = "mail program"
	OnHold      Cause = "on hold"
	NotSaid     Cause = "not said"

	// Readers' words, and machines'.
	Complained Cause = "complaint"
	AutoReply  Cause = "automatic reply"
	Delivered  Cause = "delivered"
	NotSpam    Cause = "not spam"
)

// Class is what a cause asks of the list.
type Class string

// The classes.
const (
	// ClassRemove: the address is dead, and gets nothing more.
	ClassRemove Class = "remove"
	// ClassCount: it is dead if this goes on.
	ClassCount Class = "count"
	// ClassSender: we are refused, or what we sent; readers are not to blame.
	ClassSender Class = "sender"
	// ClassWait: it says nothing of the reader.
	ClassWait Class = "wait"
	// ClassComplaint: the reader wants no more.
	ClassComplaint Class = "complaint"
	// ClassIgnore: it is no failure.
	ClassIgnore Class = "ignore"
)

var classes = map[Class][]Cause{
	ClassRemove: {UserUnknown, HostUnknown, Moved},
	ClassCount:  {MailboxFull, Suspended, Filtered, AcceptsNoMail, OverLimit, TooBig, SystemFull},
	ClassSender: {
		Blocked, BadReputation, Spam, Policy, Authentication, NoReverseDNS, SenderRefused, NotCompliant, NoRelaying,
		Security, Virus, Content, TooFast, TooManyAtOnce, Protocol, NoTLS, AuthFailureSeen,
	},
	ClassWait:      {TimeOver, Network, System, MailProgram, OnHold, NotSaid},
	ClassComplaint: {Complained},
	ClassIgnore:    {AutoReply, Delivered, NotSpam},
}

var classOf = func() map[Cause]Class {
	all := map[Cause]Class{}
	for c, causes := range classes {
		for _, r := range causes {
			all[r] = c
		}
	}
	return all
}()

// Class gives what the cause asks of the list. One that is not known asks nothing.
func (r Cause) Class() Class {
	if c, ok := classOf[r]; ok {
		return c
	}
	return ClassWait
}

// Known says whether it is one of the causes above.
func (r Cause) Known() bool { return classOf[r] != "" }

// Causes gives all of them, in no order.
func Causes() []Cause { return slices.Collect(maps.Keys(classOf)) }
