package gather_test

import (
	"fmt"
	"net/http"
	"strings"
)

// webPages are the texts of stories, in a feed or on pages, that cost a reader much.
func webPages() []animal {
	return []animal{
		{
			name: "a page", want: "this is no feed",
			answers: sends("text/html", "<!DOCTYPE html><html><body>Hello</body></html>"),
		},
		{name: "a page that names itself", answers: sends("text/html",
			`<html><link rel="alternate" type="application/rss+xml" href="/feed"></html>`), want: "this is no feed"},
		{name: "text of nested tags", answers: text(func() string { return strings.Repeat("<div>", 90_000) }), lay: 1},
		{name: "text of a million tags", answers: text(func() string { return strings.Repeat("<a>", 1_000_000) }), lay: 1},
		{
			name:    "text of attributes",
			answers: text(func() string { return "<p " + strings.Repeat("a ", 3<<20) + ">x" }), lay: 1,
		},
		{name: "text in 500 bold elements", answers: text(bolds), lay: 1},
		{name: "text of tables", answers: text(func() string { return strings.Repeat("<table><td>", 40_000) }), lay: 1},
		{name: "text of one word", answers: text(func() string { return strings.Repeat("x", 6<<20) }), lay: 1},
		{name: "text of entities", answers: text(func() string { return strings.Repeat("&amp;", 1<<20) }), lay: 1},
		{name: "text of scripts", answers: text(func() string { return strings.Repeat("<script>", 90_000) }), lay: 1},
		{name: "text of half a million Quick Looks", answers: text(func() string {
			return "<h3>Quick Looks</h3><ul>" + strings.Repeat("<li>x", 90_000) + "</ul><h3>Deep Look</h3>" + strings.Repeat("<p>x", 9_000)
		}), pages: true, lay: 1},
		{name: "a page of a million links", pages: true, answers: onPage(func() string {
			return strings.Repeat(`<a href="/">x</a>`, 200_000)
		}), lay: 1},
		{
			name:  "a page of 90,000 links",
			pages: true, answers: onPage(func() string { return strings.Repeat(`<a href="/">x</a>`, 90_000) }), lay: 1,
		},
		{
			name:  "a page of attributes",
			pages: true, answers: onPage(func() string { return "<p " + strings.Repeat("a ", 1<<20) + ">x" }), lay: 1,
		},
		{name: "a page in 500 bold elements", pages: true, answers: onPage(bolds), lay: 1},
		{
			name:  "a page of divs",
			pages: true, answers: onPage(func() string { return strings.Repeat("<div>x", 500) }), lay: 1,
		},
		{
			name:  "a page of paragraphs",
			pages: true, answers: onPage(func() string { return strings.Repeat("<p>Some words, and more.", 90_000) }), lay: 1,
		},
		{
			name:  "a page of zeros",
			pages: true, answers: onPage(func() string { return strings.Repeat("\x00", 4<<20) }), lay: 1,
		},
		{name: "a page that is packed", pages: true, answers: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed" {
				fmt.Fprint(w, thin(r))
				return
			}
			packed("gzip", func() []byte { return bomb() })(w, r)
		}, lay: 1},
		{name: "a page at a private address", pages: true, lay: 1, answers: sends("text/xml",
			rssOf(story("next", "<title>Thin</title><link>"+private+"</link>")))},
		{name: "a page that leads to a private address", pages: true, answers: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed" {
				fmt.Fprint(w, thin(r))
				return
			}
			sentTo(private)(w, r)
		}, lay: 1},
		{name: "a page that never ends", pages: true, slow: true, answers: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed" {
				fmt.Fprint(w, thin(r))
				return
			}
			drip(r, func() { fmt.Fprint(w, "<p>"); w.(http.Flusher).Flush() })
		}, lay: 1},
		{name: "a page of a script's story", pages: true, lay: 1, has: fetchWords, answers: onPage(func() string {
			return "<h1>A story</h1><p onclick=\"x()\">" + fetchWords + "</p><script>document.write('evil')</script>"
		})},
	}
}

const fetchWords = "The tide was high, and the bridge stayed open all night long."

// text is a feed of one story with this text.
func text(of func() string) http.HandlerFunc {
	return xml(func() string {
		return `<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>` +
			story("next", "<title>A text</title><content:encoded><![CDATA["+of()+"]]></content:encoded>") + "</channel></rss>"
	})
}

// thin is a feed of one story that says nothing and has a page.
func thin(r *http.Request) string {
	return rssOf(story("next", "<title>Thin</title><link>http://"+r.Host+"/story</link>"))
}

// onPage is a story with this page.
func onPage(of func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/feed" {
			fmt.Fprint(w, thin(r))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<html><body>%s</body></html>", of())
	}
}

// bolds are 500 elements that a browser opens anew in each paragraph.
func bolds() string {
	var b strings.Builder
	b.WriteString("<p>")
	for i := range 400 {
		fmt.Fprintf(&b, "<b a%d>", i)
	}
	b.WriteString(strings.Repeat("<p>x", 90_000))
	return b.String()
}
