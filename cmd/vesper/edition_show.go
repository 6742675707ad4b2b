package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
)

// mostFailures is how many failures "edition show" lists.
const mostFailures = 100

func (a *app) editionShowCommand() *cobra.Command {
	var out format
	var follow bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one edition: totals, articles, and who did not get it",
		Long: `Shows what became of an edition. "Sent" says that the relay accepted the message, not
that it was delivered: it may come back for days. So beside the sum of all recipients
stands how many were accepted, and of these how many bounced, and how many readers
complained. At the end it says who refused us, and what can be done about that.`,
		Example: "  vesper edition show 2026-11-22-evening\n  vesper edition show 2026-11-22-evening --follow",
		Args:    cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := editionID(args[0])
			if err != nil {
				return err
			}
			if follow {
				if err := a.follow(cmd.Context(), h, id); err != nil {
					return err
				}
			}
			// A signal ends the following, not the answer.
			ctx := context.WithoutCancel(cmd.Context())
			t, err := h.tallied(ctx, args[0])
			if err != nil {
				return err
			}
			return a.showEdition(ctx, h, t, out)
		}),
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "follow the sending until nothing is due")
	addFormat(cmd, &out)
	return cmd
}

// follow shows the progress of an edition that another process delivers.
func (a *app) follow(ctx context.Context, h *house, id digest.ID) error {
	done := a.showEditionProgress(ctx, h, id)
	defer done()
	return h.publisher.Follow(ctx, id, 0)
}

func (a *app) showEdition(ctx context.Context, h *house, t digest.Tallied, out format) error {
	e, err := h.editionJSON(ctx, t)
	if err != nil {
		return err
	}
	switch out {
	case "json":
		return newEncoder(a.stdout).Encode(e)
	case "csv":
		list := newLister(a.stdout, out, column{name: "address"}, column{name: "state"}, column{name: "code"},
			column{name: "enhanced"}, column{name: "reply"}, column{name: "at"})
		for _, f := range e.Failures {
			if err := list.row(f, f.Address, string(f.State), strconv.Itoa(f.Code), f.Enhanced, f.Reply,
				orEmpty(f.At)); err != nil {
				return err
			}
		}
		return list.done()
	}
	a.tellEdition(t, e, h.zone)
	return a.tellRefusalsOf(ctx, h, t.Number)
}

// tellRefusalsOf says who refused us for an edition, and what can be done about that.
func (a *app) tellRefusalsOf(ctx context.Context, h *house, number uint32) error {
	if number == 0 {
		return nil
	}
	all, err := h.list.Reports(ctx, subscribers.ReportFilter{Edition: number, Class: subscribers.ClassSender})
	if err != nil {
		return err
	}
	n, err := h.namesIn(ctx, all)
	if err != nil {
		return err
	}
	return a.tellRefusals(refusalsOf(all, n))
}

// editionJSON gathers all that is known of an edition.
func (h *house) editionJSON(ctx context.Context, r digest.Tallied) (editionJSON, error) {
	e, printed := talliedJSON(r, h.zone), []articleJSON{}
	e.Articles = &printed
	var err error
	if e.Acts, err = h.acts(ctx, r.ID); err != nil {
		return e, err
	}
	went, err := h.book.ContentHash(ctx, r.ID)
	if err != nil {
		return e, err
	}
	if e.Proofs, err = h.proofs(ctx, r.ID, went); err != nil || !r.State.Opened() {
		return e, err
	}
	if e.Waves, err = h.wavesOf(ctx, r.Record); err != nil {
		return e, err
	}
	if e.Corrections, err = h.corrections(ctx, r.ID); err != nil {
		return e, err
	}
	articles, err := h.book.PrintedArticles(ctx, r.Number)
	if err != nil {
		return e, err
	}
	for _, article := range articles {
		printed = append(printed, articleJSON{article.ID, article.Headline, article.URL})
	}
	domains, err := h.book.ByDomain(ctx, r.Number)
	if err != nil {
		return e, err
	}
	for _, d := range domains {
		t := d.Tally
		e.Domains = append(e.Domains, domainTallyJSON{
			d.Domain, t.Opened, t.Sent, t.Failed + t.Expired + t.Unknown,
			t.Owed(),
		})
	}
	sums, err := h.list.ReportSums(ctx, r.Number)
	if err != nil {
		return e, err
	}
	e.addReturned(sums)
	if e.TooOld, err = h.book.TooOld(ctx, r.Number); err != nil {
		return e, err
	}
	if e.Suspects, err = h.book.Suspects(ctx, r.Number); err != nil {
		return e, err
	}
	failures, err := h.book.Failures(ctx, r.Number, mostFailures)
	if err != nil {
		return e, err
	}
	for _, f := range failures {
		e.Failures = append(e.Failures, failureJSON{
			f.Address, f.Step, f.Code, f.Enhanced, f.Reply,
			stamp(f.At, h.zone), f.Suspect,
		})
	}
	return e, nil
}

// mostDomains is how many domains "edition show" lists.
const mostDomains = 10

func (a *app) tellEdition(r digest.Tallied, e editionJSON, zone *time.Location) {
	a.print("%s  %s\n%s", editionName(r.ID, e.Number), e.Title, e.State)
	if r.Frozen(a.now()) {
		a.print(", %s", frozen(r.Record, zone))
	}
	if e.Reason != "" {
		a.print(": %s", e.Reason)
	}
	for _, act := range e.Acts {
		a.print("\n%s", act.told())
	}
	for _, c := range e.Corrections {
		a.print("\n%s", c.told(e.ID))
	}
	for _, proof := range e.Proofs {
		a.print("\n%s", proof.told())
		if proof.Goes && r.State.Opened() {
			a.print(", went as it was")
		}
	}
	if !r.State.Opened() {
		a.print("\n")
		return
	}
	a.print("\nopened at %s", orNever(moment(r.OpenedAt, zone)))
	if !r.DueAt.IsZero() {
		a.print(", due at %s", moment(r.DueAt, zone))
	}
	a.print(", done at %s", orNever(moment(r.DoneAt, zone)))
	if !r.DoneAt.IsZero() {
		a.print(", in %s", r.Took())
	}
	a.print("\n%s\n%s\n", page(equation(r.Tally)), page(returnedSums(e)))
	a.sayWaves(e.Waves, zone)
	if r.Recovered > 0 {
		a.print("%s in transit when a process ended unexpectedly; they may have arrived\n",
			were(r.Recovered, "message"))
	}
	if e.TooOld > 0 {
		a.print("%s did not get it: it was too old\n", count(e.TooOld, "reader"))
	} else if r.State.UnderWay() && e.Until != nil {
		a.print("it is too old from %s on\n", *e.Until)
	}
	if e.Suspects > 0 {
		a.print("%s refused but have not failed yet: the relay may have refused us; "+
			"decide with \"vesper edition resolve %s --suspects\"\n", were(e.Suspects, "reader"), e.ID)
	}
	for i, article := range *e.Articles {
		a.print("%3d. %s\n", i+1, article.Headline)
	}
	for i, d := range e.Domains {
		if i == mostDomains {
			a.print("     and %s more\n", count(len(e.Domains)-i, "domain"))
			break
		}
		a.print("%7d  %s: %d sent, %d not delivered, %d not sent yet\n", d.Opened, d.Domain, d.Sent, d.Failed,
			d.Owed)
	}
	for _, f := range e.Failures {
		a.print("%-8s %s: %s\n", f.State, f.Address,
			strings.TrimSpace(code(f.Code)+" "+f.Reply))
	}
}
