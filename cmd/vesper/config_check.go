package main

import (
	"github.com/spf13/cobra"
)

func (a *app) configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Check the configuration; says file:line: what is wrong",
		Example: "  vesper config check", Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			c, _, err := a.load()
			if err != nil {
				return err
			}
			if examples := c.Examples(); len(examples) > 0 {
				return a.flawed(exitUsage, examples)
			}
			if _, err := signer(c); err != nil {
				return err
			}
			a.warn(c.LocalExamples())
			a.warn(c.Warnings())
			if err := a.warnOfNumbers(cmd.Context()); err != nil {
				return err
			}
			for _, w := range c.Webhook {
				a.tell("vesper: %s is to post to %s, with the secret in place of the stars\n", w.Provider,
					w.Address(c.Web.BaseURL))
			}
			err = a.print("%s is right\n", c.File())
			return err
		}),
	}
}
