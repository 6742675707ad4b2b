package hook

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// mailgun hears Mailgun's webhooks.
//
// Sources: "Webhook Payloads", "Securing Webhooks" and "Tracking Failures"
// (documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads,
// …/securing-webhooks and …/tracking-messages/tracking-failures). The signature is an
// HMAC-SHA256 over a timestamp and a token, and not over what is told: a token is good for
// one body alone.
//
// Mailgun answers our DATA without a name, and keeps our Message-ID, which is in
// message.headers without its brackets.
type mailgun struct {
	key []byte
	tokens
}

// mailgunMessage is what is posted.
type mailgunMessage struct {
	Signature struct {
		// Timestamp is a text, and a number by the documentation's table.
		Timestamp json.Number
		Token     string
		Signature string
		// Parent is the signature of the account above a subaccount.
		Parent string `json:"parent-signature"`
	}
	Data mailgunEvent `json:"event-data"`
}

type mailgunEvent struct {
	// Event is failed, complained, rejected, or what is of no interest.
	Event string
	// ID is unique within a day; Timestamp is that of the event.
	ID        string
	Timestamp float64
	// Severity is permanent or temporary.
	Severity string
	Reason   string
	// Recipient is the reader's address.
	Recipient string
	Message   struct {
		Headers struct {
			MessageID string `json:"message-id"`
		}
	}
	Status struct {
		Code         int
		EnhancedCode string `json:"enhanced-code"`
		Message      string
		Description  string
		// BounceType is hard or soft.
		BounceType string `json:"bounce-type"`
	} `json:"delivery-status"`
	Reject struct{ Reason string }
}

func (m *mailgun) read(_ context.Context, r request) ([]returns.Event, error) {
	var is mailgunMessage
	if err := decode(r.body, &is); err != nil {
		return nil, err
	}
	s := is.Signature
	stamp := s.Timestamp.String()
	if s.Token == "" || !m.signed(stamp+s.Token, s.Signature) && !m.signed(stamp+s.Token, s.Parent) {
		return nil, forged("its signature is wrong")
	}
	if err := staleUnix(stamp, r.now); err != nil {
		return nil, err
	}
	if err := m.use(stamp+s.Token, r.body, r.now); err != nil {
		return nil, err
	}
	return mailgunEvents(is.Data, r.body)
}

// signed says whether a signature in hex is the one of a text.
func (m *mailgun) signed(text, signature string) bool {
	got, err := hex.DecodeString(signature)
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(text))
	return err == nil && hmac.Equal(got, mac.Sum(nil))
}

func mailgunEvents(e mailgunEvent, body []byte) ([]returns.Event, error) {
	cause, by, passing := mailgunCause(e)
	if cause == "" {
		return nil, nil
	}
	if e.ID == "" {
		return nil, unreadable("its event has no id")
	}
	one := returns.Event{
		ID:      name(e.ID) + " " + strconv.FormatInt(int64(min(max(e.Timestamp, 0), 1<<52)), 10),
		Address: address(e.Recipient), MessageID: messageID(e.Message.Headers.MessageID), Cause: cause, Passing: passing,
		Rule: "mailgun: " + by, Status: status(e.Status.EnhancedCode), Raw: body,
		Diagnostic: said(cmp.Or(e.Status.Message, e.Status.Description)),
	}
	if e.Status.Code >= 400 && e.Status.Code < 600 {
		one.Code = e.Status.Code
	}
	return []returns.Event{one}, nil
}

// mailgunCause says what an event means, "" if nothing.
func mailgunCause(e mailgunEvent) (cause subscribers.Cause, by string, passing bool) {
	switch e.Event {
	case "complained":
		return subscribers.Complained, "complained", false
	case "rejected": // by Mailgun itself
		return subscribers.Policy, "rejected, " + name(e.Reject.Reason), false
	case "failed":
	default:
		return "", "", false
	}
	by = "failed, " + name(e.Reason)
	if e.Severity != "permanent" {
		return subscribers.TimeOver, by, true
	}
	switch e.Reason {
	case "suppress-bounce", "suppress-unsubscribe":
		// Mailgun did not send it: the address is on a list of our domain there.
		return subscribers.Filtered, by, false
	case "suppress-complaint":
		return subscribers.Complained, by, false
	}
	code := e.Status.Code
	if code < 400 || code > 599 { // Mailgun has numbers of its own above
		code = 0
	}
	// It calls soft what may pass, old what was tried too long, and espblock what was for us.
	passing = e.Status.BounceType == "soft" || e.Reason == "old" || e.Reason == "espblock"
	cause, rule := bounce.JudgeTold(code, e.Status.EnhancedCode,
		said(cmp.Or(e.Status.Message, e.Status.Description)))
	switch {
	case cause != subscribers.NotSaid:
		return cause, by + ", " + rule, passing
	case e.Reason == "espblock":
		return subscribers.Blocked, by, passing
	case passing:
		return subscribers.TimeOver, by, passing
	}
	return subscribers.Filtered, by, passing
}

// tokens are those that were used while their time is not over.
type tokens struct {
	mu sync.Mutex
	of map[[sha256.Size]byte]token
}

// token is what came with one.
type token struct {
	body  [sha256.Size]byte
	until time.Time
}

// maxTokens is how many are remembered. More than that many events in ten minutes wait.
const maxTokens = 100_000

// use takes a token that was verified for a body. The same request may come twice.
func (t *tokens) use(text string, body []byte, now time.Time) error {
	key, sum := sha256.Sum256([]byte(text)), sha256.Sum256(body)
	t.mu.Lock()
	defer t.mu.Unlock()
	if before, ok := t.of[key]; ok {
		if before.body != sum {
			return forged("its token was used for something else")
		}
		return nil
	}
	if len(t.of) >= maxTokens {
		for k, one := range t.of {
			if now.After(one.until) {
				delete(t.of, k)
			}
		}
	}
	if len(t.of) >= maxTokens {
		return errors.New("too many events within ten minutes")
	}
	t.of[key] = token{sum, now.Add(2 * skew)}
	return nil
}
