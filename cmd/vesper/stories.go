package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake/fetch"
	"vesper/digest/publish"
)

// storyJSON is what is known of a story that was fetched.
type storyJSON struct {
	ID       string             `json:"id"`
	Headline string             `json:"headline"`
	State    digest.StoryState  `json:"state"`
	Reason   string             `json:"reason"`
	Feed     string             `json:"feed"`
	GUID     string             `json:"guid"`
	URL      string             `json:"canonical_url"`
	Seen     *string            `json:"first_seen"`
	Updated  *string            `json:"updated,omitempty"`
	Mended   digest.StoryMended `json:"mended,omitempty"`
}

func storyOf(st digest.Story, zone *time.Location) *storyJSON {
	guid := st.GUID
	if strings.Contains(guid, "://") {
		guid = fetch.Shown(guid)
	}
	return &storyJSON{
		ID: st.Article, Headline: st.Headline, State: st.State, Reason: st.Reason, Feed: fetch.Shown(st.Feed), GUID: guid,
		URL: st.URL, Seen: stamp(st.Seen, zone), Updated: stamp(st.Updated, zone), Mended: st.Mended,
	}
}

// withdrawn gives the stories that an edition could print, or the last one could have, had
// their publishers not taken them back.
func (h *house) withdrawn(ctx context.Context, d publish.Decision) ([]digest.Story, error) {
	all, err := h.file.Feeds().Stories(ctx)
	if err != nil {
		return nil, err
	}
	since := d.Edition.Window.From.AddDate(0, 0, -1)
	var gone []digest.Story
	for _, st := range all {
		if st.State == digest.StoryWithdrawn && !st.Published.Before(since) {
			gone = append(gone, st)
		}
	}
	slices.SortFunc(gone, func(a, b digest.Story) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.Article, b.Article))
	})
	return gone, nil
}

// showStory says what became of a story that is not on the desk.
func (a *app) showStory(st digest.Story, zone *time.Location, out format) error {
	if out == "json" {
		return newEncoder(a.stdout).Encode(storyOf(st, zone))
	}
	a.print("%s is not on the desk: %s\n%s\n", st.Article, whyNot(st), cameFrom(st, zone))
	if st.State == digest.StorySpiked || st.State == digest.StoryWithdrawn {
		a.print("\"vesper articles unspike %s\" brings it back.\n", st.Article)
	}
	return nil
}

// whyNot says why a story is not on the desk.
func whyNot(st digest.Story) string {
	if st.State == digest.StoryOnDesk {
		return "its file was deleted"
	}
	return cmp.Or(st.Reason, string(st.State))
}

// cameFrom says where a story was first seen, and when.
func cameFrom(st digest.Story, zone *time.Location) string {
	from := "It was added by its address"
	if st.Feed != gather.ByHand {
		from = "It came from " + fetch.Shown(st.Feed)
	}
	return from + ", first seen " + moment(st.Seen, zone) + "."
}

// refiled says what became of a change of a story that was printed; empty if there was none.
func refiled(st digest.Story, stories map[string]digest.Story) string {
	switch st.Refiled {
	case digest.RefiledIgnored:
		return `that is ignored (on_update = "carry" in its [[feed]] prints what is new)`
	case digest.RefiledNothingNew:
		return "it has no new Quick Look, so that is ignored"
	case digest.RefiledEnough:
		return fmt.Sprintf("that is ignored, because %d updates of it were printed", digest.MostUpdates)
	case digest.RefiledSpiked:
		return "that is ignored, because its update was taken off the desk"
	case digest.RefiledCarried:
		last := ""
		for n := 1; n <= digest.MostUpdates; n++ {
			if id := gather.UpdateID(st.Article, n); stories[id].Updates == st.Article {
				last = id
			}
		}
		return "its new Quick Looks are in " + last
	}
	return ""
}
