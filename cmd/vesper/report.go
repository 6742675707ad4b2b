package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/report"
	"vesper/subscribers"
)

func (a *app) reportCommand() *cobra.Command {
	var out string
	form := reportForm("")
	cmd := &cobra.Command{
		Use:   "report [ID]",
		Short: "Report on the last 30 editions, as one HTML file; or on a single one",
		Long: `Writes the last 30 editions as one HTML file with small plots: recipients, failed,
bounced, called spam, the time it took, and the readers on the list. It has no scripts,
fetches nothing and has no address in it. A browser shows it light or dark and prints it.

With an ID it prints what was told of that edition when it was over: the report that
"report_to" in [newsroom] is mailed, with what came back of it by now. Reports are kept,
also of days that were missed or had nothing to print.`,
		Example: "  vesper report --out report.html\n  vesper report 2026-11-22-evening\n" +
			"  vesper report -o json | jq .bounced",
		Args: cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			if len(args) == 1 {
				return a.reportOne(cmd.Context(), h, args[0], form, out)
			}
			return a.reportAll(cmd.Context(), h, form, out)
		}),
	}
	cmd.Flags().VarP(&form, "output", "o", "`FORMAT`: html, json (an object a line) or, of a single edition, text")
	cmd.Flags().StringVar(&out, "out", "-", "write to this `FILE`, which only you can read; - for stdout")
	return cmd
}

// reportForm is how a report is written; "" is html for all editions and text for one.
type reportForm string

func (f *reportForm) String() string { return string(*f) }
func (f *reportForm) Type() string   { return "FORMAT" }
func (f *reportForm) Set(s string) error {
	if !slices.Contains([]string{"html", "json", "text"}, s) {
		return errors.New("it is html, json or text")
	}
	*f = reportForm(s)
	return nil
}

// reportAll writes the last editions.
func (a *app) reportAll(ctx context.Context, h *house, form reportForm, out string) error {
	switch {
	case form == "text":
		return usage(errors.New("-o text needs the ID of an edition"), `"vesper edition list" lists them all`)
	case form != "json" && out == "-" && isTerminal(a.stdout):
		return usage(errors.New("the report is an HTML page, which a terminal can't show"),
			"write it to a file: vesper report --out report.html")
	}
	page, err := h.reportPage(ctx, a.now())
	if err != nil {
		return err
	}
	if form == "json" {
		return a.writeReport(out, rowsJSON(page))
	}
	html, err := page.HTML(h.renderer.Templates)
	if err != nil {
		return err
	}
	return a.writeReport(out, html)
}

// reportOne writes the report on one edition.
func (a *app) reportOne(ctx context.Context, h *house, name string, form reportForm, out string) error {
	id, err := editionID(name)
	if err != nil {
		return err
	}
	r, err := h.lastReport(ctx, id)
	if err != nil {
		return err
	}
	now, err := h.standsNow(ctx, r)
	if err != nil {
		return err
	}
	switch form {
	case "json":
		return a.writeReport(out, oneJSON(r, now, h.zone))
	case "html":
		html, err := report.HTML(r, h.config.Publication.Name, h.zone, h.renderer.Templates)
		if err != nil {
			return err
		}
		return a.writeReport(out, []byte(html))
	}
	text := report.Text(r, h.zone)
	if r.Number != 0 {
		text += "\nBy now\n" + equation(now.tally) + "\n" + fmt.Sprintf("%d bounced, %d complained, %d taken off the list\n",
			now.returned.Bounced, now.returned.Complained, now.returned.Removed)
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return a.writeReport(out, []byte(b.String()))
}

// sumsNow are what became of an edition by now: it may have been sent to more readers since
// it was told of, and more may have come back.
type sumsNow struct {
	tally    digest.Tally
	returned subscribers.ReportSums
}

func (h *house) standsNow(ctx context.Context, r digest.RunReport) (sumsNow, error) {
	var now sumsNow
	if r.Number == 0 {
		return now, nil
	}
	t, err := h.tallied(ctx, r.ID)
	if err != nil {
		return now, err
	}
	now.tally = t.Tally
	now.returned, err = h.list.ReportSums(ctx, r.Number)
	return now, err
}

func (a *app) writeReport(out string, content []byte) error {
	if err := a.write(out, content); err != nil {
		return wrongly("--out", err)
	}
	return nil
}

// notOver says that there is no report yet.
func notOver(t digest.Tallied) error {
	return &exitError{
		exitNothing, fmt.Errorf("edition %s is %s: there is a report when it is over", t.ID, t.State),
		fmt.Sprintf("\"vesper edition show %s\" says how far it is", t.ID),
	}
}
