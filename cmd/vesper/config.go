package main

import (
	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	return noun("config", "Check and show the configuration", a.configCheckCommand(), a.configShowCommand())
}
