package returns

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/bounce"
)

// Store is where reports lie.
type Store interface {
	// Trace finds the reader and the edition that clues lead to, and what proves it. That
	// nothing does is no error.
	Trace(ctx context.Context, c subscribers.Clues) (subscribers.Found, error)
	// Record writes reports in one transaction, and gives how many of them are new: those
	// whose door and key are there already stay as they are.
	Record(ctx context.Context, all []subscribers.Report) (int, error)
}

// Desk takes what comes back. It is safe for any number of goroutines.
type Desk struct {
	Store Store
	// Scales weigh what was taken; who only takes needs none.
	Scales Scales
	// Rules are the list's; zero is [subscribers.DefaultRules].
	Rules subscribers.Rules
	Now   func() time.Time
	Log   *slog.Logger
	// Post is what else comes by mail than reports. Without Keys it is not looked for.
	Post Post

	mu   sync.Mutex
	rung chan struct{}
	told map[told]bool
}

// Came is a message that came in by a door.
type Came struct {
	// From and To are of its envelope (RFC 5321 2.3.1). A message out of a file has no To,
	// and HasEnvelope is false.
	From        string
	To          []string
	HasEnvelope bool
	// Office is "postmaster" or "abuse" if it was sent to one of them.
	Office string
	// By is how it came, in a word for people: "LMTP".
	By string
	// Raw is the message, with line ends of either kind.
	Raw []byte
}

// Taken is what became of a message.
type Taken struct {
	Mail bounce.Mail
	// Reports are those that it made. New is how many of them had not come before.
	Reports []subscribers.Report
	New     int
	// Left is how many readers it took off the list by their own word, and Asked says that
	// it came to do so: it makes no report then. Test says that it was one of our own tests.
	Left        int
	Asked, Test bool
	// NotOurs says that it came by no envelope, and neither speaks of a delivery nor has a
	// token of ours: a letter in somebody's mailbox, of which nothing is kept.
	NotOurs bool
}

// Take reads a message that came back and records what it says. When it gives no error, the
// reports are durable. An error is the store's: the message is to be offered again.
func (d *Desk) Take(ctx context.Context, c Came) (Taken, error) {
	t, err := d.read(ctx, c)
	if err != nil {
		return t, err
	}
	if done, err := d.mailed(ctx, c, &t); done || err != nil {
		return t, err
	}
	if t.NotOurs {
		return t, nil
	}
	t.New, err = d.Store.Record(ctx, t.Reports)
	if err != nil {
		return t, fmt.Errorf("record what came back: %w", err)
	}
	d.recorded(t.Reports, t.New)
	return t, nil
}

// Look says what Take would do, and does nothing of it. New and Left are not known.
func (d *Desk) Look(ctx context.Context, c Came) (Taken, error) {
	t, err := d.read(ctx, c)
	if err != nil {
		return t, err
	}
	look := Desk{Post: Post{Keys: d.Post.Keys, Leaver: nobody{}, Tests: nobody{}}, Now: d.Now, Log: d.Log}
	_, err = look.mailed(ctx, c, &t)
	return t, err
}

// read reads a message, and finds out whose each report in it is.
func (d *Desk) read(ctx context.Context, c Came) (Taken, error) {
	mail, err := bounce.Read(bytes.NewReader(c.Raw))
	if err != nil {
		return Taken{}, err
	}
	t := Taken{Mail: mail}
	clues := mail.Clues
	clues.Tokens = append(tokensOf(c.To), clues.Tokens...)
	key := keyOf(c)
	for i, one := range speaksOf(mail) {
		clues.Address = one.Address
		found, err := d.Store.Trace(ctx, clues)
		if err != nil {
			return t, fmt.Errorf("find out whose a report is: %w", err)
		}
		t.Reports = append(t.Reports, d.report(c, mail, one, found, fmt.Sprintf("%s/%d", key, i)))
	}
	t.share()
	if !c.HasEnvelope && t.stranger() {
		t.NotOurs, t.Reports = true, nil
	}
	return t, nil
}

// recorded has new reports weighed, and logs what is not proven or had come before: one
// line, and no reader is touched.
func (d *Desk) recorded(all []subscribers.Report, isNew int) {
	if isNew > 0 {
		d.ring()
	}
	unproven := 0
	for _, r := range all {
		if r.State == subscribers.ReportUnproven && r.Kind != subscribers.ReportReply {
			unproven++
		}
	}
	if unproven > 0 || isNew < len(all) {
		d.log().Info("it came back without effect", "door", all[0].Door, "kind", all[0].Kind, "reports", len(all),
			"not_proven", unproven, "came_before", len(all)-isNew)
	}
}

// stranger says whether a message is a letter, or a machine's answer to one, of which
// nothing shows that it is about ours.
func (t *Taken) stranger() bool {
	for _, r := range t.Reports {
		if r.Proof != subscribers.NotProven || r.Kind != subscribers.ReportReply && r.Kind != subscribers.ReportAuto {
			return false
		}
	}
	return true
}

// share weighs what a report says of several mailboxes behind one reader's address, to
// which our one message went on: if any of them got it, the others say nothing of the
// reader.
func (t *Taken) share() {
	got := map[int64]bool{}
	for _, r := range t.Reports {
		if r.Cause == subscribers.Delivered && r.Subscriber != 0 {
			got[r.Subscriber] = true
		}
	}
	for i := range t.Reports {
		r := &t.Reports[i]
		if got[r.Subscriber] && (r.Class == subscribers.ClassRemove || r.Class == subscribers.ClassCount) {
			r.Class, r.Rule = subscribers.ClassWait, r.Rule+"; another mailbox behind the address got it"
		}
	}
}

// keyOf gives the name of a message. The same text that comes to two return paths is two.
func keyOf(c Came) string {
	h := sha256.New()
	for _, token := range tokensOf(c.To) {
		h.Write([]byte(strings.ToLower(token)))
	}
	h.Write(c.Raw)
	return hex.EncodeToString(h.Sum(nil))
}

// speaksOf gives the addresses that a message speaks of, one without a name if it names
// none: it may be proven all the same whose it is.
func speaksOf(m bounce.Mail) []bounce.Recipient {
	if len(m.Recipients) > 0 {
		return m.Recipients
	}
	return []bounce.Recipient{{Cause: subscribers.NotSaid, Rule: "it names no address"}}
}

func (d *Desk) report(
	c Came, m bounce.Mail, one bounce.Recipient, found subscribers.Found, key string,
) subscribers.Report {
	r := subscribers.Report{
		Door: subscribers.DoorMail, Kind: kinds[m.Kind], Key: key, Proof: found.Proof,
		Subscriber: found.Subscriber, Edition: found.Edition, At: d.Now(),
		Class: one.Class(), Cause: one.Cause, Rule: one.Rule, Status: one.Status, Code: one.Reply,
		Diagnostic: Quiet(one.Diagnostic), Raw: c.Raw[:min(len(c.Raw), subscribers.MaxRaw)],
		State: subscribers.ReportNew,
	}
	if one.Action == "delayed" && r.Class == subscribers.ClassCount {
		r.Class = subscribers.ClassWait // it may still arrive
	}
	// The reader's own mailbox may be well, whoever else's is not: it has to come back often.
	if r.Class == subscribers.ClassRemove && (found.Other || one.Behind != "") {
		r.Class, r.Rule = subscribers.ClassCount, r.Rule+", of another address than the reader's"
	}
	if r.Kind == subscribers.ReportReply {
		r.Class, r.Cause = subscribers.ClassIgnore, ""
	}
	if r.Kind == subscribers.ReportDelivery && r.Class == subscribers.ClassComplaint {
		r.Kind = subscribers.ReportComplaint
	}
	if c.Office != "" && r.Kind == subscribers.ReportReply {
		r.Rule = "it was sent to " + c.Office
	}
	if found.Proof == subscribers.NotProven {
		r.Address, r.State = one.Address, subscribers.ReportUnproven
	}
	return r
}

// kinds gives the kind of the report that a message makes. Feedback is a complaint or says
// how a check ended: its class tells.
var kinds = map[bounce.Kind]subscribers.ReportKind{
	bounce.Failure: subscribers.ReportDelivery, bounce.Feedback: subscribers.ReportDelivery,
	bounce.Auto: subscribers.ReportAuto, bounce.Reply: subscribers.ReportReply,
}

// Quiet gives what a server said without the addresses in it, so that it may outlive the
// reader.
func Quiet(said string) string { return digest.WithoutAddresses(said) }

// tokensOf gives what may be tokens in the recipients of an envelope.
func tokensOf(to []string) []string {
	var all []string
	for _, a := range to {
		all = append(all, bounce.TokensIn(a)...)
	}
	return all
}
