package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest/intake/feed"
)

func (a *app) feedsImportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "import FILE", Short: "Print the feeds of an OPML file as lines for vesper.toml",
		Long: `Reads a list of feeds (an OPML file, which feed readers export) and prints a [[feed]]
block for each. Feeds that are already configured are left out. No file is changed:
copy the blocks that you want into vesper.toml.`,
		Example: "  vesper feeds import feeds.opml >> vesper.toml\n  vesper feeds import - < feeds.opml",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(_ *cobra.Command, args []string) error {
			text, err := a.readInput(args[0])
			if err != nil {
				return err
			}
			all, err := feed.ReadOPML(text)
			if err != nil {
				return &exitError{exitFailed, fmt.Errorf("%s: %w", args[0], err), "export the list from your feed reader as OPML"}
			}
			there := map[string]bool{}
			if c, _, _, err := a.read(); err == nil && c != nil {
				for _, f := range c.Feed {
					there[f.URL] = true
				}
			}
			known := 0
			for _, f := range all {
				if there[f.URL] {
					known++
					continue
				}
				if err := errors.Join(a.print("\n"), a.block(f, false)); err != nil {
					return err
				}
			}
			a.tell("%s, %d of them configured already\n", count(len(all), "feed"), known)
			if len(all) == 0 {
				return &exitError{exitNothing, errors.New("there is no feed in the list"), ""}
			}
			return nil
		}),
	}
}

func (a *app) feedsExportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export", Short: "Write the configured feeds as OPML, which feed readers import",
		Example: "  vesper feeds export > feeds.opml",
		Args:    cobra.NoArgs,
		RunE: does(func(*cobra.Command, []string) error {
			c, _, err := a.load()
			if err != nil {
				return err
			}
			var all []feed.Outline
			for _, f := range c.Feed {
				all = append(all, feed.Outline{URL: f.URL, Group: f.Section})
			}
			return feed.WriteOPML(a.stdout, c.Publication.Name, all)
		}),
	}
}
