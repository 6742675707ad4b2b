package main

import (
	"github.com/spf13/cobra"
)

func (a *app) articlesCommand() *cobra.Command {
	return noun("articles", "The articles on the desk, and which of them the next edition takes",
		"  vesper articles list\n  vesper articles check desk/*.txt",
		a.articlesCheckCommand(), a.articlesListCommand(), a.articlesShowCommand(), a.articlesAddCommand(),
		a.articlesFetchCommand(), a.articlesSpikeCommand(), a.articlesUnspikeCommand(), a.articlesPinCommand(),
		a.articlesOrderCommand())
}
