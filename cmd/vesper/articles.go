package main

import (
	"github.com/spf13/cobra"
)

func (a *app) articlesCommand() *cobra.Command {
	return noun("articles", "The desk: what lies on it and what the next edition takes",
		"  vesper articles list\n  vesper articles check desk/*.txt",
		a.articlesCheckCommand(), a.articlesListCommand(), a.articlesShowCommand(), a.articlesAddCommand())
}
