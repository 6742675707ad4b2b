package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) editionResolveCommand() *cobra.Command {
	var resend, drop, dryRun bool
	cmd := &cobra.Command{
		Use: "resolve ID", Short: "Decide what becomes of deliveries that may or may not have arrived",
		Long: `With in_doubt = "hold", a message whose connection broke after the final dot is
listed as unknown: it may have arrived. So is, with any policy, one to which that
happened three times. resolve sends all of an edition's
unknown messages again, or gives them up.`,
		Example: "  vesper edition resolve 2026-11-22-evening --resend",
		Args:    cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			if resend == drop {
				return usage(errors.New("resolve takes one of --resend and --drop"), "")
			}
			r, err := h.opened(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			what := map[bool]string{true: "sent again", false: "given up"}[resend]
			if dryRun {
				fmt.Fprintf(a.stdout, "%s would be %s\n", count(r.Tally.Unknown, "unknown message"), what)
				return nil
			}
			n, err := h.book.Resolve(cmd.Context(), r.Number, resend, a.now())
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s will be %s\n", count(n, "unknown message"), what)
			return nil
		}),
	}
	cmd.Flags().BoolVar(&resend, "resend", false, "send them again: a reader may get a second copy")
	cmd.Flags().BoolVar(&drop, "drop", false, "give them up: a reader may have none")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}
