package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"vesper/digest/intake/fetch"
)

// feedJSON is a feed for -o json.
type feedJSON struct {
	URL      string  `json:"url"`
	Title    string  `json:"title"`
	Format   string  `json:"format"`
	Stories  int     `json:"stories"`
	Checked  *string `json:"checked_at"`
	Good     *string `json:"good_at"`
	Next     *string `json:"next_at"`
	Failures int     `json:"failures"`
	Error    string  `json:"error"`
}

func (a *app) feedsListCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "The configured feeds: when each was read last, and what is wrong",
		Example: "  vesper feeds list\n  vesper feeds list -o json",
		Args:    cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			list := newLister(a.stdout, out, column{"FEED", "url", true}, column{"TITLE", "title", true},
				column{"STORIES", "stories", false}, column{"LAST READ", "good_at", false},
				column{"NEXT", "next_at", false}, column{"PROBLEM", "error", true})
			for _, f := range h.config.Feed {
				s, err := h.file.Feeds().Feed(cmd.Context(), f.URL)
				if err != nil {
					return err
				}
				object := feedJSON{
					fetch.Shown(s.URL), s.Title, s.Format, s.Stories, stamp(s.Checked, h.zone), stamp(s.Good, h.zone),
					stamp(s.Next, h.zone), s.Failures, s.Error,
				}
				if err := list.row(object, fetch.Shown(s.URL), s.Title, strconv.Itoa(s.Stories), list.time(s.Good, h.zone),
					list.time(s.Next, h.zone), s.Error); err != nil {
					return err
				}
			}
			if len(h.config.Feed) == 0 {
				a.tell("no feed is configured; \"vesper feeds test URL\" shows what a site offers\n")
			}
			return list.done()
		}),
	}
	addFormat(cmd, &out)
	return cmd
}
