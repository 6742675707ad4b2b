package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// latest sends the reader on to the edition that was printed last, if anybody may see it.
func (s *site) latest(w http.ResponseWriter, r *http.Request) {
	if s.Publication.Unlisted {
		s.missing(w, r)
		return
	}
	printed, err := s.Editions.Archive(r.Context(), 1)
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case len(printed) == 0:
		s.missing(w, r)
	default:
		w.Header().Set("Cache-Control", "no-store")
		// Relative, since the proxy may serve the pages below a path of its own.
		w.Header().Set("Location", printed[0].ID.String())
		answer(w, http.StatusFound, "text/plain; charset=utf-8", nil)
	}
}

// latestThere says whether any edition was printed that anybody may see.
func (s *site) latestThere(ctx context.Context) bool {
	if s.Publication.Unlisted {
		return false
	}
	printed, err := s.Editions.Archive(ctx, 1)
	return err == nil && len(printed) > 0
}

// archived is how many editions the archive shows: about a season of evenings.
const archived = 100

// shelf is the page that lists the editions of the past.
type shelf struct {
	templates.Chrome
	// Printed has them all, the newest first; Months has the same by month.
	Printed []spine
	Months  []month
	// Corrections leads to the list of them; empty if there are none.
	Corrections string
	// Search is where the form leads that searches in headlines; empty if there is nothing to
	// search. Query was looked for, empty for nothing, and Found are its stories.
	Search, Query string
	MostQuery     int
	Found         []spine
}

// month has the editions of a month, the newest first.
type month struct {
	// Name is the month with its year.
	Name    string
	Printed []spine
}

// spine is one edition on the shelf. Its URL is relative to the page. Number is empty for
// a paper without one. Corrected dates its last correction, with the note on it.
type spine struct {
	URL, Title, Headline, Number, Corrected, Note string
	// Date has the year, Day has not: it stands below its month.
	Date, Day string
}

// archive lists the editions of the past, if they are listed at all.
func (s *site) archive(w http.ResponseWriter, r *http.Request) {
	if s.Publication.Unlisted {
		s.missing(w, r)
		return
	}
	if query := digest.ParseQuery(r.URL.Query().Get("q")); len(query) > 0 {
		s.search(w, r, query)
		return
	}
	printed, err := s.Editions.Archive(r.Context(), archived)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "archive", s.shelved(root(r), printed))
}

// shelved is the archive. It leads to the corrections if an edition on it was corrected.
func (s *site) shelved(root string, printed []digest.Printed) shelf {
	page := s.shelf(root, s.words.Pages.Archive, "e", printed)
	for _, p := range page.Printed {
		if p.Corrected != "" {
			page.Corrections = root + "e/corrections"
		}
	}
	if len(printed) > 0 {
		page.Search = root + "e"
	}
	return page
}

// search answers with the stories that a query finds. What somebody looked for is no page for
// search engines.
func (s *site) search(w http.ResponseWriter, r *http.Request, query digest.Query) {
	found, err := s.Editions.Search(r.Context(), query, archived)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "archive", s.found(root(r), query, found))
}

func (s *site) found(root string, query digest.Query, found []digest.Found) shelf {
	page := s.shelf(root, s.words.Pages.Archive, "e", nil)
	page.Public.AtArchive = false
	page.Public.Unlisted, page.Search, page.Query = true, root+"e", strings.Join(query, " ")
	for _, f := range found {
		one := s.spine(root, f.Printed)
		one.URL, one.Headline = one.URL+"/"+url.PathEscape(f.Article), f.Headline
		page.Found = append(page.Found, one)
	}
	return page
}

// corrections lists the corrections that were made, where past editions are listed at all.
func (s *site) corrections(w http.ResponseWriter, r *http.Request) {
	if s.Publication.Unlisted {
		s.missing(w, r)
		return
	}
	all, err := s.Editions.Corrections(r.Context(), archived)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "corrections", s.corrected(root(r), all))
}

func (s *site) corrected(root string, all []digest.Corrected) shelf {
	var printed []digest.Printed
	for _, c := range all {
		printed = append(printed, c.Printed)
	}
	page := s.shelf(root, s.words.Pages.Corrections, "e/corrections", printed)
	for i, c := range all {
		page.Printed[i].Note = c.Note
	}
	return page
}

func (s *site) shelf(root, title, path string, printed []digest.Printed) shelf {
	page := shelf{Chrome: s.chrome(title), MostQuery: digest.MostQuery}
	page.Private, page.Public = false, s.public(root, path, "")
	page.Public.Feeds = []templates.Feed{
		{Kind: atomKind, URL: root + "e/" + atomName}, {Kind: jsonFeedKind, URL: root + "e/" + jsonFeedName},
	}
	for _, p := range printed {
		name := s.words.MonthOf(p.ID.Date.In(time.UTC))
		if n := len(page.Months); n == 0 || page.Months[n-1].Name != name {
			page.Months = append(page.Months, month{Name: name})
		}
		last := &page.Months[len(page.Months)-1]
		one := s.spine(root, p)
		last.Printed, page.Printed = append(last.Printed, one), append(page.Printed, one)
	}
	if len(printed) > 0 {
		page.Public.Description = printed[0].Subject
	}
	return page
}

func (s *site) spine(root string, p digest.Printed) spine {
	corrected := ""
	if !p.CorrectedAt.IsZero() {
		at := p.CorrectedAt.In(s.zone())
		corrected = templates.Say(s.words.Edition.Corrected, "date", s.words.FullDate(at), "time", s.words.Clock(at))
	}
	return spine{
		Corrected: corrected, URL: root + "e/" + p.ID.String(), Title: p.Title, Headline: p.Subject,
		Number: s.words.Numbered(p.PaperNumber),
		Date:   s.words.Capital(s.words.LongDate(p.ID.Date.In(time.UTC))), Day: s.words.Day(p.ID.Date.In(time.UTC)),
	}
}

func (s *site) edition(w http.ResponseWriter, r *http.Request) {
	name := unstuck(r.PathValue("edition"))
	switch name {
	case "latest":
		s.latest(w, r)
		return
	case "corrections":
		s.corrections(w, r)
		return
	case atomName:
		s.feed(w, r, atomKind, feed.atom)
		return
	case jsonFeedName:
		s.feed(w, r, jsonFeedKind, feed.json)
		return
	}
	id, err := digest.ParseID(name)
	if err != nil {
		s.missing(w, r)
		return
	}
	page, err := s.Editions.WebView(r.Context(), id)
	s.printed(w, r, page, err)
}

func (s *site) article(w http.ResponseWriter, r *http.Request) {
	id, err := digest.ParseID(unstuck(r.PathValue("edition")))
	if err != nil {
		s.missing(w, r)
		return
	}
	article := r.PathValue("article")
	page, err := s.Editions.DeepLook(r.Context(), id, article)
	if whole := unstuckArticle(article); whole != article && errors.Is(err, digest.ErrNotFound) {
		page, err = s.Editions.DeepLook(r.Context(), id, whole)
	}
	s.printed(w, r, page, err)
}

// unstuck gives an edition's name in what came of a link, without what programs and people
// stick on it: a full stop, a bracket, parameters. What names have in them comes first.
func unstuck(came string) string {
	parts := strings.FieldsFunc(came, func(r rune) bool {
		return r != '-' && r != '.' && !('0' <= r && r <= '9') && !('a' <= r && r <= 'z')
	})
	if len(parts) == 0 {
		return ""
	}
	return strings.TrimRight(parts[0], ".")
}

// unstuckArticle does the same for an article, whose name may have more in it: it is cut at what
// none has, and at parameters, and does not end with a mark.
func unstuckArticle(came string) string {
	if i := strings.IndexAny(came, "<>\"*;\r\n\u00a0\u200b"); i >= 0 {
		came = came[:i]
	}
	if i := strings.IndexByte(came, '&'); i >= 0 && strings.Contains(came[i:], "=") {
		came = came[:i]
	}
	return strings.TrimRight(came, " .,!)'’")
}

func (s *site) printed(w http.ResponseWriter, r *http.Request, page []byte, err error) {
	switch {
	case errors.Is(err, digest.ErrNotFound):
		s.missing(w, r)
	case err != nil:
		s.unavailable(w, r, err)
	default:
		w.Header().Set("Content-Security-Policy", s.policies.of(page))
		// What was printed never changes. How it looks does, with an upgrade.
		public(w, r, "text/html", page)
	}
}

// public answers with what is the same for all, and may be kept for a while.
func public(w http.ResponseWriter, r *http.Request, kind string, content []byte) {
	sum := sha256.Sum256(content)
	h := w.Header()
	h.Set("Content-Type", kind+"; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", fmt.Sprintf(`"%x"`, sum[:16]))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
