package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest/gather"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
)

// tried is how many stories are looked at by a test, so that it ends soon.
const tried = 20

func (a *app) feedsTestCommand() *cobra.Command {
	var allowed []string
	var pages bool
	var out format
	cmd := &cobra.Command{
		Use: "test URL|FILE", Short: "What would be taken from a site or feed, with nothing configured",
		Long: `Fetches a feed, or finds the feed of a web site, and shows what Vesper would take
from its newest stories. Nothing is written. At the end it prints the lines to copy
into vesper.toml. Without a configuration the site counts as your own. With one, your
own site is the host of url in [publication]. From other publishers Vesper takes the
headline, the summary and the link; with --pages also the text.`,
		Example: "  vesper feeds test https://www.news.example/\n" +
			"  vesper feeds test https://www.news.example/feed/ -o json\n  vesper feeds test feed.xml",
		Args: cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			get, err := getter(allowed)
			if err != nil {
				return usage(fmt.Errorf("--allow-private: %w", err), "such as 192.168.1.0/24")
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Minute)
			defer cancel()
			offer, err := a.offered(ctx, get, args[0])
			if err != nil {
				return err
			}
			f, known := a.configuredFeed(offer.URL)
			f.Pages = f.Pages || pages
			if err := a.tryFeed(ctx, get, offer, f, out); err != nil || known || out != "table" || offer.URL == "" {
				return err
			}
			return a.blockOf(f, allowed)
		}),
	}
	cmd.Flags().StringArrayVar(&allowed, "allow-private", nil,
		"fetch from this `RANGE` of private addresses too, such as 127.0.0.0/8 (may be given several times)")
	cmd.Flags().BoolVar(&pages, "pages", false, "print the text of its stories, though it is another publisher's")
	addFormat(cmd, &out)
	return cmd
}

// offered gives the feed at an address, or in a file.
func (a *app) offered(ctx context.Context, get gather.Getter, from string) (gather.Offer, error) {
	if u, err := url.Parse(from); err == nil && u.Host != "" {
		offer, err := gather.Look(ctx, get, from)
		if err != nil {
			return gather.Offer{}, notFetched(from, err)
		}
		return offer, nil
	}
	text, err := a.readInput(from)
	if err != nil {
		return gather.Offer{}, usage(err, "an address begins with https://")
	}
	parsed, err := feed.Parse(text, nil, "")
	if err != nil {
		return gather.Offer{}, &exitError{exitFailed, fmt.Errorf("%s: %w", from, err), ""}
	}
	return gather.Offer{Feed: parsed}, nil
}

// triedJSON is a story for -o json.
type triedJSON struct {
	Headline   string   `json:"headline"`
	URL        string   `json:"url"`
	Published  *string  `json:"published"`
	Source     string   `json:"source"`
	Byline     string   `json:"byline"`
	Section    string   `json:"section"`
	Summary    string   `json:"summary"`
	QuickLooks []string `json:"quick_looks"`
	Paragraphs int      `json:"paragraphs"`
	Form       string   `json:"form"`
	Embargo    *string  `json:"embargo,omitempty"`
	Taken      bool     `json:"taken"`
	Reason     string   `json:"reason"`
}

// tryFeed lists what would be taken of a feed.
func (a *app) tryFeed(ctx context.Context, get gather.Getter, offer gather.Offer, f gather.Feed, out format) error {
	of := offer.Feed
	all := len(of.Items) + of.Left
	of.Items = of.Items[:min(len(of.Items), tried)]
	p, configured := a.publicationFor(offer)
	if offer.Through != "" {
		a.tell("%s names it: %s\n", fetch.Shown(offer.Through), offer.URL)
	}
	for _, other := range offer.Others {
		a.tell("%s also names %s\n", fetch.Shown(offer.Through), other)
	}
	a.tell("%s: %s, %s\n", of.Format, orUnnamed(of.Title), count(all, "story"))
	if all == 0 {
		return &exitError{exitNothing, errors.New("the feed is empty"), ""}
	}
	zone := cmp.Or(p.Zone, time.Local)
	list := newLister(a.stdout, out, column{"PUBLISHED", "published", false}, column{"SECTION", "section", true},
		column{"HEADLINE", "headline", true}, column{"TAKEN AS", "form", false}, column{"REASON", "reason", true})
	for _, s := range p.Stories(ctx, get, of, f, a.now()) {
		art := s.Article
		object := triedJSON{
			art.Headline, art.URL, stamp(art.Published, time.Local), art.Source, art.Byline, art.Section, art.Summary,
			append([]string{}, art.QuickLooks...), len(art.DeepLook), string(s.Form),
			stamp(art.Embargo, zone), s.Left == "", s.Left,
		}
		form := string(s.Form)
		if n := len(art.QuickLooks); n > 0 {
			form = count(n, "Quick Look")
		}
		reason := s.Left
		if s.Left != "" {
			form = "left out"
		} else if !art.Embargo.IsZero() {
			reason = "embargo until " + moment(art.Embargo, zone)
		}
		at := list.time(art.Published, time.Local)
		if err := list.row(object, at, art.Section, art.Headline, form, reason); err != nil {
			return err
		}
	}
	if err := list.done(); err != nil {
		return err
	}
	if all > tried {
		a.tell("and %d more\n", all-tried)
	}
	if out == "table" && offer.URL != "" && !configured {
		a.tell("put this into vesper.toml:\n")
	}
	return nil
}

// blockOf prints the lines that configure a feed which is not configured yet.
func (a *app) blockOf(f gather.Feed, allowed []string) error {
	if err := errors.Join(a.print("\n"), a.block(feed.Outline{URL: f.URL}, f.Pages)); err != nil || len(allowed) == 0 {
		return err
	}
	quoted := make([]string, len(allowed))
	for i, r := range allowed {
		quoted[i] = strconv.Quote(r)
	}
	return a.print("allow_private = [%s]\n", strings.Join(quoted, ", "))
}

// publicationFor gives the newsroom's publication, if there is a configuration; else the
// site that is tried counts as its own.
func (a *app) publicationFor(offer gather.Offer) (p gather.Publication, configured bool) {
	if path, err := config.Find(a.configFile, a.env); err == nil {
		if c, _, err := config.Load(path, a.env); err == nil && c != nil {
			return ownPublication(c), true
		}
	}
	for _, address := range []string{offer.Through, offer.Feed.Link, offer.URL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return gather.Publication{Name: offer.Feed.Title, Host: u.Hostname()}, false
		}
	}
	return gather.Publication{Name: offer.Feed.Title}, false
}

// configuredFeed gives the feed of an address as it is configured, if it is: then its
// patterns leave stories out, as they will.
func (a *app) configuredFeed(address string) (f gather.Feed, known bool) {
	if path, err := config.Find(a.configFile, a.env); err == nil {
		if c, _, err := config.Load(path, a.env); err == nil && c != nil {
			for _, f := range c.Feed {
				if f.URL == address && address != "" {
					a.tell("it is configured: what its [[feed]] leaves out is left out here\n")
					return feedOf(f), true
				}
			}
		}
	}
	return gather.Feed{URL: address}, false
}

// block prints a feed as the configuration has it.
func (a *app) block(f feed.Outline, pages bool) error {
	var title, section, may string
	if f.Title != "" {
		title = "# " + oneLine(f.Title)
	}
	if f.Group != "" {
		section = "section = " + strconv.Quote(f.Group)
	}
	if pages {
		may = "pages = true"
	}
	for _, line := range []string{"[[feed]]", title, "url = " + strconv.Quote(f.URL), section, may} {
		if line == "" {
			continue
		}
		if err := a.print("%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }

func orUnnamed(title string) string {
	if title == "" {
		return "without a title"
	}
	return strconv.Quote(title)
}
