package hook

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// sendGrid hears Twilio SendGrid's Signed Event Webhook.
//
// Sources: "Event Webhook Reference" (twilio.com/docs/sendgrid/for-developers/
// tracking-events/event) and "Getting Started with the Event Webhook Security Features"
// (…/getting-started-event-webhook-security-features): the signature is ECDSA over the
// timestamp and the body.
//
// SendGrid answers our DATA with "250 Ok: queued as" and the part of sg_message_id before
// its first dot. Smtp-id is the Message-ID that it was given.
type sendGrid struct{ key *ecdsa.PublicKey }

// sendGridEvent is one event in the array that is posted.
type sendGridEvent struct {
	Event     string
	Email     string
	SMTPID    string `json:"smtp-id"`
	EventID   string `json:"sg_event_id"`
	MessageID string `json:"sg_message_id"`
	// Type is bounce or blocked, of bounces.
	Type string
	// Reason is what the server said, of bounces, and SendGrid's own of what is dropped.
	Reason string
	// Response is what the server said, of what is deferred.
	Response string
	Status   string
	// Classification is SendGrid's, of bounces.
	Classification string `json:"bounce_classification"`
}

// maxEvents is how many events a request may have.
const maxEvents = 1000

func (s sendGrid) read(_ context.Context, r request) ([]returns.Event, error) {
	at := r.header.Get("X-Twilio-Email-Event-Webhook-Timestamp")
	signature, err := base64.StdEncoding.DecodeString(r.header.Get("X-Twilio-Email-Event-Webhook-Signature"))
	if err != nil || len(signature) == 0 {
		return nil, forged("it is not signed: turn the Signed Event Webhook on")
	}
	hash := sha256.New()
	hash.Write([]byte(at))
	hash.Write(r.body)
	if !ecdsa.VerifyASN1(s.key, hash.Sum(nil), signature) {
		return nil, forged("its signature is wrong")
	}
	if err := staleUnix(at, r.now); err != nil {
		return nil, err
	}
	return sendGridEvents(r.body)
}

// staleUnix is stale for a time in seconds since 1970.
func staleUnix(text string, now time.Time) error {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return forged("its timestamp can't be read")
	}
	return stale(time.Unix(seconds, 0), now, skew)
}

// sendGridEvents reads an array of events. What was processed, delivered, opened, clicked
// and unsubscribed is of no interest.
func sendGridEvents(body []byte) ([]returns.Event, error) {
	var raw []json.RawMessage
	if err := decode(body, &raw); err != nil {
		return nil, err
	}
	if len(raw) > maxEvents {
		return nil, unreadable("it has more than 1000 events")
	}
	var all []returns.Event
	for _, text := range raw {
		var e sendGridEvent
		if err := decode(text, &e); err != nil {
			return nil, err
		}
		cause, by, passing := sendGridCause(e)
		if cause == "" {
			continue
		}
		if e.EventID == "" {
			return nil, unreadable("an event has no sg_event_id")
		}
		queue, _, _ := strings.Cut(e.MessageID, ".")
		one := returns.Event{
			ID: name(e.EventID), Address: address(e.Email), MessageID: messageID(e.SMTPID),
			QueueIDs: names(queue, e.MessageID), Cause: cause, Passing: passing, Rule: "sendgrid: " + by,
			Status: status(e.Status), Raw: text,
		}
		if e.Event == "bounce" {
			one.Diagnostic = said(e.Reason)
		} else if e.Event == "deferred" {
			one.Diagnostic = said(e.Response)
		}
		all = append(all, one)
	}
	return all, nil
}

// sendGridCause says what an event means, "" if nothing.
func sendGridCause(e sendGridEvent) (cause subscribers.Cause, by string, passing bool) {
	switch e.Event {
	case "spamreport":
		return subscribers.Complained, "spamreport", false
	case "deferred":
		return subscribers.TimeOver, "deferred", true
	case "dropped":
		by = "dropped, " + name(e.Reason)
		if cause, ok := sendGridDropped[e.Reason]; ok {
			return cause, by, false
		}
		return subscribers.NotSaid, by, false
	case "bounce":
		return sendGridBounce(e)
	}
	return "", "", false
}

// sendGridBounce says what a bounce means. One that is blocked is for the message or its
// sender, and SendGrid goes on sending to the address.
func sendGridBounce(e sendGridEvent) (cause subscribers.Cause, by string, passing bool) {
	by, passing = "bounce", e.Type == "blocked"
	if passing {
		by = "blocked"
	}
	if cause, rule := bounce.JudgeTold(0, e.Status, said(e.Reason)); cause != subscribers.NotSaid {
		return cause, by + ", " + rule, passing
	}
	if e.Classification != "" {
		by += ", " + name(e.Classification)
	}
	if cause, ok := sendGridClasses[e.Classification]; ok {
		return cause, by, passing
	}
	if passing {
		return subscribers.Blocked, by, passing
	}
	return subscribers.Filtered, by, passing
}

// sendGridDropped are SendGrid's reasons not to send a message. It drops what goes to
// addresses of its lists, whose reasons it does not tell.
var sendGridDropped = map[string]subscribers.Cause{
	"Bounced Address":                   subscribers.Filtered,
	"Unsubscribed Address":              subscribers.Filtered,
	"Spam Reporting Address":            subscribers.Complained,
	"Invalid":                           subscribers.UserUnknown,
	"Invalid SMTPAPI header":            subscribers.Protocol,
	"Spam Content":                      subscribers.Content,
	"Recipient List over Package Quota": subscribers.Policy,
}

// sendGridClasses are SendGrid's classifications of bounces.
var sendGridClasses = map[string]subscribers.Cause{
	"Invalid Address":              subscribers.UserUnknown,
	"Technical":                    subscribers.Network,
	"Technical Failure":            subscribers.Network,
	"Content":                      subscribers.Content,
	"Reputation":                   subscribers.BadReputation,
	"Frequency or Volume Too High": subscribers.TooFast,
	"Mailbox Unavailable":          subscribers.Suspended,
}
