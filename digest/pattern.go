package digest

import (
	"fmt"
	"slices"
	"strings"
)

// Pattern is what an editor says of a field of stories, such as "section: Sport" or
// "headline: *advertorial*": the whole field, in which * stands for any text, whatever
// its capitals and spaces.
type Pattern struct {
	field string
	parts []string
	said  string
}

// PatternFields are the fields that a pattern may be of.
var PatternFields = []string{"headline", "section", "byline", "url"}

// ParsePattern reads "field: text".
func ParsePattern(s string) (Pattern, error) {
	field, text, ok := strings.Cut(s, ":")
	field, text = strings.ToLower(strings.TrimSpace(field)), plainly(text)
	switch {
	case !ok || !slices.Contains(PatternFields, field):
		return Pattern{}, fmt.Errorf("%q does not begin with a field (headline:, section:, byline: or url:)", s)
	case strings.Trim(text, "* ") == "":
		return Pattern{}, fmt.Errorf("%q fits everything, or nothing", s)
	}
	return Pattern{field, strings.Split(text, "*"), s}, nil
}

// String gives the pattern as it was written.
func (p Pattern) String() string { return p.said }

// Fits says whether a story is one that the pattern means. Sections are all that it is in.
func (p Pattern) Fits(a Article, sections []string) bool {
	switch p.field {
	case "headline":
		return p.fits(a.Headline)
	case "byline":
		return p.fits(a.Byline)
	case "url":
		return p.fits(a.URL)
	}
	return slices.ContainsFunc(sections, p.fits)
}

// fits looks for the parts one after another, the first at the beginning and the last at
// the end.
func (p Pattern) fits(field string) bool {
	field = plainly(field)
	first, last := p.parts[0], p.parts[len(p.parts)-1]
	if len(p.parts) == 1 {
		return field == first
	}
	if len(field) < len(first)+len(last) || !strings.HasPrefix(field, first) || !strings.HasSuffix(field, last) {
		return false
	}
	field = field[len(first) : len(field)-len(last)]
	for _, part := range p.parts[1 : len(p.parts)-1] {
		at := strings.Index(field, part)
		if at < 0 {
			return false
		}
		field = field[at+len(part):]
	}
	return true
}

// plainly gives a text as it is compared.
func plainly(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
