package hook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// standard hears whoever signs by Standard Webhooks: Resend, and programs that send the plain
// events below.
//
// Source: the specification of Standard Webhooks 1.0
// (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md). The signature
// v1 is an HMAC-SHA256 over webhook-id, webhook-timestamp and the body, with dots between. The
// timestamp is that of the attempt. Resend calls the fields svix-id and so on.
type standard struct{ key []byte }

// standardMessage is what is posted. The type says what the data are.
type standardMessage struct {
	Type string
	Data json.RawMessage
}

// maxSignatures is how many signatures are looked at. A key that is replaced gives two.
const maxSignatures = 16

func (s standard) read(_ context.Context, r request) ([]returns.Event, error) {
	prefix := "Webhook-"
	if r.header.Get("Webhook-Id") == "" {
		prefix = "Svix-"
	}
	id, at := r.header.Get(prefix+"Id"), r.header.Get(prefix+"Timestamp")
	if id == "" || !s.signed(id+"."+at+".", r.body, r.header.Get(prefix+"Signature")) {
		return nil, forged("its signature is wrong")
	}
	if err := staleUnix(at, r.now); err != nil {
		return nil, err
	}
	return standardEvents(id, r.body)
}

// signed says whether one of the signatures is that of a text and a body.
func (s standard) signed(text string, body []byte, signatures string) bool {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(text))
	mac.Write(body)
	want, ok := mac.Sum(nil), false
	for n, one := 0, ""; signatures != "" && n < maxSignatures; n++ {
		one, signatures, _ = strings.Cut(signatures, " ")
		version, signature, _ := strings.Cut(one, ",")
		got, err := base64.StdEncoding.DecodeString(signature)
		ok = ok || version == "v1" && err == nil && hmac.Equal(got, want)
	}
	return ok
}

func standardEvents(id string, body []byte) ([]returns.Event, error) {
	var m standardMessage
	if err := decode(body, &m); err != nil {
		return nil, err
	}
	var all []returns.Event
	var err error
	switch kind, _, _ := strings.Cut(m.Type, "."); kind {
	case "email":
		all, err = resendEvents(m.Type, m.Data)
	case "mail":
		all, err = plainEvents(m.Type, m.Data)
	}
	for i := range all {
		all[i].ID, all[i].Raw = fmt.Sprintf("%s/%d", name(id), i), body
	}
	return all, err
}

// plainMail is our own form, for programs that tell what became of mail: the type is
// mail.bounced, mail.deferred or mail.complained.
type plainMail struct {
	// Address is the reader's; MessageID that of the message, QueueID the name in the relay's
	// 250. One of them must be there.
	Address   string
	MessageID string `json:"message_id"`
	QueueID   string `json:"queue_id"`
	// Code, Status and Diagnostic are the server's reply, its enhanced status and its words.
	Code       int
	Status     string
	Diagnostic string
}

func plainEvents(kind string, data []byte) ([]returns.Event, error) {
	var p plainMail
	if err := decode(data, &p); err != nil {
		return nil, err
	}
	e := returns.Event{
		Address: address(p.Address), MessageID: messageID(p.MessageID), QueueIDs: names(p.QueueID), Rule: kind,
		Status: status(p.Status), Diagnostic: said(p.Diagnostic),
	}
	if p.Code >= 400 && p.Code < 600 {
		e.Code = p.Code
	}
	switch kind {
	case "mail.complained":
		e.Cause = subscribers.Complained
	case "mail.deferred":
		e.Cause, e.Passing = subscribers.TimeOver, true
	case "mail.bounced":
		e.Cause, e.Rule = bounce.JudgeTold(e.Code, e.Status, e.Diagnostic)
		e.Rule = kind + ", " + e.Rule
		e.Passing = e.Code/100 == 4 || strings.HasPrefix(e.Status, "4.")
	default:
		return nil, nil
	}
	if e.Address == "" && e.MessageID == "" && len(e.QueueIDs) == 0 {
		return nil, &refusal{http.StatusBadRequest, "it names neither an address nor a message", ""}
	}
	return []returns.Event{e}, nil
}
