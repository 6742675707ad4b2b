package main

import (
	"fmt"

	"vesper/digest"

	"github.com/spf13/cobra"
)

func (a *app) editionVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify ID", Short: "Check that an edition's totals add up",
		Long: `Every recipient of an opened edition is in exactly one state. verify counts them, and
compares the stored totals and the stored content with what is there now. Exit
status 1 if anything differs.`,
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

// doNotHold gives "1 check failed", "2 checks do not hold".
func doNotHold(n int) string {
	if n == 1 {
		return "1 check failed"
	}
	return count(n, "check") + " failed"
}
