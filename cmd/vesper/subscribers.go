package main

import (
	"github.com/spf13/cobra"
)

func (a *app) subscribersCommand() *cobra.Command {
	return noun("subscribers", "The list: add, import, show, edit and remove readers",
		"  vesper subscribers add ines@news.example\n  vesper subscribers list",
		a.subscribersAddCommand(), a.subscribersListCommand(), a.subscribersShowCommand(),
		a.subscribersExplainCommand(), a.subscribersEditCommand(),
		a.subscribersConfirmCommand(), a.subscribersSuppressCommand(), a.subscribersUnsuppressCommand(),
		a.subscribersRemoveCommand(), a.subscribersEraseCommand(),
		a.subscribersImportCommand(), a.subscribersExportCommand(), a.subscribersSyncCommand(),
		a.subscribersStatsCommand())
}
