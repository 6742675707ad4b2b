package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/intake"
)

func (a *app) articlesListCommand() *cobra.Command {
	var slot string
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "List the articles on the desk: is each in the next edition, and if not, why",
		Long: `Lists what is on the desk. If the next edition does not take an article, the reason
is given. Files that are not articles are listed too, with the reason: errors in the
format, another ending than .txt, folders, drafts. Files with the same text are one
article. tomorrow.txt is no article: it has what the next day brings.`,
		Example: "  vesper articles list\n  vesper articles list --slot morning -o json",
		Args:    cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			d, err := a.decide(cmd.Context(), h, editionFlags{slot: slot})
			if err != nil {
				return err
			}
			list := newLister(a.stdout, out, column{"ARTICLE", "id", false},
				column{"PUBLISHED", "published", false}, column{"SOURCE", "source", true},
				column{"IN EDITION", "picked", false}, column{"HEADLINE", "headline", true},
				column{"REASON", "reason", true})
			for _, c := range d.Choices {
				p := c.Article
				object := choiceJSON{
					ID: p.ID, Headline: p.Headline, Published: stamp(p.Published, h.zone), Embargo: stamp(p.Embargo, h.zone),
					Source: p.Source, Picked: c.Picked, Reason: reason(c),
					Late: c.Late, CarriedOver: c.CarriedOver, Why: c.Place, Form: formOf(c), Update: c.Update,
				}
				picked := map[bool]string{true: "yes", false: "no"}[c.Picked]
				if err := list.row(object, p.ID, list.time(p.Published, h.zone), p.Source, picked, p.Headline,
					ofList(c, d.Pins)); err != nil {
					return err
				}
			}
			if d.Tomorrow.Date != (digest.Date{}) {
				said := d.Tomorrow.WhenPrinted(d.Edition.ID.Date)
				printed := len(d.Edition.Tomorrow.Lines) > 0
				object := choiceJSON{ID: intake.TomorrowFile, Picked: printed, Reason: said}
				picked := map[bool]string{true: "yes", false: "no"}[printed]
				if err := list.row(object, intake.TomorrowFile, "", "", picked, "", said); err != nil {
					return err
				}
			}
			if err := a.listOthers(cmd.Context(), h, d.Flaws, list); err != nil {
				return err
			}
			if err := list.done(); err != nil {
				return err
			}
			for _, f := range d.Flaws {
				a.flaw(f)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&slot, "slot", "", "for the edition of this `SLOT` (default: the first configured)")
	addFormat(cmd, &out)
	return cmd
}

// listOthers lists the files on the desk that are no articles.
func (a *app) listOthers(ctx context.Context, h *house, flaws []*digest.Flaw, list *lister) error {
	aside, err := h.desk.Aside(ctx)
	if err != nil {
		return err
	}
	var others []digest.Aside
	for i, f := range flaws {
		first := i == 0 || flaws[i-1].File != f.File
		if first && filepath.Clean(f.File) != filepath.Clean(h.desk.Dir) {
			others = append(others, digest.Aside{File: filepath.Base(f.File), Reason: flawed(f)})
		}
	}
	for _, o := range append(others, aside...) {
		object := choiceJSON{ID: o.File, Reason: o.Reason}
		if err := list.row(object, o.File, "", "", "no", "", o.Reason); err != nil {
			return err
		}
	}
	return nil
}

// flawed gives a flaw for a row that names the file.
func flawed(f *digest.Flaw) string {
	if f.Line == 0 {
		return f.Problem
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Problem)
}
