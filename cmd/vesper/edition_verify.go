package main

import (
	"fmt"

	"vesper/digest"

	"github.com/spf13/cobra"
)

func (a *app) editionVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify ID", Short: "Check that an edition's ledger adds up",
		Long: `Every recipient with whom an edition was opened is in exactly one state. verify
counts the rows, and holds the sums that are stored of a finished edition and the
content that was opened against what is there. It exits with 1 if anything does
not hold.`,
		Example: "  vesper edition verify 2026-11-22-evening",
		Args:    cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			t, err := h.opened(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			flaws, err := h.book.Verify(cmd.Context(), t.Number)
			if err != nil {
				return err
			}
			a.print("%s\n", page(equation(t.Tally)))
			for _, flaw := range flaws {
				a.print("%s\n", flaw)
			}
			if len(flaws) > 0 {
				return fmt.Errorf("edition %s: %w, or its content was changed: %s",
					t.ID, digest.ErrUnbalanced, doNotHold(len(flaws)))
			}
			a.print("edition %s adds up\n", t.ID)
			return nil
		}),
	}
}

// doNotHold gives "1 check does not hold", "2 checks do not hold".
func doNotHold(n int) string {
	if n == 1 {
		return "1 check does not hold"
	}
	return count(n, "check") + " do not hold"
}
