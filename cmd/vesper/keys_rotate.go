package main

import (
	"github.com/spf13/cobra"
)

func (a *app) keysRotateCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "rotate", Short: "Make a new key that signs links from now on", Args: cobra.NoArgs,
		Long: `Makes a new key, which signs the links of editions and emails from now on. Links that
readers have already got work for ever. An open edition keeps the key that it was
opened with. A database has room for 252 rotations.`,
		Example: "  vesper keys rotate",
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if dryRun {
				err := a.print("a new key would sign links; nothing changed\n")
				return err
			}
			id, err := h.list.Rotate(cmd.Context(), a.now())
			if err != nil {
				return err
			}
			err = a.print("key %d signs links from now on; older links still work\n", id)
			return err
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would be done")
	return cmd
}
