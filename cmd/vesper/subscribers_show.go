package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
)

func (a *app) subscribersShowCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "show ADDRESS", Short: "Show all that is known of one address", Args: cobra.ExactArgs(1),
		Long: `Shows one reader: status, preferences, proof of consent, where the address came from,
emails, suppressions, what became of every edition, and where relays quoted the
address. With -o json it is all that is known of the address, also after its row was
deleted, and the words of the sign-up form: give it to the reader who asks for it.`,
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
	s, err := h.list.Subscriber(ctx, address)
	nobody := errors.Is(err, digest.ErrNotFound)
	if err != nil && !nobody {
		return subscriberJSON{}, err
	}
	if nobody {
		s = subscribers.Subscriber{Address: address}
	}
	object := subscriberOut(s, h.zone)
	suppressions, err := h.list.Suppressions(ctx, address)
	if err != nil {
		return object, err
	}
	confirmations, err := h.list.Confirmations(ctx, address)
	if err != nil {
		return object, err
	}
	quoted, err := h.list.Quotes(ctx, address, s.ID)
	if err != nil {
		return object, err
	}
	returned, err := h.list.Reports(ctx, subscribers.ReportFilter{Reader: s.ID, Address: address})
	if err != nil {
		return object, err
	}
	reports, err := h.reportsOut(ctx, returned)
	if err != nil {
		return object, err
	}
	object.Reports = &reports
	if nobody && len(returned)+len(suppressions)+len(confirmations)+len(quoted.Receipts)+len(quoted.Letters)+
		len(quoted.Paused) == 0 {
		return object, notThere(address)
	}
	moves, err := h.list.Moves(ctx, s.ID)
	if err != nil {
		return object, err
	}
	moved := movesOut(moves, h.zone)
	object.Moves = &moved
	barred, asked := suppressionsOut(suppressions, h.zone), []confirmationJSON{}
	for _, one := range confirmations {
		asked = append(asked, confirmationJSON{stamp(one.SentAt, h.zone), one.AskedFrom, one.Form})
	}
	object.Suppressions, object.Confirmations = &barred, &asked
	if nobody {
		object.Evenings = ""
	}
	err = errors.Join(h.addForm(ctx, object.Consent.Form), h.addMail(ctx, s.ID, returned, &object))
	if err == nil {
		h.addQuoted(quoted, &object)
	}
	return object, err
}

// addForm adds what stood on the form that a reader filled in, if it is known.
func (h *house) addForm(ctx context.Context, object *formJSON) error {
	if object == nil {
		return nil
	}
	form, err := h.list.Form(ctx, object.Version)
	if errors.Is(err, digest.ErrNotFound) {
		return nil
	}
	object.Words, object.FirstUsed = form.Words, stamp(form.FirstUsed, h.zone)
	return err
}

// addQuoted adds where the address stands besides its reader's rows.
func (h *house) addQuoted(quoted digest.Quotes, object *subscriberJSON) {
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

func (h *house) letterOut(l digest.PostedLetter) letterJSON {
	return letterJSON{
		l.Kind, l.Step, l.Reason, l.Code, l.Enhanced, l.Reply, stamp(l.Created, h.zone),
		stamp(l.At, h.zone),
	}
}

// addMail adds what became of a reader's editions and letters.
func (h *house) addMail(ctx context.Context, subscriber int64, returned []subscribers.Report, object *subscriberJSON,
) error {
	deliveries, err := h.book.Receipts(ctx, subscriber)
	if err != nil {
		return err
	}
	letters, err := h.outbox.LettersTo(ctx, subscriber)
	if err != nil {
		return err
	}
	back := cameBack(*object.Reports, returned)
	got, posted, bounces := []deliveryJSON{}, []letterJSON{}, 0
	for _, d := range deliveries {
		one := deliveryOut(d, h.zone)
		dead := d.Step == digest.Failed && subscribers.IsHardBounce(d.Enhanced)
		if r, ok := back[one.Edition]; ok && d.Step == digest.Sent {
			one.CameBack, dead = r.Said(), r.Class == subscribers.ClassRemove
		}
		if dead {
			bounces++
		}
		got = append(got, one)
	}
	for _, l := range letters {
		posted = append(posted, h.letterOut(l))
	}
	object.Deliveries, object.Letters, object.HardBounces = &got, &posted, &bounces
	return nil
}

// cameBack gives the last report of each edition that says that it did not arrive.
func cameBack(out []reportJSON, returned []subscribers.Report) map[string]subscribers.Report {
	all := map[string]subscribers.Report{}
	for i, r := range returned {
		edition := out[i].Edition
		if _, there := all[edition]; !there && r.Bounced() && edition != "" && r.State != subscribers.ReportDiscarded {
			all[edition] = r
		}
	}
	return all
}

func (a *app) showSubscriber(o subscriberJSON, out format) error {
	if out == "table" {
		a.tellSubscriber(o)
	}
	list := newLister(a.stdout, out, column{"EDITION", "edition", false}, column{"STATE", "state", false},
		column{"CODE", "code", false}, column{"REPLY", "reply", true}, column{"CAME BACK", "came_back", true},
		column{"AT", "at", false})
	for _, d := range *o.Deliveries {
		if err := list.row(d, d.Edition, string(d.State), code(d.Code), d.Reply, d.CameBack, orEmpty(d.At)); err != nil {
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
			a.print("%-12s %s\n", what, strings.Join(words, ", "))
		}
	}
	a.print("%s %s\n", o.Address, o.Name)
	say("status", strings.TrimSpace(string(o.Status)+" "+o.Reason), count(*o.HardBounces, "hard bounce"))
	if o.Status != "" {
		say("chosen", o.Variant, o.Evenings, strings.Join(o.Slots, " and "), o.Timezone,
			prefixed("paused until ", o.PausedUntil))
		say("dates", "created "+orNever(orEmpty(o.CreatedAt)), "confirmed "+orNever(orEmpty(o.ConfirmedAt)))
		row := ""
		if o.Provenance.Row > 0 {
			row = fmt.Sprintf("row %d", o.Provenance.Row)
		}
		say("came from", o.Provenance.Source, row, prefixed("SHA-256 ", o.Provenance.SHA256))
	}
	say("consent", prefixed("asked ", orEmpty(o.Consent.AskedAt)), prefixed("from ", o.Consent.AskedFrom),
		prefixed("confirmed ", orEmpty(o.Consent.ConfirmedAt)), prefixed("from ", o.Consent.ConfirmedFrom))
	if f := o.Consent.Form; f != nil {
		say("form", f.Version, prefixed("first used ", orEmpty(f.FirstUsed)))
	}
	say("tags", o.Tags...)
	for _, s := range *o.Suppressions {
		say("suppressed", s.Reason, prefixed("since ", orEmpty(s.Since)))
	}
	for _, r := range *o.Reports {
		whose := "proven by the " + string(r.Proof)
		if r.Proof == subscribers.NotProven {
			whose = "a stranger's word"
		}
		say("came back", r.Edition, string(r.Kind), string(r.Cause), string(r.State), r.Why, whose, orEmpty(r.At))
	}
	for _, c := range *o.Confirmations {
		say("asked", prefixed("by an email of ", orEmpty(c.SentAt)), prefixed("for one at ", c.AskedFrom),
			prefixed("form ", c.Form))
	}
	for _, m := range *o.Moves {
		say("address", "to be "+m.To, prefixed("before ", m.Former), prefixed("asked ", orEmpty(m.AskedAt)),
			prefixed("from ", m.AskedFrom), prefixed("by ", m.By), prefixed("changed ", orEmpty(m.MovedAt)),
			prefixed("taken back ", orEmpty(m.UndoneAt)))
	}
	for _, q := range *o.Quoted {
		say("quoted", q.Edition, q.State, q.Reply, orEmpty(q.At))
	}
	for _, l := range *o.Letters {
		say("email", string(l.Kind), string(l.State), l.Reason, strings.TrimSpace(code(l.Code)+" "+l.Reply),
			orEmpty(l.At))
	}
}
