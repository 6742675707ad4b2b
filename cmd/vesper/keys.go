package main

import (
	"github.com/spf13/cobra"
)

func (a *app) keysCommand() *cobra.Command {
	return noun("keys", "The keys that sign readers' links",
		"  vesper keys rotate", a.keysRotateCommand())
}
