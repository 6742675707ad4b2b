package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake"
)

func (a *app) articlesSpikeCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "spike ID…", Short: "Take articles off the desk; no edition prints them",
		Long: `Moves the files of articles into the hidden folder .spiked on the desk. A story that
a feed brought does not come back by itself. "vesper articles unspike" puts an
article back.`,
		Example: "  vesper articles spike port-cities",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, ids []string) error {
			if dryRun {
				return a.wouldMove(cmd.Context(), h, ids, false)
			}
			return a.spike(cmd.Context(), h, ids)
		}),
	}
	addDryRun(cmd, &dryRun)
	return cmd
}

func (a *app) articlesUnspikeCommand() *cobra.Command {
	var allowed []string
	var dryRun bool
	cmd := &cobra.Command{
		Use: "unspike ID…", Short: "Put spiked articles back on the desk",
		Long: `Puts articles back that "vesper articles spike" took off the desk. A fetched story whose
file was deleted comes back when its feed is next read, and one that was added by its
URL is fetched again.`,
		Example: "  vesper articles unspike port-cities",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, ids []string) error {
			if dryRun {
				return a.wouldMove(cmd.Context(), h, ids, true)
			}
			return a.unspike(cmd.Context(), h, ids, allowed)
		}),
	}
	addDryRun(cmd, &dryRun)
	cmd.Flags().StringArrayVar(&allowed, "allow-private", nil,
		"fetch from this `RANGE` of private addresses too, such as 127.0.0.0/8 (may be given several times)")
	return cmd
}

// spiking is what becomes of articles: how their files are moved, their stories' state, and
// in words. From the ranges that are allowed a page is fetched again.
type spiking struct {
	move    func(context.Context, string) error
	state   digest.StoryState
	done    string
	allowed []string
}

func (a *app) spike(ctx context.Context, h *house, ids []string) error {
	return a.spikes(ctx, h, ids, spiking{move: h.desk.Spike, state: digest.StorySpiked, done: "spiked"})
}

func (a *app) unspike(ctx context.Context, h *house, ids, allowed []string) error {
	return a.spikes(ctx, h, ids, spiking{h.desk.Unspike, digest.StoryOnDesk, "back on the desk", allowed})
}

// wouldMove says what would become of articles that are spiked, or put back.
func (a *app) wouldMove(ctx context.Context, h *house, ids []string, back bool) error {
	stories, err := h.file.Feeds().Stories(ctx)
	if err != nil {
		return err
	}
	aside, err := h.desk.Spiked(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, isStory := stories[id]
		would := ""
		switch lies := liesThere(ctx, h, id); {
		case lies && back:
			would = "is on the desk"
		case lies:
			would = "would be spiked"
		case !back && slices.Contains(aside, id):
			would = "is spiked already"
		case back && slices.Contains(aside, id):
			would = "would be put back on the desk"
		case back && isStory:
			would = "its file was deleted; it would be fetched again"
		default:
			return noArticle(id)
		}
		a.print("%s: %s\n", id, would)
	}
	return nil
}

// noArticle is the error of an ID that no file has.
func noArticle(id string) error {
	return usage(fmt.Errorf("there is no article %q", id), hintAtID(id))
}

// hintAtID says how an ID is found out that no article has.
func hintAtID(given string) string {
	if id := fileless(given); id != given {
		return fmt.Sprintf("did you mean %q?", id)
	}
	return `"vesper articles list" lists them`
}

// fileless gives the ID of an article for its file: a shell completes the names of files, and
// not IDs.
func fileless(name string) string { return strings.TrimSuffix(filepath.Base(name), ".txt") }

// spikes moves the files of articles, and records what became of the stories among them.
func (a *app) spikes(ctx context.Context, h *house, ids []string, to spiking) error {
	stories, err := h.file.Feeds().Stories(ctx)
	if err != nil {
		return err
	}
	printed, err := h.book.Printed(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		st, isStory := stories[id]
		err := to.move(ctx, id)
		switch {
		case errors.Is(err, digest.ErrNotFound) && to.state == digest.StoryOnDesk && liesThere(ctx, h, id):
			a.print("%s: %s\n", id, to.done)
			continue
		case errors.Is(err, digest.ErrNotFound) && to.state == digest.StoryOnDesk && isStory && st.Feed == gather.ByHand:
			if err := a.addAgain(ctx, h, st, to.allowed); err != nil {
				return err
			}
			a.print("%s: its file was deleted; it was fetched again\n", id)
			continue
		case errors.Is(err, digest.ErrNotFound) && to.state == digest.StoryOnDesk && isStory:
			// It may not have been noticed yet that its file is gone.
			if err := fetchAgain(ctx, h, st, stories[st.Updates]); err != nil {
				return err
			}
			a.print("%s: its file was deleted; it comes back when its feed is next read\n", id)
			continue
		case errors.Is(err, digest.ErrNotFound) && to.state == digest.StorySpiked && isSpiked(ctx, h, id):
			// Given twice, or before in a line with one that was wrong.
			a.print("%s: is spiked already\n", id)
			continue
		case errors.Is(err, digest.ErrNotFound):
			return noArticle(id)
		case errors.Is(err, intake.ErrTaken):
			return &exitError{
				exitFailed, fmt.Errorf("article %q: another file has its name", id),
				"rename one of them; spiked files lie in .spiked on the desk",
			}
		case err != nil:
			return err
		}
		if isStory {
			st.State, st.Reason = to.state, digest.StoryWanted
			if to.state == digest.StorySpiked {
				st.Reason = "an editor spiked it"
			}
			if err := h.file.Feeds().Decide(ctx, st); err != nil {
				return err
			}
		}
		a.print("%s: %s\n", id, to.done)
		if in, ok := printed[id]; ok && to.state == digest.StorySpiked {
			if err := a.tooLate(ctx, h, id, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// tooLate says of an article that was spiked that an edition has printed it: what is sent or
// owed of that stays as it is.
func (a *app) tooLate(ctx context.Context, h *house, id string, in digest.ID) error {
	all, err := h.book.Sequence(ctx, in)
	if err != nil {
		return err
	}
	if all[0].Frozen(a.now()) && all[0].Ahead() {
		// Of a frozen edition nobody has been sent anything.
		return a.anew(ctx, h, in.Slot, func() error { return nil })
	}
	const do = "vesper edition correct"
	a.tell("%s is in edition %s, which is open: nothing changes in what is sent or owed of it\n", id, in)
	a.tell("hint: \"%s %s\" takes it out\n", do, in)
	return nil
}

// liesThere says whether an article's file is on the desk.
func liesThere(ctx context.Context, h *house, id string) bool {
	_, err := h.desk.Lies(ctx, id)
	return err == nil
}

// isSpiked says whether an article's file lies among those that are spiked.
func isSpiked(ctx context.Context, h *house, id string) bool {
	aside, err := h.desk.Spiked(ctx)
	return err == nil && slices.Contains(aside, id)
}

// addAgain fetches a story again that was added by its address.
func (a *app) addAgain(ctx context.Context, h *house, st digest.Story, allowed []string) error {
	get, err := getter(allowed)
	if err != nil {
		return usage(fmt.Errorf("--allow-private: %w", err), "such as 192.168.1.0/24")
	}
	g, err := a.newGatherer(h, nil)
	if err != nil {
		return err
	}
	if err := g.AddAgain(ctx, get, st); err != nil {
		return notFetched(st.GUID, err)
	}
	return nil
}

// fetchAgain has a story come back whose file is gone. Its feed is read whole the next
// time, with those of its further pages that are as old. If it is an update, the story that it is of is looked at anew.
func fetchAgain(ctx context.Context, h *house, st, of digest.Story) error {
	again := []digest.Story{st}
	if of.Article != "" {
		of.Item = digest.Fingerprint{}
		again = append(again, of)
	}
	again[0].State, again[0].Reason = digest.StoryPassed, digest.StoryWanted
	again[0].Item, again[0].File = digest.Fingerprint{}, digest.Fingerprint{}
	f, err := h.file.Feeds().Feed(ctx, st.Feed)
	if err != nil {
		return err
	}
	f.ETag, f.Modified, f.Next = "", "", time.Time{}
	if st.Published.Before(f.Good) {
		f.Good = st.Published
	}
	return h.file.Feeds().Record(ctx, f, again)
}
