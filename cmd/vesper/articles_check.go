package main

import (
	"bytes"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/intake"
)

func (a *app) articlesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE…", Short: "Check files for the house format; says file:line: what is wrong",
		Example: "  vesper articles check desk/*.txt\n  pbpaste | vesper articles check -",
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			bad := 0
			for _, name := range args {
				article, err := a.checkFile(name)
				var flaws intake.Flaws
				switch {
				case errors.As(err, &flaws):
					for _, f := range flaws {
						a.flaw(f)
					}
					bad++
				case err != nil:
					return err
				default:
					a.print("%s: ok: %s (%s, %d paragraphs)\n", name, article.Headline,
						count(len(article.QuickLooks), "Quick Look"), len(article.DeepLook))
					for _, long := range article.Lengths() {
						a.tell("%s: warning: %s\n", name, long)
					}
				}
			}
			if bad > 0 {
				return exit(exitFailed)
			}
			return nil
		}),
	}
}

func (a *app) checkFile(name string) (digest.Article, error) {
	text, err := a.readInput(name)
	if err != nil {
		return digest.Article{}, err
	}
	if name == "-" {
		name = "stdin"
	}
	return intake.ParseHouse(name, bytes.NewReader(text), time.UTC)
}
