package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

// deciding is a verb that decides on reports which wait for an admin's word.
type deciding struct {
	choice
	consent
	out  format
	verb string
	// would gives the reports as they would be, and do as they are then.
	would, do func(ctx context.Context, h *house, f subscribers.ReportFilter) ([]subscribers.Report, error)
	// ask is the question about what would be.
	ask func(waiting, would []subscribers.Report) string
}

func (a *app) bouncesApplyCommand() *cobra.Command {
	d := &deciding{verb: "apply", ask: applyQuestion}
	d.would = func(ctx context.Context, h *house, f subscribers.ReportFilter) ([]subscribers.Report, error) {
		return h.list.WouldApply(ctx, f, h.rules(), a.now())
	}
	d.do = func(ctx context.Context, h *house, f subscribers.ReportFilter) ([]subscribers.Report, error) {
		return h.list.Apply(ctx, f, h.rules(), a.now())
	}
	cmd := a.decidingCommand(d)
	cmd.Use, cmd.Short = "apply [ID…|ADDRESS]", "Do what reports ask for that are held or not proven"
	cmd.Long = `Has reports that are held do what they ask for, although many came at once; and believes
those that nothing proves, for the reader who has the address that they name. The
policy is the same as for all others: one that only counts changes nobody by itself.

"vesper subscribers unsuppress" undoes what a report did, except a complaint.`
	cmd.Example = `  vesper bounces apply --edition 2026-11-22-evening --state held
  vesper bounces apply 17 18
  vesper bounces apply ines@news.example -n`
	return cmd
}

func (a *app) bouncesDiscardCommand() *cobra.Command {
	d := &deciding{verb: "discard", ask: discardQuestion}
	d.would = func(ctx context.Context, h *house, f subscribers.ReportFilter) ([]subscribers.Report, error) {
		return h.list.Reports(ctx, f)
	}
	d.do = func(ctx context.Context, h *house, f subscribers.ReportFilter) ([]subscribers.Report, error) {
		return h.list.Discard(ctx, f, a.now())
	}
	cmd := a.decidingCommand(d)
	cmd.Use, cmd.Short = "discard [ID…|ADDRESS]", "Set reports aside that are held or not proven"
	cmd.Long = `Sets reports aside that are held or not proven. They change nobody, and readers who
were held get the next edition again.`
	cmd.Example = `  vesper bounces discard --edition 2026-11-22-evening --state held
  vesper bounces discard 17 18
  vesper bounces discard --state unproven --since 3d`
	return cmd
}

func (a *app) decidingCommand(d *deciding) *cobra.Command {
	cmd := &cobra.Command{
		Args: cobra.ArbitraryArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			if !d.given(args) {
				return usage(fmt.Errorf("bounces %s needs the number of a report, an address, or a flag that chooses", d.verb),
					fmt.Sprintf(`for example: vesper bounces %s --state held`, d.verb))
			}
			f, err := d.read(cmd.Context(), a, h, args)
			if err != nil {
				return err
			}
			return a.decideOn(cmd.Context(), h, d, f)
		}),
	}
	d.choice.addTo(cmd)
	d.consent.addTo(cmd, "don't ask", "only show what would be done")
	addFormat(cmd, &d.out)
	return cmd
}

// decideOn decides on the chosen reports that wait. That there is none is nothing to do;
// one that was named and does not wait any more is done already.
func (a *app) decideOn(ctx context.Context, h *house, d *deciding, f chosen) error {
	all, err := h.list.Reports(ctx, f.ReportFilter)
	if err != nil {
		return err
	}
	waiting, err := a.waitingOf(f, f.keep(all))
	if err != nil {
		return err
	}
	if len(waiting) == 0 {
		if len(f.IDs) > 0 {
			return nil
		}
		return &exitError{
			exitNothing, errors.New("no report that is held or not proven is among these"),
			`"vesper bounces list --state held" and "--state unproven" show those that wait`,
		}
	}
	ids := subscribers.ReportFilter{}
	for _, r := range waiting {
		ids.IDs = append(ids.IDs, r.ID)
	}
	would, err := d.would(ctx, h, ids)
	if err != nil {
		return err
	}
	ask := d.ask(waiting, would)
	if d.dryRun {
		a.tell("dry run, nothing is changed: %s\n", ask)
		return a.showDecided(ctx, h, d, would)
	}
	if err := a.ask(ctx, d.consent, question{
		ask: ask + ". Continue?", alone: ask, no: "nothing was changed",
		hint: "--yes does it without asking; --dry-run only shows what would be done",
	}); err != nil {
		return err
	}
	done, err := d.do(ctx, h, ids)
	if err != nil {
		return err
	}
	return a.showDecided(ctx, h, d, done)
}

// waitingOf gives the reports that wait for an admin's word, and says of others that were
// named what became of them.
func (a *app) waitingOf(f chosen, all []subscribers.Report) (waiting []subscribers.Report, err error) {
	found := map[int64]subscribers.Report{}
	for _, r := range all {
		found[r.ID] = r
		if r.State == subscribers.ReportHeld || r.State == subscribers.ReportUnproven {
			waiting = append(waiting, r)
		}
	}
	for _, id := range f.IDs {
		switch r, ok := found[id]; {
		case !ok:
			return nil, usage(fmt.Errorf("there is no report %d among these", id), `"vesper bounces list" shows the numbers`)
		case r.State != subscribers.ReportHeld && r.State != subscribers.ReportUnproven:
			a.tell("report %d is %s already\n", id, r.State)
		}
	}
	return waiting, nil
}

// showDecided prints what became of reports, or would become of them.
func (a *app) showDecided(ctx context.Context, h *house, d *deciding, all []subscribers.Report) error {
	n, err := h.namesIn(ctx, all)
	if err != nil {
		return err
	}
	if d.out != "table" {
		return a.listReports(h, all, n, d.out)
	}
	for _, r := range all {
		what := string(r.State)
		if d.verb == "discard" {
			what = "set aside"
		}
		if err := a.print("%d  %s  %s\n", r.ID, n.readerCell(r),
			strings.Join(present([]string{what, r.Why}), ": ")); err != nil {
			return err
		}
	}
	return nil
}

// applyQuestion says what applying comes to.
func applyQuestion(waiting, would []subscribers.Report) string {
	off := map[int64]bool{}
	for _, r := range would {
		if r.State == subscribers.ReportActed {
			off[r.Subscriber] = true
		}
	}
	s := fmt.Sprintf("this takes %s off the list", count(len(off), "reader"))
	if left := unchanging(would); left > 0 {
		s += fmt.Sprintf("; %s no reader", changes(left))
	}
	return s + strangers(waiting)
}

// unchanging counts the reports that change nobody.
func unchanging(would []subscribers.Report) (n int) {
	for _, r := range would {
		if r.State != subscribers.ReportActed {
			n++
		}
	}
	return n
}

func changes(n int) string {
	if n == 1 {
		return "1 report changes"
	}
	return fmt.Sprintf("%d reports change", n)
}

// discardQuestion says what setting aside comes to.
func discardQuestion(waiting, _ []subscribers.Report) string {
	again := map[int64]bool{}
	for _, r := range waiting {
		if r.State == subscribers.ReportHeld {
			again[r.Subscriber] = true
		}
	}
	s := "this sets " + count(len(waiting), "report") + " aside"
	if len(again) > 0 {
		s += fmt.Sprintf(", and %s editions again", gets(len(again)))
	}
	return s + strangers(waiting)
}

func gets(n int) string {
	if n == 1 {
		return "1 reader gets"
	}
	return fmt.Sprintf("%d readers get", n)
}

// strangers says how many reports are a stranger's word.
func strangers(waiting []subscribers.Report) string {
	n := 0
	for _, r := range waiting {
		if r.Proof == subscribers.NotProven {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return " (1 report is a stranger's word)"
	}
	return fmt.Sprintf(" (%d reports are a stranger's word)", n)
}

// rules are the rules of what comes back.
func (h *house) rules() subscribers.Rules { return cmp.Or(h.returns.Rules, subscribers.DefaultRules) }
