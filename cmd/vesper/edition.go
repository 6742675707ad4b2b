package main

import "github.com/spf13/cobra"

func (a *app) editionCommand() *cobra.Command {
	return noun("edition", "Plan, preview, send and check editions",
		"  vesper edition plan\n  vesper edition send",
		a.editionPlanCommand(), a.editionPreviewCommand(), a.editionEditCommand(), a.editionProofCommand(),
		a.editionResendCommand(),
		a.editionSendCommand(), a.editionListCommand(), a.editionShowCommand(), a.editionVerifyCommand(),
		a.editionHoldCommand(), a.editionReleaseCommand(), a.editionApproveCommand(), a.editionCancelCommand(),
		a.editionPauseCommand(), a.editionResumeCommand(), a.editionCorrectCommand(),
		a.editionResolveCommand(), a.editionForgetCommand())
}
