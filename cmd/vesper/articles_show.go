package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
)

func (a *app) articlesShowCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one article of the desk",
		Example: "  vesper articles show port-cities", Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			stories, err := h.file.Feeds().Stories(cmd.Context())
			if err != nil {
				return err
			}
			st, fetched := stories[args[0]]
			article, err := h.desk.Article(cmd.Context(), args[0])
			if errors.Is(err, digest.ErrNotFound) && fetched {
				return a.showStory(st, h.zone, out)
			} else if errors.Is(err, digest.ErrNotFound) {
				return usage(fmt.Errorf("there is no article %q on the desk", args[0]), hintAtID(args[0]))
			}
			if err != nil {
				return err
			}
			if out == "json" {
				shown := shownJSON{Article: article}
				if fetched {
					shown.Story = storyOf(st, h.zone)
				}
				return newEncoder(a.stdout).Encode(shown)
			}
			a.showArticle(article, h.zone)
			d, err := a.decide(cmd.Context(), h, editionFlags{})
			if err != nil {
				return err
			}
			a.showPlace(d, article.ID)
			if fetched {
				a.print("\n%s\n", cameFrom(st, h.zone))
			}
			if warning := st.Mended.Warning(); warning != "" {
				a.print("It was %s.\n", warning)
			}
			if said := refiled(st, stories); said != "" {
				a.print("It changed at its source after it was printed: %s.\n", said)
			}
			return nil
		}),
	}
	addJSON(cmd, &out)
	return cmd
}

// shownJSON is an article with what is known of its story, if it was fetched.
type shownJSON struct {
	digest.Article
	Story *storyJSON `json:"story,omitempty"`
}

// showPlace says why the next edition leaves an article out, and which others it leaves out
// because they tell the same story, and what an update is of.
func (a *app) showPlace(d publish.Decision, id string) {
	var twins []string
	for _, c := range d.Choices {
		if c.Article.ID == id && c.Update != "" {
			a.print("\nIt is an %s.\n", c.Update)
		}
		if c.Article.ID == id && !c.Picked {
			a.print("\nThe next edition leaves it out: %s.\n", c.Reason)
		}
		if c.Twin == id {
			twins = append(twins, c.Article.ID)
		}
	}
	if len(twins) > 0 {
		a.print("\nIt stands for the same story as %s.\n", strings.Join(twins, ", "))
	}
}

func (a *app) showArticle(article digest.Article, zone *time.Location) {
	facts := []string{
		article.Source, article.Dateline, article.Byline, article.Section, article.Label,
		moment(article.Published, zone), article.URL,
	}
	if !article.Embargo.IsZero() {
		facts = append(facts, "embargo until "+moment(article.Embargo, zone))
	}
	var known []string
	for _, f := range facts {
		if f != "" {
			known = append(known, f)
		}
	}
	a.print("%s\n%s\n", article.Headline, strings.Join(known, " · "))
	if article.Summary != "" {
		a.print("\n%s\n", article.Summary)
	}
	if len(article.QuickLooks) > 0 {
		a.print("\nQuick Looks\n")
	}
	for _, q := range article.QuickLooks {
		a.print("- %s\n", q)
	}
	if len(article.DeepLook) > 0 {
		a.print("\nDeep Look\n")
	}
	for _, b := range article.DeepLook {
		if b.Heading {
			a.print("\n")
		}
		a.print("%s\n", b.Text)
	}
}
