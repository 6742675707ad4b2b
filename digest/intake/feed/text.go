package feed

import (
	"strings"

	"golang.org/x/net/html"
)

// Line gives the plain text of a piece of HTML on one line. Text that is no HTML stays as
// it is, with its entities read.
func Line(s string) string {
	// It is a name or a title, of which nothing is read that is longer.
	if s = strings.TrimSpace(s); len(s) > 16*mostTitle {
		s = upTo(16*mostTitle, s)
	}
	if !strings.ContainsAny(s, "<&") {
		return strings.Join(strings.Fields(s), " ")
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			if hidden == 0 {
				b.WriteString(html.UnescapeString(string(z.Text())))
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style":
				hidden++
			case "br", "p", "div", "li", "td":
				b.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style":
				hidden = max(0, hidden-1)
			case "p", "div", "li", "td":
				b.WriteByte(' ')
			}
		}
	}
}
