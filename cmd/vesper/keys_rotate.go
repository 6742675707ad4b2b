package main

import (
	"github.com/spf13/cobra"
)

func (a *app) keysRotateCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "rotate", Short: "Sign links with a new key from now on", Args: cobra.NoArgs,
		Long: `Makes a new key, which signs the links of editions and letters from now on. Links
that lie in readers' mailboxes go on working, for ever. An edition that is open
goes on with the key that it was opened with. A database has room for 252
rotations.`,
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
			err = a.print("key %d signs links from now on; older links go on working\n", id)
			return err
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}
