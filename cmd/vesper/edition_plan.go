package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
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
