package web

import (
	"cmp"
	"html"
	"net/http"
	"regexp"
	"strings"

	"vesper/subscribers"
)

// ourForm gives our sign-up form as a reader sees it, for the proof of consent. It is what
// the templates print, whoever wrote them, and the same as long as this process runs.
func (s *site) ourForm() (subscribers.Form, error) {
	var page strings.Builder
	// Without a stamp it has nothing in it for programs.
	if err := s.Templates.Execute(&page, "web/signup.html", s.form("", application{})); err != nil {
		return subscribers.Form{}, err
	}
	language := cmp.Or(s.Publication.Language, "en")
	return subscribers.FormOf(language + "\n" + wordsOf(page.String())), nil
}

// filledIn gives the form that a sign-up comes from. A stamp is one of this process, so
// who sent it was shown the form as it is now. Any other form is a site's own: all that
// is known of it is where it stands.
func (s *site) filledIn(r *http.Request, asked application) (subscribers.Form, error) {
	if asked.origin == friends || asked.stamp == "" {
		return subscribers.Form{Version: r.Header.Get("Origin")}, nil
	}
	return s.shown()
}

var (
	notShown  = regexp.MustCompile(`(?is)<!--.*?-->|<(head|style|script)\b.*?</(head|style|script)\s*>`)
	anchor    = regexp.MustCompile(`(?is)<a\b[^>]*\bhref="([^"]*)"[^>]*>(.*?)</a\s*>`)
	anyButton = regexp.MustCompile(`(?is)<button\b[^>]*>(.*?)</button\s*>`)
	anyTag    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// wordsOf gives what a page of ours shows to read, line by line: links with where they
// lead, buttons in brackets.
func wordsOf(page string) string {
	page = notShown.ReplaceAllString(page, "")
	page = anchor.ReplaceAllString(page, "$2 ($1)")
	page = anyButton.ReplaceAllString(page, "\n[$1]\n")
	page = anyTag.ReplaceAllString(page, "\n")
	var lines []string
	for line := range strings.Lines(html.UnescapeString(page)) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
