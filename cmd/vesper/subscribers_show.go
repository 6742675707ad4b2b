package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// subscriberJSON is a subscriber as scripts read it. "subscribers show" adds what
// stands from HardBounces on: all that is known of the address.
type subscriberJSON struct {
	Address     string             `json:"address"`
	Name        string             `json:"name"`
	Status      subscribers.Status `json:"status"`
	Reason      string             `json:"reason"`
	Timezone    string             `json:"timezone"`
	CreatedAt   *string            `json:"created_at"`
	ConfirmedAt *string            `json:"confirmed_at"`
	Variant     string             `json:"variant"`
	Evenings    string             `json:"evenings"`
	Slots       []string           `json:"slots"`
	PausedUntil string             `json:"paused_until"`
	Tags        []string           `json:"tags"`
	Consent     consentJSON        `json:"consent"`
	Provenance  provenanceJSON     `json:"provenance"`
	// HardBounces counts the deliveries that failed because of the address.
	HardBounces   *int                `json:"hard_bounces,omitempty"`
	Deliveries    *[]deliveryJSON     `json:"deliveries,omitempty"`
	Letters       *[]letterJSON       `json:"letters,omitempty"`
	Suppressions  *[]suppressionJSON  `json:"suppressions,omitempty"`
	Confirmations *[]confirmationJSON `json:"confirmations,omitempty"`
	// Quoted is where a relay named the address other than in the reader's own
	// deliveries.
	Quoted *[]quotedJSON `json:"quoted,omitempty"`
}

// quotedJSON is what a relay said with the address in it: of a delivery to
// somebody else or to a row that is gone, or when the edition paused.
type quotedJSON struct {
	Edition string  `json:"edition"`
	State   string  `json:"state"`
	Reply   string  `json:"reply"`
	At      *string `json:"at"`
}

type consentJSON struct {
	AskedAt       *string `json:"asked_at"`
	AskedFrom     string  `json:"asked_from"`
	ConfirmedAt   *string `json:"confirmed_at"`
	ConfirmedFrom string  `json:"confirmed_from"`
}

type provenanceJSON struct {
	Source string `json:"source"`
	SHA256 string `json:"sha256"`
	Row    int    `json:"row"`
}

type deliveryJSON struct {
	Edition  string      `json:"edition"`
	State    digest.Step `json:"state"`
	Code     int         `json:"code"`
	Reply    string      `json:"reply"`
	At       *string     `json:"at"`
	Enhanced string      `json:"enhanced"`
	Reason   string      `json:"reason"`
	Variant  string      `json:"variant"`
	QueueID  string      `json:"queue_id"`
	Attempts int         `json:"attempts"`
	Doubts   int         `json:"possible_duplicates"`
	DueAt    *string     `json:"due_at"`
}

type letterJSON struct {
	Kind     digest.LetterKind `json:"kind"`
	State    digest.Step       `json:"state"`
	Reason   string            `json:"reason"`
	Code     int               `json:"code"`
	Enhanced string            `json:"enhanced"`
	Reply    string            `json:"reply"`
	PostedAt *string           `json:"posted_at"`
	At       *string           `json:"at"`
}

type suppressionJSON struct {
	Reason string  `json:"reason"`
	Since  *string `json:"since"`
}

type confirmationJSON struct {
	SentAt    *string `json:"sent_at"`
	AskedFrom string  `json:"asked_from"`
}

func subscriberOut(s subscribers.Subscriber, zone *time.Location) subscriberJSON {
	return subscriberJSON{
		Address: s.Address.String(), Name: s.Name, Status: s.Status, Reason: s.Reason, Timezone: s.Timezone,
		CreatedAt: stamp(s.Created, zone), ConfirmedAt: stamp(s.Confirmed, zone),
		Variant: s.Variant, Evenings: s.Evenings.String(), Slots: listed(s.Slots), PausedUntil: s.PausedUntil, Tags: listed(s.Tags),
		Consent: consentJSON{
			stamp(s.Consent.AskedAt, zone), s.Consent.AskedFrom, stamp(s.Consent.ConfirmedAt, zone), s.Consent.ConfirmedFrom,
		},
		Provenance: provenanceJSON(s.Provenance),
	}
}

// listed makes no list an empty one in JSON.
func listed(all []string) []string { return append([]string{}, all...) }

func deliveryOut(d sqlite.Receipt, zone *time.Location) deliveryJSON {
	return deliveryJSON{
		Edition: d.Edition.String(), State: d.Step, Reason: d.Reason, Variant: d.Variant, Code: d.Code, Enhanced: d.Enhanced,
		Reply: d.Reply, QueueID: d.QueueID, Attempts: d.Attempts, Doubts: d.Doubts, DueAt: stamp(d.Due, zone), At: stamp(d.At, zone),
	}
}

func suppressionsOut(all []sqlite.Suppression, zone *time.Location) []suppressionJSON {
	out := []suppressionJSON{}
	for _, one := range all {
		out = append(out, suppressionJSON{one.Reason, stamp(one.Since, zone)})
	}
	return out
}

func (a *app) subscribersShowCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "show ADDRESS", Short: "All that is known of one address", Args: cobra.ExactArgs(1),
		Long: `Shows one reader: standing, preferences, proof of consent, where the address came
from, letters, suppressions, what became of every edition, and where relays
quoted the address. With -o json that is everything that is known of the address,
to be handed to its owner who asks, also once its row is gone.`,
		Example: "  vesper subscribers show ines@news.example -o json",
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			object, err := h.everything(cmd.Context(), all[0])
			if err != nil {
				return err
			}
			if out == "json" {
				return newEncoder(a.stdout).Encode(object)
			}
			return a.showSubscriber(object, out)
		}),
	}
	addFormat(cmd, &out)
	return cmd
}

// everything gathers all that is known of an address. That it is nothing is a
// wrong argument.
func (h *house) everything(ctx context.Context, address subscribers.Address) (subscriberJSON, error) {
	s, err := h.store.Subscriber(ctx, address)
	nobody := errors.Is(err, subscribers.ErrNotFound)
	if err != nil && !nobody {
		return subscriberJSON{}, err
	}
	if nobody {
		s = subscribers.Subscriber{Address: address}
	}
	object := subscriberOut(s, h.zone)
	suppressions, err := h.store.Suppressions(ctx, address)
	if err != nil {
		return object, err
	}
	confirmations, err := h.store.Confirmations(ctx, address)
	if err != nil {
		return object, err
	}
	quoted, err := h.store.Quoted(ctx, address, s.ID)
	if err != nil {
		return object, err
	}
	if nobody && len(suppressions)+len(confirmations)+len(quoted.Receipts)+len(quoted.Letters)+len(quoted.Paused) == 0 {
		return object, notThere(address)
	}
	barred, asked := suppressionsOut(suppressions, h.zone), []confirmationJSON{}
	for _, one := range confirmations {
		asked = append(asked, confirmationJSON{stamp(one.AskedAt, h.zone), one.AskedFrom})
	}
	object.Suppressions, object.Confirmations = &barred, &asked
	if nobody {
		object.Evenings = ""
	}
	err = h.addMail(ctx, s.ID, &object)
	if err == nil {
		h.addQuoted(quoted, &object)
	}
	return object, err
}

// addQuoted adds where the address stands besides its reader's rows.
func (h *house) addQuoted(quoted sqlite.Quoted, object *subscriberJSON) {
	said := []quotedJSON{}
	for _, d := range quoted.Receipts {
		said = append(said, quotedJSON{d.Edition.String(), string(d.Step), d.Reply, stamp(d.At, h.zone)})
	}
	for _, r := range quoted.Paused {
		said = append(said, quotedJSON{r.ID.String(), string(r.State), r.Reason, stamp(r.OpenedAt, h.zone)})
	}
	object.Quoted = &said
	for _, l := range quoted.Letters {
		*object.Letters = append(*object.Letters, h.letterOut(l))
	}
}

func (h *house) letterOut(l sqlite.PostedLetter) letterJSON {
	return letterJSON{l.Kind, l.Step, l.Reason, l.Code, l.Enhanced, l.Reply, stamp(l.Created, h.zone), stamp(l.At, h.zone)}
}

// addMail adds what became of a reader's editions and letters.
func (h *house) addMail(ctx context.Context, subscriber int64, object *subscriberJSON) error {
	deliveries, err := h.store.Deliveries(ctx, subscriber)
	if err != nil {
		return err
	}
	letters, err := h.store.LettersTo(ctx, subscriber)
	if err != nil {
		return err
	}
	got, posted, bounces := []deliveryJSON{}, []letterJSON{}, 0
	for _, d := range deliveries {
		if d.Step == digest.Failed && subscribers.IsHardBounce(d.Enhanced) {
			bounces++
		}
		got = append(got, deliveryOut(d, h.zone))
	}
	for _, l := range letters {
		posted = append(posted, h.letterOut(l))
	}
	object.Deliveries, object.Letters, object.HardBounces = &got, &posted, &bounces
	return nil
}

func (a *app) showSubscriber(o subscriberJSON, out format) error {
	if out == "table" {
		a.tellSubscriber(o)
	}
	list := newLister(a.stdout, out, "EDITION", "STATE", "CODE", "REPLY", "AT")
	for _, d := range *o.Deliveries {
		if err := list.row(d, d.Edition, string(d.State), code(d.Code), d.Reply, orEmpty(d.At)); err != nil {
			return err
		}
	}
	return list.done()
}

// tellSubscriber prints a line for each thing that is known.
func (a *app) tellSubscriber(o subscriberJSON) {
	say := func(what string, words ...string) {
		words = present(words)
		if len(words) > 0 {
			fmt.Fprintf(a.stdout, "%-12s %s\n", what, printable(strings.Join(words, ", ")))
		}
	}
	fmt.Fprintf(a.stdout, "%s %s\n", o.Address, printable(o.Name))
	say("standing", strings.TrimSpace(string(o.Status)+" "+o.Reason), count(*o.HardBounces, "hard bounce"))
	if o.Status != "" {
		say("chosen", o.Variant, o.Evenings, strings.Join(o.Slots, " and "), o.Timezone, prefixed("paused until ", o.PausedUntil))
		say("dates", "created "+orNever(orEmpty(o.CreatedAt)), "confirmed "+orNever(orEmpty(o.ConfirmedAt)))
		row := ""
		if o.Provenance.Row > 0 {
			row = fmt.Sprintf("row %d", o.Provenance.Row)
		}
		say("came from", o.Provenance.Source, row, prefixed("SHA-256 ", o.Provenance.SHA256))
	}
	say("consent", prefixed("asked ", orEmpty(o.Consent.AskedAt)), prefixed("from ", o.Consent.AskedFrom),
		prefixed("confirmed ", orEmpty(o.Consent.ConfirmedAt)), prefixed("from ", o.Consent.ConfirmedFrom))
	say("tags", o.Tags...)
	for _, s := range *o.Suppressions {
		say("suppressed", s.Reason, prefixed("since ", orEmpty(s.Since)))
	}
	for _, c := range *o.Confirmations {
		say("asked", prefixed("by a letter of ", orEmpty(c.SentAt)), prefixed("for one at ", c.AskedFrom))
	}
	for _, q := range *o.Quoted {
		say("quoted", q.Edition, q.State, q.Reply, orEmpty(q.At))
	}
	for _, l := range *o.Letters {
		say("letter", string(l.Kind), string(l.State), l.Reason, strings.TrimSpace(code(l.Code)+" "+l.Reply), orEmpty(l.At))
	}
}

// present gives the words that are not empty.
func present(words []string) []string {
	var all []string
	for _, w := range words {
		if w != "" {
			all = append(all, w)
		}
	}
	return all
}

// prefixed gives what there is with a word before it.
func prefixed(word, what string) string {
	if what == "" {
		return ""
	}
	return word + what
}
