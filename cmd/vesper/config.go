package main

import (
	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	return noun("config", "Check and show the configuration",
		"  vesper config check", a.configCheckCommand(), a.configShowCommand())
}
