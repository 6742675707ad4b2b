package feed

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceTheFeedIsNoMoreThanTwiceTheWork(t *testing.T) {
	around := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	const begin, end = "<rss><channel><item>", "</item></channel></rss>"
	growth.Check(t, 2000, map[string]func(int) string{
		"items":             around("<rss><channel>", "<item><title>a</title></item>", "</channel></rss>"),
		"a title":           around(begin+"<title>", "a ", "</title>"+end),
		"a title of tags":   around(begin+"<title>", "&lt;b>", "</title>"+end),
		"a title of CDATA":  around(begin+"<title>", "<![CDATA[a]]>", "</title>"+end),
		"ampersands":        around(begin+"<title>", "&", "</title>"+end),
		"categories":        around(begin, "<category>a</category>", end),
		"other elements":    around(begin, "<x:a/>", end),
		"attributes":        around(begin+"<x:a", ` b="c"`, "/>"+end),
		"unclosed elements": around(begin, "<title>", end),
		"ends of nothing":   around(begin, "</x>", end),
		"comments":          around("", "<!-- a -->", begin+end),
		"brackets":          around("", "< ", begin+end),
		"no UTF-8":          around(begin+"<title>", "\xe9", "</title>"+end),
		"references":        around(begin+"<title>", "&#1;", "</title>"+end),
		"JSON items":        around(`{"version":"https://jsonfeed.org/version/1","items":[{}`, ",{}", "]}"),
		"posts":             around("[", `{"link":"a","id":1},`, `{"link":"a"}]`),
	}, func(text string) { _, _ = Parse([]byte(text), nil, "") })
}

func TestTwiceTheListIsNoMoreThanTwiceTheWork(t *testing.T) {
	growth.Check(t, 2000, map[string]func(int) string{
		"feeds": func(n int) string {
			return "<opml><body>" + strings.Repeat(`<outline xmlUrl="a"/>`, n) + "</body></opml>"
		},
		"groups": func(n int) string {
			return "<opml><body>" + strings.Repeat(`<outline text="a"><outline/></outline>`, n) + "</body></opml>"
		},
	}, func(text string) { _, _ = ReadOPML([]byte(text)) })
}
