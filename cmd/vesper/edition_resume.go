package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) editionResumeCommand() *cobra.Command {
	var dryRun bool
	var until time.Duration
	cmd := &cobra.Command{
		Use: "resume ID", Short: "Let a paused edition go on",
		Long: `Lets an edition go on that is paused, for whatever reason. A running "vesper
serve" takes it up within seconds; else "vesper edition send" does.

An edition that is too old by now, as "edition show" says, goes on only with --until.
What the relay has paused gets older meanwhile, what a person has paused does not.`,
		Example: `  vesper edition resume 2026-11-22-evening
  vesper edition resume 2026-11-22-evening --until 3h`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			r, err := h.tallied(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if r.State != digest.Paused {
				a.print("edition %s is %s, not paused\n", r.ID, r.State)
				return nil
			}
			if until < 0 || cmd.Flags().Changed("until") && until < time.Second {
				return usage(fmt.Errorf("--until %s is no time to send in", until), "such as 3h")
			}
			if dryRun {
				a.print("edition %s would go on: %s owed\n", r.ID, count(r.Tally.Owed(), "recipient"))
				return nil
			}
			if err := h.publisher.Resume(cmd.Context(), r.Record, until); err != nil {
				return err
			}
			a.print("edition %s goes on: %s owed\n", r.ID, count(r.Tally.Owed(), "recipient"))
			return nil
		}),
	}
	cmd.Flags().DurationVar(&until, "until", 0, "how long from now its messages may still begin, such as 3h")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}
