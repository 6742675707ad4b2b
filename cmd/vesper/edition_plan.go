package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/digest/render"
)

type planJSON struct {
	ID         string       `json:"id"`
	State      digest.State `json:"state"`
	Articles   []choiceJSON `json:"articles"`
	Recipients int          `json:"recipients"`
	HTMLBytes  int          `json:"html_bytes"`
	NextAt     *string      `json:"next_at"`
	CutOff     *string      `json:"cut_off"`
	Domains    []domainJSON `json:"domains"`
	// NoQuickLooks and ToBriefs are what was trimmed for the sake of the size.
	NoQuickLooks int `json:"trimmed_quick_looks"`
	ToBriefs     int `json:"trimmed_to_briefs"`
}

type domainJSON struct {
	Domain     string `json:"domain"`
	Recipients int    `json:"recipients"`
}

func (a *app) planCommand() *cobra.Command {
	var o planOptions
	var out format
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "What would be sent now: stories in print order, reasons, recipients",
		Example: `  vesper edition plan
  vesper edition plan --slot morning -o json`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			return a.plan(cmd.Context(), h, o, out)
		}),
	}
	o.addTo(cmd)
	addFormat(cmd, &out)
	return cmd
}

func (a *app) plan(ctx context.Context, h *house, o planOptions, out format) error {
	now := a.now()
	plan, err := a.planned(ctx, h, o, now)
	if err != nil {
		return err
	}
	next, err := h.publisher.Next(ctx, plan.Slot, now)
	if err != nil {
		return err
	}
	p := planJSON{
		ID: plan.Edition.ID.String(), State: digest.Due, NextAt: stamp(next, h.zone), CutOff: stamp(plan.Edition.Window.To, h.zone),
		Articles: []choiceJSON{}, Domains: []domainJSON{},
	}
	if r, err := h.store.Record(ctx, plan.Edition.ID); err == nil {
		p.State = r.State
	} else if !errors.Is(err, digest.ErrNotFound) {
		return err
	}
	for _, c := range plan.Choices {
		p.Articles = append(p.Articles, choiceJSON{ID: c.Article.ID, Headline: c.Article.Headline, Picked: c.Picked, Reason: reason(c)})
	}
	domains, err := h.store.Domains(ctx, plan.Edition.ID)
	if err != nil {
		return err
	}
	for _, d := range domains {
		p.Recipients += d.Readers
		p.Domains = append(p.Domains, domainJSON{d.Name, d.Readers})
	}
	if plan.Enough() {
		trim, size, err := h.renderer.Trimmed(plan.Edition)
		if err != nil {
			return err
		}
		p.HTMLBytes, p.NoQuickLooks, p.ToBriefs = size, trim.QuickLooks, trim.Briefs
		a.warnOfSize(trim, size)
	}
	for _, f := range plan.Flaws {
		a.flaw(f)
	}
	if out == "json" {
		if err := newEncoder(a.stdout).Encode(p); err != nil {
			return err
		}
	} else if err := a.showPlan(h, plan, p, out); err != nil {
		return err
	}
	if !plan.Enough() {
		return exit(exitNothing)
	}
	return nil
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
		fmt.Fprintf(a.stderr, "vesper: warning: the edition was too long for some mail programs: %s; it has %d kB of HTML now\n", what, html/1000)
	case html > largeHTML:
		fmt.Fprintf(a.stderr, "vesper: warning: the edition has %d kB of HTML, and some mail programs cut it off at 102\n", html/1000)
	default:
		return
	}
	fmt.Fprintln(a.stderr, "hint: lower max_articles, stories or quick_looks")
}

func (a *app) showPlan(h *house, plan publish.Plan, p planJSON, out format) error {
	list := newLister(a.stdout, out, "PLACE", "ARTICLE", "HEADLINE", "WHY NOT")
	for i, c := range plan.Choices {
		number := ""
		if c.Picked {
			number = strconv.Itoa(i + 1)
		}
		if err := list.row(nil, number, c.Article.ID, c.Article.Headline, reason(c)); err != nil {
			return err
		}
	}
	if err := list.done(); err != nil || out == "csv" {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%s, %s: %s for %s", p.ID, p.State, count(len(plan.Edition.Articles), "article"), count(p.Recipients, "recipient"))
	if p.HTMLBytes > 0 {
		fmt.Fprintf(a.stdout, ", %.1f kB of HTML", float64(p.HTMLBytes)/1000)
	}
	fmt.Fprintln(a.stdout)
	for i, d := range p.Domains {
		if i == 10 {
			fmt.Fprintf(a.stdout, "  and %s more\n", count(len(p.Domains)-i, "domain"))
			break
		}
		fmt.Fprintf(a.stdout, "  %6d  %s\n", d.Recipients, d.Domain)
	}
	if rate := h.config.Relay[0].Rate; rate > 0 {
		fmt.Fprintf(a.stdout, "takes about %s at %g messages a second\n", (time.Duration(float64(p.Recipients)/rate) * time.Second).Round(time.Second), rate)
	}
	if p.NextAt != nil {
		fmt.Fprintf(a.stdout, "the service sends next at %s\n", *p.NextAt)
	}
	return nil
}
