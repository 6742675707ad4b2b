package main

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/intake"
	"vesper/digest/publish"
	"vesper/digest/render"
)

type planJSON struct {
	ID string `json:"id"`
	// Number is the paper's: the one that it has, or would have if it were opened now.
	// LedgerNumber is 0 until it is opened.
	Number       uint32       `json:"number"`
	LedgerNumber uint32       `json:"ledger_number"`
	State        digest.State `json:"state"`
	Articles     []choiceJSON `json:"articles"`
	Recipients   int          `json:"recipients"`
	HTMLBytes    int          `json:"html_bytes"`
	NextAt       *string      `json:"next_at"`
	CutOff       *string      `json:"cut_off"`
	Domains      []domainJSON `json:"domains"`
	// Subject and Note are the editor's words on it, "" for none.
	Subject string `json:"subject"`
	Note    string `json:"note"`
	// Tomorrow is what the next day brings, if the edition prints it.
	Tomorrow []string `json:"tomorrow"`
	// FinishBy is when the last reader is to be served, Expected when that is likely by the
	// pace of former editions, or the relay's rate; null if it is not known.
	FinishBy *string `json:"finish_by"`
	// FrozenUntil is until when none of it leaves, if it is open already and frozen.
	FrozenUntil *string `json:"frozen_until"`
	Expected    *string `json:"expected_at"`
	// ProofAt is when its proof is made; null for none. NeedsApproval says that it goes only as
	// somebody has approved it.
	ProofAt       *string `json:"proof_at"`
	NeedsApproval bool    `json:"needs_approval"`
	// Version is its hash as the desk has it now, from its proof on; "" before. Proofs are
	// those that were made.
	Version string      `json:"version"`
	Proofs  []proofJSON `json:"proofs"`
	// Waves are when its readers are due, where that is not at once.
	Waves []waveJSON `json:"waves"`
	// Acts are what people did to it, in their order.
	Acts []actJSON `json:"acts"`
	// Refused says why it would not be opened, "" if it would.
	Refused string `json:"refused"`
	// NoQuickLooks and ToBriefs are what was trimmed for the sake of the size.
	NoQuickLooks int `json:"trimmed_quick_looks"`
	ToBriefs     int `json:"trimmed_to_briefs"`
}

type domainJSON struct {
	Domain     string `json:"domain"`
	Recipients int    `json:"recipients"`
}

func (a *app) editionPlanCommand() *cobra.Command {
	var f editionFlags
	var out format
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what would be sent now: articles in order, reasons, recipients",
		Long: `Shows what would be sent now, and writes nothing. The edition takes the articles that
were published since the slot's last edition. It also takes late ones: published
before, but not yet on the desk when the last edition was opened. What an edition
left out is not taken again, except with carry_over if it only did not fit.`,
		Example: `  vesper edition plan
  vesper edition plan --slot morning -o json`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			return a.plan(cmd.Context(), h, f, out)
		}),
	}
	f.addTo(cmd)
	addFormat(cmd, &out)
	return cmd
}

func (a *app) plan(ctx context.Context, h *house, f editionFlags, out format) error {
	d, err := a.decide(ctx, h, f)
	if err != nil {
		return err
	}
	p, err := h.planJSON(ctx, d)
	if err != nil {
		return err
	}
	forecast, err := h.foresee(ctx, d)
	if err != nil {
		return err
	}
	p.FinishBy, p.Expected = stamp(forecast.Finish, h.zone), stamp(forecast.Expected, h.zone)
	if d.Enough() {
		trim, size, err := h.renderer.Trimmed(d.Edition)
		if err != nil {
			return err
		}
		p.HTMLBytes, p.NoQuickLooks, p.ToBriefs = size, trim.QuickLooks, trim.Briefs
		a.warnOfSize(trim, size)
	}
	for _, flaw := range d.Flaws {
		a.flaw(flaw)
	}
	if !d.Record.State.Opened() {
		a.warnOfPins(d)
		if err := a.warnOfNumber(ctx, h, d.Slot); err != nil {
			return err
		}
		a.warnOfPace(h, d)
		if err := a.warnOfZones(ctx, h, d); err != nil {
			return err
		}
		if forecast.Late() {
			a.tell("vesper: warning: %s\n", forecast.In(h.zone))
			a.tell("hint: a faster relay, more connections or rate in [[relay]], or a later finish_by in [[edition]]\n")
		}
		if d.Caution != "" {
			a.tell("vesper: warning: serve does not open it by itself: %s\n", d.Caution)
			a.tell("hint: \"vesper edition send\" does, if you are sure\n")
		}
	}
	if out == "json" {
		if err := newEncoder(a.stdout).Encode(p); err != nil {
			return err
		}
	} else if err := a.showPlan(h, d, p, forecast, out); err != nil {
		return err
	}
	if !d.Enough() {
		return exit(exitNothing)
	}
	return nil
}

// foresee gives when the last reader of what was decided is served. It begins at the
// edition's time, or now if that has passed.
func (h *house) foresee(ctx context.Context, d publish.Decision) (publish.Prognosis, error) {
	start := h.publisher.Now()
	if at, ok := d.Slot.At(d.Edition.ID.Date); ok && at.After(start) {
		start = at
	}
	return h.publisher.Foresee(ctx, d.Slot, d.Edition.ID.Date, start, d.Recipients)
}

// planJSON gathers what is said of a decision.
func (h *house) planJSON(ctx context.Context, d publish.Decision) (planJSON, error) {
	p := planJSON{
		ID: d.Edition.ID.String(), Number: d.Edition.PaperNumber, LedgerNumber: d.Record.Number,
		State:   cmp.Or(d.Record.State, digest.Due),
		CutOff:  stamp(d.Edition.Window.To, h.zone),
		Subject: d.Edition.Subject, Note: d.Edition.Note, Tomorrow: append([]string{}, d.Edition.Tomorrow.Lines...),
		Recipients: d.Recipients, Articles: []choiceJSON{}, Domains: []domainJSON{},
	}
	if err := h.planProof(ctx, d, &p); err != nil {
		return p, err
	}
	if d.Record.Frozen(h.publisher.Now()) {
		p.FrozenUntil = stamp(d.Record.DueAt, h.zone)
	}
	if d.Refused() {
		p.Refused = d.Refusal.Reason
	}
	var err error
	if p.Acts, err = h.acts(ctx, d.Edition.ID); err != nil {
		return p, err
	}
	next, err := h.publisher.Next(ctx, d.Slot)
	if err != nil {
		return p, err
	}
	p.NextAt = stamp(next, h.zone)
	if p.Waves, err = h.planWaves(ctx, d); err != nil {
		return p, err
	}
	for i, c := range d.Choices {
		place := 0
		if c.Picked {
			place = i + 1
		}
		p.Articles = append(p.Articles, choiceJSON{
			Place: place,
			ID:    c.Article.ID, Headline: c.Article.Headline, Picked: c.Picked, Reason: reason(c),
			Embargo: stamp(c.Article.Embargo, h.zone),
			Late:    c.Late, CarriedOver: c.CarriedOver, Why: c.Place, Form: formOf(c), Update: c.Update,
		})
	}
	withdrawn, err := h.withdrawn(ctx, d)
	if err != nil {
		return p, err
	}
	for _, st := range withdrawn {
		p.Articles = append(p.Articles, choiceJSON{ID: st.Article, Headline: st.Headline, Reason: st.Reason})
	}
	domains, err := h.list.Domains(ctx, d.Edition.ID)
	if err != nil {
		return p, err
	}
	for _, domain := range domains {
		p.Domains = append(p.Domains, domainJSON{domain.Name, domain.Readers})
	}
	return p, nil
}

// largeHTML is from where an edition should be shorter: Gmail cuts what is
// larger than 102 kB off, and the unsubscribe link with it. In bytes.
const largeHTML = 80_000

func (a *app) warnOfSize(trim render.Trim, html int) {
	switch {
	case trim != render.Trim{}:
		what := "the Quick Looks of " + count(trim.QuickLooks, "story") + " left out"
		if trim.Briefs > 0 {
			what += ", " + count(trim.Briefs, "story") + " set in brief"
		}
		a.tell("vesper: warning: the edition was too long for some mail programs: %s; "+
			"it now has %d kB of HTML\n", what, html/1000)
	case html > largeHTML:
		a.tell("vesper: warning: the edition has %d kB of HTML, "+
			"and some mail programs cut it off at 102\n", html/1000)
	default:
		return
	}
	a.tell("hint: lower max_articles, stories or quick_looks\n")
}

func (a *app) showPlan(h *house, d publish.Decision, p planJSON, f publish.Prognosis, out format) error {
	list := newLister(a.stdout, out, column{"PLACE", "place", false}, column{"ARTICLE", "id", false},
		column{"HEADLINE", "headline", true}, column{"REASON", "reason", true})
	for i, c := range d.Choices {
		number := ""
		if c.Picked {
			number = strconv.Itoa(i + 1)
		}
		if err := list.row(nil, number, c.Article.ID, c.Article.Headline, whyThere(c)); err != nil {
			return err
		}
	}
	for _, gone := range p.Articles[len(d.Choices):] {
		if err := list.row(nil, "", gone.ID, gone.Headline, gone.Reason); err != nil {
			return err
		}
	}
	if err := list.done(); err != nil || out == "csv" {
		return err
	}
	if d.Record.State.Opened() {
		return a.saySent(p, h.frozen(d.Record))
	}
	a.print("\n%s, %s: %s for %s",
		editionName(d.Edition.ID, p.Number), p.State, count(len(d.Edition.Articles), "article"),
		count(p.Recipients, "recipient"))
	if p.HTMLBytes > 0 {
		a.print(", %.1f kB of HTML", float64(p.HTMLBytes)/1000)
	}
	a.print("\n")
	if d.Refused() {
		a.print("would not be opened: %s\n", p.Refused)
	}
	for _, act := range p.Acts {
		a.print("%s\n", act.told())
	}
	a.sayProof(h, d, p)
	for _, said := range []struct{ what, words string }{{"subject", p.Subject}, {"note", p.Note}} {
		if said.words != "" {
			a.print("%s: %s\n", said.what, said.words)
		}
	}
	if d.Tomorrow.Date != (digest.Date{}) {
		a.print("%s: %s\n", intake.TomorrowFile, d.Tomorrow.WhenPrinted(d.Edition.ID.Date))
	}
	for _, line := range p.Tomorrow {
		a.print("  - %s\n", line)
	}
	for i, domain := range p.Domains {
		if i == mostDomains {
			a.print("  and %s more\n", count(len(p.Domains)-i, "domain"))
			break
		}
		a.print("  %6d  %s\n", domain.Recipients, domain.Domain)
	}
	a.sayWaves(p.Waves, h.zone)
	if rate := h.config.Relay[0].Rate; rate > 0 {
		takes := atRate(p.Recipients, rate)
		a.print("takes about %s at %g messages a second\n", takes, rate)
	}
	if said := f.In(h.zone); said != "" {
		a.print("%s\n", said)
	}
	if p.NextAt != nil {
		a.print("the service sends the next one at %s\n", *p.NextAt)
	}
	return nil
}

// saySent says of an edition that is open or over what comes after it.
func (a *app) saySent(p planJSON, frozen string) error {
	said := "already open, and " + string(p.State)
	switch {
	case p.State == digest.Done:
		said = "already sent"
	case p.FrozenUntil != nil:
		said = "already open, and " + frozen
	}
	if p.FrozenUntil != nil {
		return a.print("\n%s: %s\n", p.ID, said)
	}
	if p.NextAt == nil {
		return a.print("\n%s: %s; no other is scheduled\n", p.ID, said)
	}
	return a.print("\n%s: %s; next: %s\n", p.ID, said, *p.NextAt)
}

// atRate gives how long so many messages take at so many a second.
func atRate(messages int, rate float64) time.Duration {
	return digest.Takes(messages, rate)
}

// warnOfPace says that an edition would be too old before it is sent to all: by the
// rate, or where the relay takes a second for each message.
func (a *app) warnOfPace(h *house, d publish.Decision) {
	relay, until := h.config.Relay[0], h.publisher.Until(d, a.now())
	if takes := atRate(d.Recipients, relay.Rate); relay.Rate > 0 && takes > until {
		a.tell("vesper: warning: at %g messages a second it takes %s, and the edition is too old after "+
			"%s: some recipients will not get it\n", relay.Rate, takes, until)
		a.tell("hint: raise rate in [[relay]], or until in [[edition]]\n")
	} else if takes := atRate(d.Recipients, float64(relay.Connections)); takes > until {
		a.tell("vesper: warning: over %s it takes %s if the relay takes a second for each message, and "+
			"the edition is too old after %s\n", count(relay.Connections, "connection"), takes, until)
		a.tell("hint: raise connections in [[relay]], or until in [[edition]]\n")
	}
}
