package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) editionResumeCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "resume ID", Short: "Let a paused edition go on",
		Long: `Lets an edition go on that is paused, for whatever reason. A running "vesper
serve" takes it up within seconds; else "vesper edition send" does.`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			r, err := h.tallied(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if r.State != digest.Paused {
				fmt.Fprintf(a.stdout, "edition %s is %s, not paused\n", r.ID, r.State)
				return nil
			}
			if dryRun {
				fmt.Fprintf(a.stdout, "edition %s would go on: %s owed\n", r.ID, count(r.Tally.Owed(), "recipient"))
				return nil
			}
			if err := h.publisher.Resume(cmd.Context(), r.Record); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "edition %s goes on: %s owed\n", r.ID, count(r.Tally.Owed(), "recipient"))
			return nil
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}
