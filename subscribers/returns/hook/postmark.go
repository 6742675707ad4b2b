package hook

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// postmark hears Postmark's webhooks. They are not signed: Postmark logs in with a name and a
// password (RFC 7617).
//
// Sources: "Bounce webhook", "Spam complaint webhook" and "Bounce API", with the table of bounce
// types (postmarkapp.com/developer/webhooks/bounce-webhook, …/spam-complaint-webhook and
// postmarkapp.com/developer/api/bounce-api).
//
// Postmark puts MessageID in the place of our Message-ID, unless the header has
// X-PM-KeepID: true.
type postmark struct{ user, password string }

// postmarkMessage is what is posted.
type postmarkMessage struct {
	// RecordType is Bounce, SpamComplaint, or what is of no interest.
	RecordType string
	ID         int64
	TypeCode   int
	Type       string
	MessageID  string
	Email      string
	// Details is what the server said.
	Details string
}

func (p postmark) read(_ context.Context, r request) ([]returns.Event, error) {
	if !p.knows(r.header.Get("Authorization")) {
		return nil, &refusal{http.StatusUnauthorized, "its user and password are wrong", ""}
	}
	return postmarkEvents(r.body)
}

func (p postmark) knows(field string) bool {
	kind, text, _ := strings.Cut(field, " ")
	got, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !strings.EqualFold(kind, "Basic") {
		return false
	}
	want, is := sha256.Sum256([]byte(p.user+":"+p.password)), sha256.Sum256(got)
	return subtle.ConstantTimeCompare(want[:], is[:]) == 1
}

func postmarkEvents(body []byte) ([]returns.Event, error) {
	var m postmarkMessage
	if err := decode(body, &m); err != nil {
		return nil, err
	}
	if m.RecordType != "Bounce" && m.RecordType != "SpamComplaint" {
		return nil, nil
	}
	if m.ID == 0 {
		return nil, unreadable("it has no ID")
	}
	one := returns.Event{
		ID: fmt.Sprintf("%s %d", m.RecordType, m.ID), Address: address(m.Email), MessageID: messageID(m.MessageID),
		QueueIDs: names(m.MessageID), Diagnostic: said(m.Details), Raw: body,
	}
	if m.RecordType == "SpamComplaint" {
		one.Cause, one.Rule = subscribers.Complained, "postmark: SpamComplaint"
		return []returns.Event{one}, nil
	}
	is, ok := postmarkTypes[m.TypeCode]
	if !ok {
		is = postmarkType{subscribers.NotSaid, true, true}
	}
	one.Cause, one.Passing, one.Rule = is.cause, is.passing, "postmark: "+name(m.Type)
	if is.judged {
		if cause, rule := bounce.JudgeTold(0, "", one.Diagnostic); cause != subscribers.NotSaid {
			one.Cause, one.Rule = cause, one.Rule+", "+rule
		}
	}
	return []returns.Event{one}, nil
}

// postmarkType is what a type of bounce means.
type postmarkType struct {
	cause subscribers.Cause
	// passing says that it never removes a reader; judged, that the server's words decide if
	// they say something.
	passing, judged bool
}

// postmarkTypes are the types by their TypeCode, in the order of the table. A hard bounce is,
// by that, "unable to deliver": the server's words tell whether the reader is unknown.
var postmarkTypes = map[int]postmarkType{
	1:      {subscribers.Filtered, false, true},       // HardBounce
	2:      {subscribers.TimeOver, true, false},       // Transient: delayed
	16:     {subscribers.NotSaid, true, false},        // Unsubscribe: a request by mail
	32:     {subscribers.AutoReply, true, false},      // Subscribe: a request by mail
	64:     {subscribers.AutoReply, true, false},      // AutoResponder
	128:    {subscribers.NotSaid, true, false},        // AddressChange
	256:    {subscribers.Network, true, false},        // DnsError: temporary
	512:    {subscribers.Spam, true, false},           // SpamNotification
	1024:   {subscribers.AutoReply, true, false},      // OpenRelayTest
	2048:   {subscribers.NotSaid, true, true},         // Unknown
	4096:   {subscribers.MailboxFull, true, true},     // SoftBounce: full, disabled, over quota
	8192:   {subscribers.Virus, true, false},          // VirusNotification
	16384:  {subscribers.AutoReply, true, false},      // ChallengeVerification
	100000: {subscribers.UserUnknown, false, false},   // BadEmailAddress: not a valid address
	100001: {subscribers.Complained, false, false},    // SpamComplaint
	100002: {subscribers.Filtered, false, false},      // ManuallyDeactivated
	100003: {subscribers.Filtered, false, false},      // Unconfirmed
	100006: {subscribers.Blocked, true, true},         // Blocked: for content or a block list
	100007: {subscribers.Protocol, true, false},       // SMTPApiError
	100008: {subscribers.AutoReply, true, false},      // InboundError: not about what we sent
	100009: {subscribers.Authentication, true, false}, // DMARCPolicy
	100010: {subscribers.Content, true, false},        // TemplateRenderingFailed
}
