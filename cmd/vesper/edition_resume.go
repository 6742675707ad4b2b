package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) editionResumeCommand() *cobra.Command {
	var f actFlags
	cmd := &cobra.Command{
		Use: "resume ID", Short: "Resume a paused edition",
		Long: `Resumes a paused edition, whatever paused it. A running "vesper serve" continues it
within seconds; if none is running, run "vesper edition send".

An edition that is too old, as "vesper edition show" says, needs --until. Its time
runs on while the relay has paused it, and stands still while a person has.`,
		Example: `  vesper edition resume 2026-11-22-evening
  vesper edition resume 2026-11-22-evening --until 3h`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			r, err := h.tallied(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if r.State == digest.Held {
				return &exitError{
					exitHeld, fmt.Errorf("edition %s is held %s, not paused", r.ID, r.Reason),
					fmt.Sprintf(`"vesper edition release %s" lets it go`, r.ID),
				}
			}
			if r.State != digest.Paused {
				a.print("edition %s is %s, not paused\n", r.ID, r.State)
				return nil
			}
			if f.until < 0 || cmd.Flags().Changed("until") && f.until < time.Second {
				return usage(fmt.Errorf("--until %s: it must be at least a second", f.until), "such as 3h")
			}
			if f.until == 0 && r.TooOld(a.now()) {
				return fmt.Errorf("edition %s is paused: %w", r.ID, digest.ErrTooOld)
			}
			if _, _, err := a.act(cmd.Context(), h, r.ID, digest.Resume, f); err != nil {
				return err
			}
			if f.dryRun {
				return a.wentOn(cmd.Context(), h, r.ID, "would be")
			}
			return a.wentOn(cmd.Context(), h, r.ID, "is")
		}),
	}
	cmd.Flags().DurationVar(&f.until, "until", 0, "send it until this long from now, such as 3h")
	f.addTo(cmd)
	return cmd
}
