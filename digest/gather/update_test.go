package gather_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake"
)

// past is what editions printed, by article.
type past struct {
	*book
	printed map[string][]digest.Article
}

func (p past) PrintedAs(_ context.Context, id string) ([]digest.Article, error) {
	return p.printed[id], nil
}

func (p past) Updates(_ context.Context, id string) ([]digest.Story, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []digest.Story
	for _, st := range p.stories {
		if id != "" && st.Updates == id {
			all = append(all, st)
		}
	}
	return all, nil
}

// columnist is a newsroom whose feed has one story, which is printed and changes.
type columnist struct {
	*newsroom
	past past
	id   string
	// guid is its feed's name for the story.
	guid int
}

func newColumnist(t *testing.T, carry bool) *columnist {
	t.Helper()
	c := &columnist{newsroom: newNewsroom(t)}
	c.past = past{c.book, map[string][]digest.Article{}}
	c.Past = c.past
	c.Feeds[0].Carry = carry
	c.says("", sentences[:2]...)
	if r := c.fetch(t); r.New != 1 {
		t.Fatalf("got %+v", r)
	}
	c.id = strings.TrimSuffix(c.lies(t)[0], ".txt")
	return c
}

var sentences = []string{
	"Nine port cities signed the agreement.", "Rotterdam pays for the first barrier.", "Fishing crews protest at dawn.",
	"The court stops all work until spring.", "Engineers doubt the price of steel.", "Two mayors resign over the vote.",
	"Insurers halve their premiums.", "Herring return to the old harbour.", "Schoolchildren paint the lock gates.",
}

// says has the feed's story have these Quick Looks, and a time of its update.
func (c *columnist) says(updated string, looks ...string) {
	c.site[wire] = fmt.Sprintf(`<feed xmlns="http://www.w3.org/2005/Atom"><title>The Harbour Post</title><entry><id>%d</id>`+
		`<title>Barriers</title><link href="https://post.example/1"/><published>2026-11-27T17:00:00Z</published>`+
		`<updated>%s</updated><content type="html">&lt;h3>Quick Looks&lt;/h3>&lt;ul>&lt;li>%s&lt;/li>&lt;/ul>`+
		`&lt;h3>Deep Look&lt;/h3>&lt;p>All of it, word for word.&lt;/p></content></entry></feed>`,
		c.guid, updated, strings.Join(looks, "&lt;/li>&lt;li>"))
}

// prints has an edition print all that lies on the desk and was not printed.
func (c *columnist) prints(t testing.TB) (printed []digest.Article) {
	t.Helper()
	articles, flaws, err := intake.Desk{Dir: c.dir}.Articles(context.Background())
	if err != nil || len(flaws) > 0 {
		t.Fatal(err, flaws)
	}
	for _, a := range articles {
		if len(c.past.printed[a.ID]) == 0 {
			c.past.printed[a.ID] = []digest.Article{a}
			printed = append(printed, a)
		}
	}
	return printed
}

// later fetches ten minutes on, and gives the story as it is known then.
func (c *columnist) later(t *testing.T) digest.Story {
	t.Helper()
	c.now = c.now.Add(10 * time.Minute)
	c.fetch(t)
	stories, err := c.book.Stories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stories[c.id]
}

func (c *columnist) update(t *testing.T, n int) digest.Article {
	t.Helper()
	a, err := intake.Desk{Dir: c.dir}.Article(t.Context(), gather.UpdateID(c.id, n))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWhatIsNewOfAPrintedStoryIsCarriedAsAnUpdate(t *testing.T) {
	c := newColumnist(t, true)
	c.prints(t)
	c.says("2026-11-27T18:03:00Z", sentences[0], sentences[2], sentences[1], sentences[3])
	if st := c.later(t); st.Refiled != digest.RefiledCarried {
		t.Errorf("got %+v", st)
	}
	got := c.update(t, 1)
	want := digest.Article{
		ID: c.id + "-updated", Updates: c.id, Headline: "Barriers", Source: "The Harbour Post", Feed: "post.example",
		URL: "https://post.example/1", QuickLooks: sentences[2:4], DeepLook: []digest.Block{{Text: "All of it, word for word."}},
		Published: time.Date(2026, 11, 27, 18, 3, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// It changes again before it is printed: there is one update still, and it keeps its time.
	c.says("2026-11-27T18:15:00Z", sentences[:5]...)
	c.later(t)
	want.QuickLooks = sentences[2:5]
	if diff := cmp.Diff(want, c.update(t, 1)); diff != "" {
		t.Error(diff)
	}
	if printed := c.prints(t); len(printed) != 1 {
		t.Errorf("printed %v", printed)
	}
	c.says("2026-11-27T18:45:00Z", sentences[:6]...)
	c.later(t)
	if a := c.update(t, 2); len(a.QuickLooks) != 1 || a.QuickLooks[0] != sentences[5] || a.Updates != c.id {
		t.Errorf("got %+v", a)
	}
	if n := len(c.lies(t)); n != 3 {
		t.Errorf("%d files lie there", n)
	}
}

func TestAChangeThatSaysNothingNewIsNotCarried(t *testing.T) {
	for name, c := range map[string]struct {
		looks []string
		carry bool
		print bool
		want  digest.StoryRefiled
	}{
		"a typo mended":           {[]string{strings.Replace(sentences[0], "signed", "sigend", 1), sentences[1]}, true, true, digest.RefiledNothingNew},
		"another order":           {[]string{sentences[1], sentences[0]}, true, true, digest.RefiledNothingNew},
		"less":                    {sentences[:1], true, true, digest.RefiledNothingNew},
		"no updates are wanted":   {sentences[:4], false, true, digest.RefiledIgnored},
		"it was not printed yet":  {sentences[:4], true, false, ""},
		"nor is carried, nor was": {sentences[:4], false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			room := newColumnist(t, c.carry)
			if c.print {
				room.prints(t)
			}
			room.says("", c.looks...)
			if st := room.later(t); st.Refiled != c.want {
				t.Errorf("got %q, want %q", st.Refiled, c.want)
			}
			a, err := intake.Desk{Dir: room.dir}.Article(t.Context(), room.id)
			if diff := cmp.Diff(c.looks, a.QuickLooks); err != nil || diff != "" || len(room.lies(t)) != 1 {
				t.Error(err, diff, room.lies(t))
			}
		})
	}
}

func TestAnUpdateIsOfTheTimeThatItsPublisherSaysOrWhenItWasSeen(t *testing.T) {
	for says, want := range map[string]time.Time{
		"2026-11-27T18:03:00Z":      time.Date(2026, 11, 27, 18, 3, 0, 0, time.UTC),
		"":                          seen.Add(10 * time.Minute),
		"2026-11-27T17:00:00Z":      seen.Add(10 * time.Minute), // as old as the story
		"2025-01-01T00:00:00Z":      seen.Add(10 * time.Minute),
		"2031-01-01T00:00:00Z":      seen.Add(10 * time.Minute), // the future
		"2026-11-27T19:05:00+01:00": time.Date(2026, 11, 27, 18, 5, 0, 0, time.UTC),
	} {
		c := newColumnist(t, true)
		c.prints(t)
		c.says(says, sentences[:3]...)
		c.later(t)
		if got := c.update(t, 1).Published; !got.Equal(want) {
			t.Errorf("%q: got %v, want %v", says, got, want)
		}
	}
}

// TestAnUpdateThatNoEditionHadRoomForComesAgainForWhatIsNewSince: a mended word does not
// bring it back.
func TestAnUpdateThatNoEditionHadRoomForComesAgainForWhatIsNewSince(t *testing.T) {
	c := newColumnist(t, true)
	c.prints(t)
	c.says("", sentences[:3]...)
	c.later(t)
	first := c.update(t, 1).Published
	c.now = c.now.Add(48 * time.Hour)
	c.says("", sentences[0], sentences[1], strings.Replace(sentences[2], "crews", "crwes", 1))
	c.later(t)
	if a := c.update(t, 1); !a.Published.Equal(first) || !strings.Contains(a.QuickLooks[0], "crwes") {
		t.Errorf("got %+v", a)
	}
	c.says("", sentences[:4]...)
	c.later(t)
	if a := c.update(t, 1); !a.Published.Equal(c.now) || len(a.QuickLooks) != 2 {
		t.Errorf("got %+v at %v", a, c.now)
	}
	if stories, _ := c.book.Stories(t.Context()); !stories[c.id+"-updated"].Published.Equal(c.now) {
		t.Errorf("got %+v", stories)
	}
}

func TestAnEditorsWordOnAnUpdateOrItsStoryHolds(t *testing.T) {
	write := func(t *testing.T, c *columnist, id, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(c.dir, id+".txt"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	theirs := "Ours \\ \\ \\ \\ \\ \nQuick Looks\n- A look of ours.\nDeep Look\nText.\n"
	t.Run("the story was mended", func(t *testing.T) {
		c := newColumnist(t, true)
		write(t, c, c.id, theirs)
		c.prints(t)
		c.says("", sentences[:4]...)
		if st := c.later(t); st.Mended != digest.MendedChanged || st.Refiled != "" || len(c.lies(t)) != 1 {
			t.Errorf("got %+v, %v", st, c.lies(t))
		}
	})
	t.Run("the update was mended", func(t *testing.T) {
		c := newColumnist(t, true)
		c.prints(t)
		c.says("", sentences[:3]...)
		c.later(t)
		write(t, c, c.id+"-updated", theirs)
		for _, changed := range [][]string{sentences[:5], sentences[:2]} {
			c.says("", changed...)
			c.later(t)
			if a := c.update(t, 1); a.Headline != "Ours" {
				t.Errorf("got %+v", a)
			}
			stories, _ := c.book.Stories(t.Context())
			if stories[c.id].Mended != "" || stories[c.id+"-updated"].Mended != digest.MendedChanged {
				t.Errorf("got %+v", stories)
			}
		}
	})
	t.Run("the update was deleted", func(t *testing.T) {
		c := newColumnist(t, true)
		c.prints(t)
		c.says("", sentences[:3]...)
		c.later(t)
		if err := os.Remove(filepath.Join(c.dir, c.id+"-updated.txt")); err != nil {
			t.Fatal(err)
		}
		// It is noticed at once, so that it can be brought back.
		c.later(t)
		if stories, _ := c.book.Stories(t.Context()); stories[c.id+"-updated"].State != digest.StorySpiked {
			t.Errorf("got %+v", stories)
		}
		for n := 4; n < 7; n++ {
			c.says("", sentences[:n]...)
			if st := c.later(t); st.Refiled != digest.RefiledSpiked || len(c.lies(t)) != 1 {
				t.Errorf("got %+v, %v", st, c.lies(t))
			}
		}
	})
	t.Run("an editor wrote one", func(t *testing.T) {
		c := newColumnist(t, true)
		c.prints(t)
		write(t, c, c.id+"-updated", theirs)
		c.says("", sentences[:3]...)
		c.later(t)
		if a := c.update(t, 1); a.Headline != "Ours" || len(c.lies(t)) != 2 {
			t.Errorf("got %+v", a)
		}
	})
}

func TestWhatIsTakenBackAtItsSourceTakesItsUpdateAlong(t *testing.T) {
	c := newColumnist(t, true)
	c.prints(t)
	c.says("", sentences[:3]...)
	c.later(t)
	c.says("", sentences[:2]...)
	if st := c.later(t); st.Refiled != digest.RefiledNothingNew || len(c.lies(t)) != 2 {
		t.Errorf("nothing is new any more: %+v, %v", st, c.lies(t))
	}
	c.says("", sentences[:4]...)
	c.later(t)
	if a := c.update(t, 1); len(a.QuickLooks) != 2 {
		t.Errorf("got %+v", a)
	}
	p := newPress(t, 1, false)
	articles, _, err := intake.Desk{Dir: p.dir}.Articles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	past := past{p.book, map[string][]digest.Article{articles[0].ID: articles}}
	p.Past, p.Feeds[0].Carry, p.Feeds[0].Pages = past, true, true
	p.set("/feed", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.ReplaceAll(`<rss version="2.0"><channel><title>Press</title><item><guid>1</guid><title>Story 1</title>`+
			`<link>URL/1</link><description>&lt;h3>Quick Looks&lt;/h3>&lt;ul>&lt;li>One.&lt;/li>&lt;/ul>&lt;h3>Deep Look&lt;/h3>`+
			`&lt;p>Text.&lt;/p></description></item></channel></rss>`, "URL", p.URL))
	})
	if r := p.fetch(t); r.Updates != 1 {
		t.Fatalf("got %+v", r)
	}
	p.set("/1", code(404))
	articles, _, err = intake.Desk{Dir: p.dir}.Articles(t.Context())
	if err != nil || len(articles) != 2 {
		t.Fatal(err, articles)
	}
	if articles = articles[:1]; articles[0].Updates == "" {
		t.Fatalf("got %+v", articles)
	}
	gone, err := p.Withdraw(t.Context(), articles)
	if left := p.lies(t); err != nil || !gone || len(left) != 2 || strings.Contains(left[1], "updated") {
		t.Errorf("said %v, %v, and %v lie there", gone, err, left)
	}
}

// TestHoweverASourceChangesAnEditionHasOneUpdateAndAllHaveThree changes a story at will
// between editions, of which some take it.
func TestHoweverASourceChangesAnEditionHasOneUpdateAndAllHaveThree(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := newColumnist(t, true)
		read, first := map[string]int{}, len(c.past.printed)
		updates := 0
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			if rapid.Bool().Draw(r, "an edition opens") {
				printed := c.prints(t)
				if first == 0 && len(printed) != 1 || first > 0 && len(printed) > 1 {
					r.Fatalf("%d articles in one edition", len(printed))
				}
				first += len(printed)
				for _, a := range printed {
					if a.Updates != "" {
						updates++
					}
					for _, q := range a.QuickLooks {
						if read[q]++; read[q] > 1 {
							r.Fatalf("%q was printed twice", q)
						}
					}
				}
				continue
			}
			if rapid.Bool().Draw(r, "its name changes") {
				c.guid++
			}
			c.says("", rapid.SliceOfNDistinct(rapid.SampledFrom(sentences), 1, 9, rapid.ID[string]).Draw(r, "looks")...)
			c.later(t)
			articles, _, err := intake.Desk{Dir: c.dir}.Articles(t.Context())
			if err != nil {
				r.Fatal(err)
			}
			for _, a := range articles {
				if a.Published.After(c.now) {
					r.Fatalf("%s is of the future", a.ID)
				}
			}
		}
		if updates > digest.MostUpdates {
			r.Fatalf("%d updates", updates)
		}
	})
}
