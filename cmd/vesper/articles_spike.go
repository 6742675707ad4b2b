package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/intake"
)

func (a *app) articlesSpikeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "spike ID…", Short: "Take articles off the desk; no edition prints them",
		Long: `Moves the files of articles into the hidden folder .spiked on the desk. A story that
a feed brought does not come back by itself. "vesper articles unspike" puts an
article back.`,
		Example: "  vesper articles spike port-cities",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, ids []string) error {
			return a.spikes(cmd.Context(), h, ids, h.desk.Spike, digest.StorySpiked, "spiked")
		}),
	}
}

func (a *app) articlesUnspikeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "unspike ID…", Short: "Put spiked articles back on the desk",
		Long: `Puts articles back that "vesper articles spike" took off the desk. A fetched story whose
file was deleted comes back when its feed is next read.`,
		Example: "  vesper articles unspike port-cities",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, ids []string) error {
			return a.spikes(cmd.Context(), h, ids, h.desk.Unspike, digest.StoryOnDesk, "back on the desk")
		}),
	}
}

// spikes moves the files of articles, and records what became of the stories among them.
func (a *app) spikes(ctx context.Context, h *house, ids []string, move func(context.Context, string) error,
	state digest.StoryState, done string,
) error {
	stories, err := h.file.Feeds().Stories(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		st, isStory := stories[id]
		err := move(ctx, id)
		switch {
		case errors.Is(err, digest.ErrNotFound) && state == digest.StoryOnDesk &&
			(st.State == digest.StorySpiked || st.State == digest.StoryWithdrawn || st.State == digest.StoryPutAway):
			if err := fetchAgain(ctx, h, st); err != nil {
				return err
			}
			a.print("%s: its file was deleted; it comes back when its feed is next read\n", id)
			continue
		case errors.Is(err, digest.ErrNotFound):
			return usage(fmt.Errorf("there is no article %q", id), `"vesper articles list" lists them`)
		case errors.Is(err, intake.ErrTaken):
			return &exitError{
				exitFailed, fmt.Errorf("article %q: another file has its name", id),
				"rename one of them; spiked files lie in .spiked on the desk",
			}
		case err != nil:
			return err
		}
		if isStory {
			st.State, st.Reason = state, digest.StoryWanted
			if state == digest.StorySpiked {
				st.Reason = "an editor spiked it"
			}
			if err := h.file.Feeds().Decide(ctx, st); err != nil {
				return err
			}
		}
		a.print("%s: %s\n", id, done)
	}
	return nil
}

// fetchAgain has a story come back whose file is gone. Its feed is read whole the next
// time.
func fetchAgain(ctx context.Context, h *house, st digest.Story) error {
	st.State, st.Reason = digest.StoryPassed, digest.StoryWanted
	st.Item, st.File = digest.Fingerprint{}, digest.Fingerprint{}
	f, err := h.file.Feeds().Feed(ctx, st.Feed)
	if err != nil {
		return err
	}
	f.ETag, f.Modified, f.Next = "", "", time.Time{}
	return h.file.Feeds().Record(ctx, f, []digest.Story{st})
}
