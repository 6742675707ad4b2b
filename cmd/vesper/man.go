package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the man pages that a package carries. It is for who makes packages.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write a man page for every command", Hidden: true,
		Example: "  vesper man /usr/share/man/man1", Args: cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			// The date is that of $SOURCE_DATE_EPOCH, or today's.
			return doc.GenManTree(root, &doc.GenManHeader{
				Section: "1", Source: "Vesper", Manual: "Vesper",
			}, args[0])
		}),
	}
}
