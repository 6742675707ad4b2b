package main

import (
	"github.com/spf13/cobra"
)

func (a *app) articlesListCommand() *cobra.Command {
	var slot string
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "Every article of the desk: does the next edition take it, and why not",
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			d, err := a.decide(cmd.Context(), h, editionFlags{slot: slot})
			if err != nil {
				return err
			}
			list := newLister(a.stdout, out, "ARTICLE", "PUBLISHED", "SOURCE", "TAKEN", "HEADLINE", "WHY NOT")
			for _, c := range d.Choices {
				p := c.Article
				object := choiceJSON{
					ID: p.ID, Headline: p.Headline, Published: stamp(p.Published, h.zone),
					Source: p.Source, Picked: c.Picked, Reason: reason(c),
					Late: c.Late, CarriedOver: c.CarriedOver,
				}
				taken := map[bool]string{true: "yes", false: "no"}[c.Picked]
				if err := list.row(object, p.ID, list.time(p.Published, h.zone), p.Source, taken, p.Headline,
					reason(c)); err != nil {
					return err
				}
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
