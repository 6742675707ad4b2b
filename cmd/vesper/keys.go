package main

import (
	"github.com/spf13/cobra"
)

func (a *app) keysCommand() *cobra.Command {
	return noun("keys", "The keys that sign readers' links",
		"  vesper keys rotate\n  vesper keys retire 1", a.keysRotateCommand(), a.keysRetireCommand())
}
