package gather

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/page"
)

// Publication is what is known of the newsroom's own.
type Publication struct {
	// Name is its name, and Host the host of its web site, both as configured; either may
	// be empty.
	Name, Host string
	// Editions are the titles of its editions, and Zone is that of times without one.
	Editions []string
	Zone     *time.Location
}

// Feed is one [[feed]] of the configuration.
type Feed struct {
	// URL is the address of a feed or of WordPress's REST posts.
	URL string
	// Section is that of its stories that name none.
	Section string
	// Pages says that its stories' text may stand on our pages, though they lie on
	// another host than the publication's.
	Pages bool
	// Skip says that stories without Quick Looks are left out; else they are set with
	// their summary.
	Skip bool
	// Carry says that what is new of a story that was printed is printed as an update.
	Carry bool
	// Include are the stories that are taken, all if there is none. Exclude are those of
	// them that are not.
	Include, Exclude []digest.Pattern
}

// Story is what becomes of an item.
type Story struct {
	// Article is what is printed of it. It has no ID yet.
	Article digest.Article
	// GUID is the publisher's name for it, its address where there is none.
	GUID string
	// Updated is when it was changed last, zero if nobody says.
	Updated time.Time
	// Form is how the article was made.
	Form Form
	// Left says why it is left out; empty if it is taken.
	Left string
	// Locked says that this is because its publisher asks for a password.
	Locked bool
	// Filtered says that this is by a pattern of its feed. What an editor wants is taken
	// all the same.
	Filtered bool
}

// Form is how an article was made of an item.
type Form string

const (
	// OfHouse has the house's own parts.
	OfHouse Form = "quick looks"
	// OfText is a story of the publication's without them: its summary and its text.
	OfText Form = "summary and text"
	// OfSummary is a story of another publisher: its summary and its link.
	OfSummary Form = "summary"
)

// StoryOf makes a story of an item that was seen at a time. The lines are its text: of its
// content, or of its page where the content says too little.
func (p Publication) StoryOf(of feed.Feed, f Feed, it feed.Item, lines []page.Line, seen time.Time) Story {
	s := Story{GUID: cmp.Or(it.GUID, it.URL), Updated: it.Updated, Form: OfSummary}
	s.Article = digest.Article{
		Headline: it.Title, Source: cmp.Or(it.Source, of.Title), Byline: strings.Join(it.Authors, ", "),
		Section: f.Section, URL: it.URL, Language: cmp.Or(it.Language, of.Language), Published: published(it, seen),
	}
	if len(it.Sections) > 0 {
		s.Article.Section = it.Sections[0]
	}
	if p.mayPrint(f, it.URL) {
		s.Form = OfText
		if p.own(it.URL) {
			s.Article.Source = cmp.Or(p.Name, s.Article.Source)
		}
	}
	var unread error
	format := intake.Format{Publication: s.Article.Source, Editions: p.Editions, Zone: p.Zone}
	switch quick := markerAt(lines, quickLooks...); {
	case s.Form == OfText && quick >= 0:
		s.Form = OfHouse
		unread = fromHouse(&s.Article, lines, quick, format)
		if len(s.Article.QuickLooks) == 0 && s.Article.Summary == "" {
			s.Article.Summary = summary(it, lines[quick+1:])
		}
	default:
		var line string
		line, lines, unread = embargoOf(&s.Article, lines, format)
		if s.Form == OfText {
			s.Article.DeepLook = blocks(lines)
		}
		s.Article.Summary = strings.TrimSpace(strings.TrimPrefix(summary(it, lines), line))
	}
	if d := s.Article.DeepLook; len(d) == 1 && d[0].Text == s.Article.Summary {
		s.Article.DeepLook = nil // it says no more
	}
	if s.Article.Headline == "" {
		s.Article.Headline = firstSentence(s.Article.Summary)
	}
	s.Left, s.Locked = p.left(f, s), it.Locked
	switch {
	case s.Locked:
		s.Left = "its publisher asks for a password"
	case unread != nil && s.Left == "":
		s.Left = "nobody knows when its embargo ends: " + unread.Error()
	}
	if s.Left == "" {
		s.Left = f.filtered(s.Article, it.Sections)
		s.Filtered = s.Left != ""
	}
	return s
}

// patterns are all of the feed.
func (f Feed) patterns() []digest.Pattern { return slices.Concat(f.Include, f.Exclude) }

// filtered says which pattern leaves a story out, if any does.
func (f Feed) filtered(a digest.Article, sections []string) string {
	if len(sections) == 0 {
		sections = []string{a.Section}
	}
	for _, p := range f.Exclude {
		if p.Fits(a, sections) {
			return fmt.Sprintf("excluded by %q", p)
		}
	}
	fits := func(p digest.Pattern) bool { return p.Fits(a, sections) }
	if len(f.Include) > 0 && !slices.ContainsFunc(f.Include, fits) {
		return "no pattern of include fits it"
	}
	return ""
}

// left says why a story is left out.
func (p Publication) left(f Feed, s Story) string {
	switch {
	case s.Article.Headline == "":
		return nothingToSee
	case s.GUID == "":
		return "it has neither a name (guid) nor a link, so it can't be told from others"
	case f.Skip && len(s.Article.QuickLooks) == 0:
		return "it has no Quick Looks"
	}
	return ""
}

// mayPrint says whether a story's text may stand on our pages.
func (p Publication) mayPrint(f Feed, link string) bool { return f.Pages || p.own(link) }

// own says whether an address is on the publication's own host.
func (p Publication) own(link string) bool {
	u, err := url.Parse(link)
	return err == nil && p.Host != "" && bareHost(u.Hostname()) == bareHost(p.Host)
}

func bareHost(host string) string { return strings.TrimPrefix(strings.ToLower(host), "www.") }

// published is the time that decides a story's edition: what the feed says, else when it
// was updated before it was first seen, else when it was first seen. No story is of the
// future: a wrong clock would keep it from every edition until then.
func published(it feed.Item, seen time.Time) time.Time {
	at := it.Published
	if at.IsZero() {
		at = it.Updated
	}
	if at.IsZero() || at.After(seen) {
		at = seen
	}
	return at.UTC().Truncate(time.Second)
}
