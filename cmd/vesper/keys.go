package main

import (
	"github.com/spf13/cobra"
)

func (a *app) keysCommand() *cobra.Command {
	return noun("keys", "The keys that sign the links in emails",
		"  vesper keys rotate\n  vesper keys retire 1", a.keysRotateCommand(), a.keysRetireCommand())
}
