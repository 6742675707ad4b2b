package main

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest/gather"
	"vesper/digest/intake/fetch"
)

func (a *app) articlesFetchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fetch [FEED]", Short: "Ask the feeds now, and put what is new on the desk",
		Long: `Asks every configured feed for new stories and writes them to the desk as files. FEED
is a part of a feed's address: then only this feed is asked. "vesper serve" asks every
ten minutes. A file that an editor changed is never overwritten. A story whose file
was deleted does not come back.`,
		Example: "  vesper articles fetch\n  vesper articles fetch news.example",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			feeds, err := feedsNamed(h.config.Feed, args)
			if err != nil {
				return err
			}
			g, err := a.newGatherer(h, feeds)
			if err != nil {
				return err
			}
			g.Log = slog.New(slog.DiscardHandler) // all of it is said below
			reports, errs := g.All(cmd.Context())
			for _, r := range reports {
				if errs[r.Feed] == nil {
					if err := a.print("%s: %s\n", fetch.Shown(r.Feed), fetched(r)); err != nil {
						return err
					}
				}
			}
			for _, f := range feeds {
				if err := errs[f.URL]; err != nil {
					a.tell("vesper: %s: %s\n", fetch.Shown(f.URL), err)
				}
			}
			switch {
			case cmd.Context().Err() != nil:
				return cmd.Context().Err()
			case len(errs) == len(feeds):
				return exit(exitFailed)
			case len(errs) > 0:
				return exit(exitPartly)
			}
			return nil
		}),
	}
}

// feedsNamed gives the feeds whose address has a word in it, or all.
func feedsNamed(all []config.Feed, args []string) ([]config.Feed, error) {
	if len(all) == 0 {
		return nil, usage(fmt.Errorf("no feed is configured"), `"vesper feeds test URL" shows what a site offers`)
	}
	if len(args) == 0 {
		return all, nil
	}
	var named []config.Feed
	for _, f := range all {
		if strings.Contains(f.URL, args[0]) {
			named = append(named, f)
		}
	}
	if len(named) == 0 {
		return nil, usage(fmt.Errorf("no configured feed has %q in its address", args[0]), `"vesper feeds list" lists them`)
	}
	return named, nil
}

// fetched says what a look at a feed came to.
func fetched(r gather.Report) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{r.New, "new"},
		{r.Changed, "changed"},
		{r.Updates, "laid as updates of printed stories"},
		{r.Passed, "passed over"},
		{r.Spiked, "deleted on the desk"},
		{r.Unread, "whose page could not be read"},
		{r.Kept, "changed at the source after an editor changed it, whose words stay"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		return "nothing new"
	}
	return strings.Join(parts, ", ")
}
