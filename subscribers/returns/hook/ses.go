package hook

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// What SES says of a message that it took from us.
//
// Sources: "Amazon SNS notification contents for Amazon SES" and "Contents of event data that
// Amazon SES publishes to Amazon SNS" (docs.aws.amazon.com/ses/latest/dg/
// notification-contents.html and …/event-publishing-retrieving-sns-contents.html). The first
// calls the type notificationType, the second eventType.
//
// SES answers our DATA with "250 Ok" and the name that it gives as mail.messageId. It puts a
// Message-ID of its own in the place of ours, which is in mail.headers if headers are included.
type sesMessage struct {
	NotificationType, EventType string
	Mail                        struct {
		MessageID   string `json:"messageId"`
		Destination []string
		Headers     []struct{ Name, Value string }
		// CommonHeaders are those of the original message.
		CommonHeaders struct {
			MessageID string `json:"messageId"`
		}
	}
	Bounce struct {
		BounceType, BounceSubType string
		BouncedRecipients         []sesRecipient
		// FeedbackID is the name of the bounce: the same if two ways tell of it.
		FeedbackID string `json:"feedbackId"`
	}
	Complaint struct {
		ComplainedRecipients  []sesRecipient
		ComplaintFeedbackType string
		ComplaintSubType      string
		FeedbackID            string `json:"feedbackId"`
	}
	DeliveryDelay struct {
		DelayType         string
		DelayedRecipients []sesRecipient
	}
	Reject struct{ Reason string }
}

type sesRecipient struct {
	EmailAddress   string
	Status         string
	DiagnosticCode string
}

// maxOfMessage is how many recipients one message has at most, for SES.
const maxOfMessage = 50

// sesEvents reads what SES says. Deliveries, openings and clicks are of no interest. ID is
// SNS's name of its own message.
func sesEvents(text []byte, id string) ([]returns.Event, error) {
	// This is all that SES says when its events are set up.
	if bytes.HasPrefix(text, []byte("Successfully validated SNS topic")) {
		return nil, nil
	}
	var m sesMessage
	if err := decode(text, &m); err != nil {
		return nil, err
	}
	var all []returns.Event
	add := func(id, what string, to []sesRecipient, say func(*returns.Event, sesRecipient)) error {
		if len(to) > maxOfMessage {
			return unreadable("it has too many recipients")
		}
		if len(to) == 0 { // the bounce did not name it
			to = []sesRecipient{{}}
		}
		for i, one := range to {
			e := m.event(text, fmt.Sprintf("%s %s/%d", what, name(id), i), one)
			e.Rule = "ses: " + what
			say(&e, one)
			all = append(all, e)
		}
		return nil
	}
	var err error
	switch cmp.Or(m.NotificationType, m.EventType) {
	case "Bounce":
		b := m.Bounce
		what := name(b.BounceType + "/" + b.BounceSubType)
		err = add(cmp.Or(b.FeedbackID, id), "bounce", b.BouncedRecipients, func(e *returns.Event, one sesRecipient) {
			var by string
			e.Cause, by, e.Passing = sesBounce(b.BounceType, b.BounceSubType, one.Status, one.DiagnosticCode)
			e.Rule = "ses: " + what + by
		})
	case "Complaint":
		c := m.Complaint
		err = add(cmp.Or(c.FeedbackID, id), "complaint", whoComplained(c.ComplainedRecipients),
			func(e *returns.Event, _ sesRecipient) {
				e.Cause, e.Rule = sesComplaint(c.ComplaintFeedbackType), "ses: complaint"
				if kind := cmp.Or(c.ComplaintFeedbackType, c.ComplaintSubType); kind != "" {
					e.Rule += "/" + name(kind)
				}
			})
	case "DeliveryDelay":
		err = add(id, "delay", m.DeliveryDelay.DelayedRecipients, func(e *returns.Event, _ sesRecipient) {
			e.Cause, e.Passing, e.Rule = subscribers.TimeOver, true, "ses: delay/"+name(m.DeliveryDelay.DelayType)
		})
	case "Reject":
		// SES takes a message and rejects it later if it finds a virus.
		err = add(id, "reject", []sesRecipient{{}}, func(e *returns.Event, _ sesRecipient) {
			e.Cause, e.Rule = subscribers.Virus, "ses: reject/"+name(m.Reject.Reason)
		})
	}
	return all, err
}

func (m sesMessage) event(text []byte, id string, one sesRecipient) returns.Event {
	e := returns.Event{
		ID: id, Address: address(one.EmailAddress), Diagnostic: said(one.DiagnosticCode), Status: status(one.Status),
		MessageID: messageID(m.Mail.CommonHeaders.MessageID), QueueIDs: names(m.Mail.MessageID), Raw: text,
	}
	// What we send has one recipient.
	if e.Address == "" && len(m.Mail.Destination) == 1 {
		e.Address = address(m.Mail.Destination[0])
	}
	for _, h := range m.Mail.Headers {
		if strings.EqualFold(h.Name, "Message-ID") {
			e.MessageID = messageID(h.Value)
		}
	}
	return e
}

// whoComplained gives the recipients of a complaint. Providers do not say who complained,
// so SES names all who may have: of several nobody is named.
func whoComplained(to []sesRecipient) []sesRecipient {
	if len(to) == 1 {
		return to
	}
	return []sesRecipient{{}}
}

// sesBounce says what a bounce means, and by what beside its type, and whether it may pass.
// The types are those of "Bounce types" in the source above. Permanent/General is a hard
// bounce whose reason SES does not tell: the server's words tell it, or nobody.
func sesBounce(kind, sub, status, diagnostic string) (cause subscribers.Cause, by string, passing bool) {
	passing = kind != "Permanent"
	switch sub {
	case "MailboxFull":
		return subscribers.MailboxFull, "", passing
	case "MessageTooLarge":
		return subscribers.TooBig, "", passing
	case "ContentRejected", "AttachmentRejected":
		return subscribers.Content, "", passing
	case "CustomTimeoutExceeded":
		return subscribers.TimeOver, "", passing
	case "Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient":
		// SES did not send it: the address is on a list of SES or of our account there, for
		// reasons that are not told.
		return subscribers.Filtered, "", passing
	case "NoEmail":
		return subscribers.NotSaid, "", passing
	}
	cause, rule := bounce.JudgeTold(0, status, said(diagnostic))
	switch {
	case cause != subscribers.NotSaid:
		return cause, ", " + rule, passing
	case kind == "Permanent":
		return subscribers.Filtered, ", for a reason that is not told", passing
	}
	return subscribers.NotSaid, "", passing
}

// sesComplaint says what a complaint means. The words are those of RFC 5965 3.1 and of IANA.
func sesComplaint(kind string) subscribers.Cause {
	switch kind {
	case "not-spam":
		return subscribers.NotSpam
	case "auth-failure":
		return subscribers.AuthFailureSeen
	case "virus":
		return subscribers.Virus
	}
	return subscribers.Complained
}
