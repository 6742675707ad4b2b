package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify ID", Short: "Check that an edition's ledger adds up",
		Long: `Every recipient with whom an edition was opened is in exactly one state. verify
counts the rows and exits with 1 if they don't add up.`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			r, err := h.record(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if !r.State.Opened() {
				return usage(fmt.Errorf("edition %s is %s: it has no ledger", r.ID, r.State), "")
			}
			fmt.Fprintln(a.stdout, equation(r.Tally))
			if !r.Tally.Balanced() || r.State == digest.Done && r.Tally.Owed() > 0 {
				return fmt.Errorf("edition %s: %w", r.ID, digest.ErrUnbalanced)
			}
			fmt.Fprintf(a.stdout, "edition %s adds up\n", r.ID)
			return nil
		}),
	}
}
