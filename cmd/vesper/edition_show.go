package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// mostFailures is how many failures "edition show" lists.
const mostFailures = 100

func (a *app) editionShowCommand() *cobra.Command {
	var out format
	var watch bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "One edition: its sums, its articles, and who did not get it",
		Example: "  vesper edition show 2026-11-22-evening\n  vesper edition show 2026-11-22-evening --follow",
		Args:    cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			r, err := h.record(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if watch {
				if r, err = a.watch(cmd.Context(), h, r); err != nil {
					return err
				}
			}
			// A signal ends the following, not the answer.
			return a.showEdition(context.WithoutCancel(cmd.Context()), h, r, out)
		}),
	}
	cmd.Flags().BoolVarP(&watch, "follow", "f", false, "follow a run until nothing is due")
	addFormat(cmd, &out)
	return cmd
}

// watch shows the progress of an edition that another process delivers.
func (a *app) watch(ctx context.Context, h *house, r digest.Record) (digest.Record, error) {
	done := a.showProgress(ctx, h, r.ID)
	defer done()
	for r.State.Opened() && ctx.Err() == nil {
		if over, err := h.over(ctx, r, a.now(), false); err != nil || over {
			return r, err
		}
		sleep(ctx, follow)
		var err error
		if r, err = h.again(ctx, r, nil); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (a *app) showEdition(ctx context.Context, h *house, r digest.Record, out format) error {
	e, err := h.editionJSON(ctx, r)
	if err != nil {
		return err
	}
	switch out {
	case "json":
		return newEncoder(a.stdout).Encode(e)
	case "csv":
		list := newLister(a.stdout, out, "address", "state", "code", "enhanced", "reply", "at")
		for _, f := range e.Failures {
			if err := list.row(f, f.Address, string(f.State), strconv.Itoa(f.Code), f.Enhanced, f.Reply, orEmpty(f.At)); err != nil {
				return err
			}
		}
		return list.done()
	}
	a.tellEdition(r, e, h.zone)
	return nil
}

// editionJSON gathers all that is known of an edition.
func (h *house) editionJSON(ctx context.Context, r digest.Record) (editionJSON, error) {
	e, printed := recordJSON(r, h.zone), []articleJSON{}
	e.Articles = &printed
	if !r.State.Opened() {
		return e, nil
	}
	articles, err := h.store.PrintedArticles(ctx, r.Number)
	if err != nil {
		return e, err
	}
	for _, article := range articles {
		printed = append(printed, articleJSON{article.ID, article.Headline, article.URL})
	}
	domains, err := h.store.ByDomain(ctx, r.Number)
	if err != nil {
		return e, err
	}
	for _, d := range domains {
		t := d.Tally
		e.Domains = append(e.Domains, domainTallyJSON{d.Domain, t.Opened, t.Sent, t.Failed + t.Expired + t.Unknown, t.Owed()})
	}
	failures, err := h.store.Failures(ctx, r.Number, mostFailures)
	if err != nil {
		return e, err
	}
	for _, f := range failures {
		e.Failures = append(e.Failures, failureJSON{f.Address, f.Step, f.Code, f.Enhanced, f.Reply, stamp(f.At, h.zone)})
	}
	return e, nil
}

// mostDomains is how many domains "edition show" lists.
const mostDomains = 10

func (a *app) tellEdition(r digest.Record, e editionJSON, zone *time.Location) {
	fmt.Fprintf(a.stdout, "%s  %s, number %d\n%s", e.ID, e.Title, e.Number, e.State)
	if e.Reason != "" {
		fmt.Fprintf(a.stdout, ": %s", printable(e.Reason))
	}
	fmt.Fprintf(a.stdout, "\nopened at %s, done at %s", orNever(moment(r.OpenedAt, zone)), orNever(moment(r.DoneAt, zone)))
	if !r.DoneAt.IsZero() {
		fmt.Fprintf(a.stdout, ", in %s", r.DoneAt.Sub(r.OpenedAt))
	}
	fmt.Fprintf(a.stdout, "\n%s\n", equation(r.Tally))
	for i, article := range *e.Articles {
		fmt.Fprintf(a.stdout, "%3d. %s\n", i+1, printable(article.Headline))
	}
	for i, d := range e.Domains {
		if i == mostDomains {
			fmt.Fprintf(a.stdout, "     and %s more\n", count(len(e.Domains)-i, "domain"))
			break
		}
		fmt.Fprintf(a.stdout, "%7d  %s: %d sent, %d not, %d owed\n", d.Opened, printable(d.Domain), d.Sent, d.Failed, d.Owed)
	}
	for _, f := range e.Failures {
		fmt.Fprintf(a.stdout, "%-8s %s: %s\n", f.State, f.Address, strings.TrimSpace(code(f.Code)+" "+printable(f.Reply)))
	}
}
