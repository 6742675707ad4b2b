package bounce

import (
	"strings"

	"golang.org/x/net/html"
)

// htmlLines gives the text of a page, a line for each block.
func htmlLines(page string) []string {
	var b strings.Builder
	skip := ""
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return strings.Split(b.String(), "\n")
		case html.TextToken:
			if skip == "" {
				b.WriteString(string(z.Text()))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch tag := string(name); {
			case tag == "style" || tag == "script" || tag == "title":
				if skip = tag; kind == html.EndTagToken {
					skip = ""
				}
			case tag == "p" || tag == "br" || tag == "div" || tag == "tr" || tag == "li" || tag == "td" ||
				strings.HasPrefix(tag, "h"):
				b.WriteByte('\n')
			}
		}
	}
}
