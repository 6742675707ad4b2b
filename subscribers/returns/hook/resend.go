package hook

import (
	"strings"

	"vesper/subscribers"
	"vesper/subscribers/returns"
)

// resendMail is what Resend says of a message.
//
// Source: "Event Types" and "email.bounced" (resend.com/docs/webhooks/event-types and
// resend.com/docs/webhooks/emails/bounced). Resend sends by SES, whose words for bounces it
// passes on. email_id is Resend's name of the message; message_id its Message-ID.
type resendMail struct {
	EmailID   string `json:"email_id"`
	MessageID string `json:"message_id"`
	To        []string
	Headers   []struct{ Name, Value string }
	Bounce    struct {
		// Message is a sentence of Resend's, or what the server said.
		Message       string
		Type, SubType string
	}
	Suppressed struct{ Message, Type string }
	Failed     struct{ Reason string }
}

// resendEvents reads an event of Resend. What was sent, delivered, opened and clicked is of no
// interest.
func resendEvents(kind string, data []byte) ([]returns.Event, error) {
	var m resendMail
	if err := decode(data, &m); err != nil {
		return nil, err
	}
	e := returns.Event{
		MessageID: messageID(m.MessageID), QueueIDs: names(m.EmailID, strings.Trim(m.MessageID, "<>")),
		Rule: "resend: " + kind,
	}
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, "Message-ID") {
			e.MessageID = messageID(h.Value)
		}
	}
	if len(m.To) == 1 {
		e.Address = address(m.To[0])
	}
	switch kind {
	case "email.bounced":
		var by string
		e.Diagnostic = said(m.Bounce.Message)
		e.Cause, by, e.Passing = sesBounce(m.Bounce.Type, m.Bounce.SubType, "", m.Bounce.Message)
		e.Rule += ", " + name(m.Bounce.Type+"/"+m.Bounce.SubType) + by
	case "email.complained":
		e.Cause = subscribers.Complained
	case "email.delivery_delayed":
		e.Cause, e.Passing = subscribers.TimeOver, true
	case "email.suppressed":
		e.Cause, e.Diagnostic = subscribers.Filtered, said(m.Suppressed.Message)
	case "email.failed":
		e.Cause, e.Diagnostic = subscribers.NotSaid, said(m.Failed.Reason)
	default:
		return nil, nil
	}
	return []returns.Event{e}, nil
}
