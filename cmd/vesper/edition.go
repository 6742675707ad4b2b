package main

import "github.com/spf13/cobra"

func (a *app) editionCommand() *cobra.Command {
	return noun("edition", "Plan, look at, send and check editions",
		a.planCommand(), a.previewCommand(), a.proofCommand(), a.sendCommand(),
		a.editionListCommand(), a.editionShowCommand(), a.verifyCommand(),
		a.resumeCommand(), a.resolveCommand())
}
