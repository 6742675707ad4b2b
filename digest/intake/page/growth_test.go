package page

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceThePageIsNoMoreThanTwiceTheWork(t *testing.T) {
	again := func(part string) func(int) string {
		return func(n int) string { return strings.Repeat(part, n) }
	}
	shapes := map[string]func(int) string{
		"paragraphs":   again("<p>The tide was high, and the ferries waited.</p>"),
		"items":        again("<li>a</li>"),
		"breaks":       again("a<br>"),
		"bold words":   again("<b>a</b> "),
		"tables":       again("<td>a"),
		"classes":      again(`<p class="a b c">d</p>`),
		"comments":     again("<!-- a -->"),
		"words":        again("a "),
		"entities":     again("&amp;"),
		"unclosed":     again("<p>"),
		"ends":         again("</p>"),
		"Quick Looks":  again("<h2>Quick Looks</h2>"),
		"links":        again(`<link rel="alternate" type="application/rss+xml" href="/a">`),
		"empty blocks": again("<div></div>"),
	}
	growth.Check(t, 1000, shapes, func(text string) { Lines(text) })
	growth.Check(t, 1000, shapes, func(text string) { _, _, _ = Offers([]byte(text), nil, "", nil) })
	growth.Check(t, 500, shapes, func(text string) { _, _ = Read([]byte(text), nil, "") })
}
