package page_test

import (
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest/intake/page"
)

// story gives the lines of a story in the house format, with what each is.
func story(t *testing.T, name string) (first string, lines []page.Line) {
	t.Helper()
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the story is not there: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, line := range all {
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case strings.HasPrefix(line, "You must"):
		case isItem:
			lines = append(lines, page.Line{Kind: page.Item, Text: item})
		case i > 0 && len(line) < 80 && !strings.ContainsAny(line[len(line)-1:], ".,\"") && !strings.HasSuffix(line, "”"):
			lines = append(lines, page.Line{Kind: page.Heading, Text: line})
		default:
			lines = append(lines, page.Line{Text: line})
		}
	}
	return all[0], lines
}

// themes set a story as three kinds of WordPress themes do: with blocks, as the classic
// editor writes, and as a page builder nests it.
var themes = map[string]func(lines []page.Line) string{
	"blocks": func(lines []page.Line) string {
		var b strings.Builder
		each(lines, func(l page.Line, first, last bool) {
			text := html.EscapeString(l.Text)
			switch l.Kind {
			case page.Item:
				fmt.Fprintf(&b, "%s<li>%s</li>\n%s", when(first, `<ul class="wp-block-list">`), text, when(last, "</ul>"))
			case page.Heading:
				fmt.Fprintf(&b, "<h2 class=\"wp-block-heading\">%s</h2>\n", text)
			default:
				fmt.Fprintf(&b, "<p>%s</p>\n", text)
			}
		})
		return around(`<article class="post"><h1 class="entry-title">%s</h1><div class="entry-content wp-block-post-content">` +
			`<figure class="wp-block-image"><img src="a.jpg" alt=""><figcaption>The bridge. Photo: A. Ruiz</figcaption></figure>` +
			b.String() + `<div class="sharedaddy"><p>Share this:</p><ul><li>Mail</li></ul></div></div></article>`)
	},
	"classic": func(lines []page.Line) string {
		var b strings.Builder
		each(lines, func(l page.Line, first, last bool) {
			text := strings.ReplaceAll(html.EscapeString(l.Text), "“", "&#8220;")
			switch l.Kind {
			case page.Item:
				fmt.Fprintf(&b, "%s<li><p>%s</p></li>%s\n", when(first, "<ul>"), text, when(last, "</ul>"))
			case page.Heading:
				fmt.Fprintf(&b, "<p><strong>%s</strong></p>\n", text)
			default:
				fmt.Fprintf(&b, "<p style=\"text-align: justify\">%s</p>\n\n", text)
			}
		})
		return around(`<div id="content"><div class="post hentry"><h2 class="title"><a href="/">%s</a></h2><div class="entry">` +
			b.String() + `</div><div id="comments"><p class="must-log-in">You must be <a href="/login">logged in</a> ` +
			`to post a comment.</p></div></div></div><div id="sidebar"><ul><li>Other news</li></ul></div>`)
	},
	"builder": func(lines []page.Line) string {
		var b strings.Builder
		each(lines, func(l page.Line, first, last bool) {
			text := html.EscapeString(l.Text)
			switch l.Kind {
			case page.Item:
				fmt.Fprintf(&b, "%s<li><span class=\"text\">%s</span></li>%s",
					when(first, `<div class="widget"><div class="inner"><ul class="icons">`), text, when(last, "</ul></div></div>"))
			case page.Heading:
				fmt.Fprintf(&b, "<div class=\"widget\"><div class=\"inner\"><h4><span><b>%s</b></span></h4></div></div>", text)
			default:
				fmt.Fprintf(&b, "<div class=\"widget\"><div class=\"inner\"><div>%s</div></div></div>", text)
			}
		})
		return around(`<main><section class="top"><div><h1>%s</h1></div></section><section class="body">` +
			b.String() + `</section></main><div class="newsletter-box"><form><p>Sign up</p></form></div>`)
	},
}

func each(lines []page.Line, do func(l page.Line, first, last bool)) {
	for i, l := range lines {
		do(l, i == 0 || lines[i-1].Kind != l.Kind, i == len(lines)-1 || lines[i+1].Kind != l.Kind)
	}
}

func when(yes bool, s string) string {
	if yes {
		return s
	}
	return ""
}

func around(body string) string {
	return `<!DOCTYPE html><html lang="en-US"><head><title>%[1]s – The Harbour Post</title>
		<meta property="og:site_name" content="The Harbour Post"><meta property="article:published_time" content="2026-11-27T17:00:00+00:00">
		<link rel="canonical" href="/bridge/"><link rel="https://api.w.org/" href="https://post.example/wp-json/">
		<link rel="alternate" type="application/rss+xml" title="The Harbour Post" href="/feed/">
		<style>.x{}</style></head><body class="single"><nav><ul><li>Home</li><li>City</li></ul></nav>` +
		strings.Replace(body, "%s", "%[1]s", 1) + `<footer><p>© 2026</p></footer><script>var a = "<p>no</p>"</script></body></html>`
}

var from, _ = url.Parse("https://post.example/bridge/?utm_source=x")

func TestTheHousesPartsAreFoundInEachTheme(t *testing.T) {
	for file, name := range map[string]string{
		"a story of ours": "testdata/story.txt",
		"the given story": "../../../../shared/data/house-format/mexicos-sheinbaum-rejects-trumps-military-offer.txt",
	} {
		for theme, set := range themes {
			t.Run(file+", "+theme, func(t *testing.T) {
				first, want := story(t, name)
				headline, _, _ := strings.Cut(first, ` \ `)
				got, err := page.Read([]byte(strings.ReplaceAll(set(want), "%[1]s", html.EscapeString(headline))), from, "text/html; charset=utf-8")
				if err != nil || !got.House {
					t.Fatalf("House %v, %v", got.House, err)
				}
				if diff := cmp.Diff(want, got.Lines); diff != "" {
					t.Error(diff)
				}
				got.Lines = nil
				about := page.Page{
					Title: headline, Site: "The Harbour Post", Language: "en-US", House: true,
					Canonical: "https://post.example/bridge/", Published: time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC),
				}
				got.Summary, got.Author = "", ""
				if diff := cmp.Diff(about, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestAPageWithoutQuickLooksGivesItsMainText(t *testing.T) {
	paragraph := strings.Repeat("The tide was high, and the ferries waited in the harbour until noon. ", 6)
	text := around(`<h1>%s</h1><div class="entry"><p>` + paragraph + `</p><p>` + paragraph + `</p><p>` + paragraph + `</p></div>` +
		`<div class="related-posts"><p>More</p></div>`)
	got, err := page.Read([]byte(strings.ReplaceAll(text, "%[1]s", "Ferries wait")), from, "")
	if err != nil || got.House || len(got.Lines) != 3 || got.Lines[0].Text != strings.TrimSpace(paragraph) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestASiteOffersItsStories(t *testing.T) {
	feeds, api, err := page.Offers([]byte(around("%s")), from, "", nil)
	if err != nil || api != "https://post.example/wp-json/" ||
		!cmp.Equal(feeds, []page.Link{{URL: "https://post.example/feed/", Title: "The Harbour Post"}}) {
		t.Errorf("got %v, %q, %v", feeds, api, err)
	}
	_, api, err = page.Offers([]byte("<p>"), from, "", []string{`<https://post.example/?rest_route=/>; rel="https://api.w.org/"`})
	if err != nil || api != "https://post.example/?rest_route=/" {
		t.Errorf("got %q, %v", api, err)
	}
}

// TestAPagesLinksStartAtItsBase: at <base href>, where a page has one that is an address.
func TestAPagesLinksStartAtItsBase(t *testing.T) {
	for base, want := range map[string]string{
		"/sub/": "https://post.example/sub/feed.xml", "https://cdn.example/a/b": "https://cdn.example/a/feed.xml",
		"": "https://post.example/tides/feed.xml", "data:x": "https://post.example/tides/feed.xml",
	} {
		at, err := from.Parse("/tides/")
		if err != nil {
			t.Fatal(err)
		}
		text := `<base target=_top><base href="` + base + `"><link rel=alternate type="application/rss+xml" href=feed.xml>`
		feeds, _, err := page.Offers([]byte(text), at, "", nil)
		if err != nil || len(feeds) != 1 || feeds[0].URL != want {
			t.Errorf("%q: got %v, %v, want %s", base, feeds, err, want)
		}
	}
}

func TestLinesOfAFeedsContent(t *testing.T) {
	for fragment, want := range map[string][]page.Line{
		"plain words":                                                        {{Text: "plain words"}},
		"<p>One.</p><p>Two<br>Three</p>":                                     {{Text: "One."}, {Text: "Two"}, {Text: "Three"}},
		"a &amp; b<!-- c --><script>d":                                       {{Text: "a & b"}},
		"<ul><li>a<li>b <b>c</b></ul>":                                       {{page.Item, "a"}, {page.Item, "b c"}},
		"<p><b>A Heading</b></p>text":                                        {{page.Heading, "A Heading"}, {Text: "text"}},
		"<p><b>A sentence in bold.</b></p>":                                  {{Text: "A sentence in bold."}},
		"<p>Some <b>bold</b> words</p>":                                      {{Text: "Some bold words"}},
		"<p hidden>no</p><p style='display: none'>no</p><figure>no</figure>": nil,
		strings.Repeat("<p>", 50_001):                                        nil,
	} {
		if diff := cmp.Diff(want, page.Lines(fragment)); diff != "" {
			t.Errorf("%.60q: %s", fragment, diff)
		}
	}
}

func TestAPageThatHarmsIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		strings.Repeat("<p>", 50_001):                     page.ErrTooMany,
		"<p " + strings.Repeat("a/", 100_001) + ">":       page.ErrTooMany,
		strings.Repeat(`<p a=">"b='<'c=d>`, 34_000):       page.ErrTooMany,
		"<p>" + opens(400) + strings.Repeat("<p>x", 9000): page.ErrTooMany,
		strings.Repeat("<a", 49_000):                      page.ErrTooMany,
		strings.Repeat(`<a b="`, 49_000):                  page.ErrTooMany,
		strings.Repeat(" ", page.MaxBytes+1):              page.ErrTooLong,
		strings.Repeat("<div>", 40_000):                   page.ErrTooDeep,
		strings.Repeat("<b><i>", 20_000) + "x":            page.ErrTooDeep,
		"<p>Quick Looks" + strings.Repeat("<ul>", 40_000): page.ErrTooDeep,
	} {
		if _, err := page.Read([]byte(text), from, ""); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", text, err, want)
		}
	}
}

// opens are elements of style, each another, that a parser opens anew in each paragraph.
func opens(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<b a%d>", i)
	}
	return b.String()
}

func FuzzRead(f *testing.F) {
	for _, set := range themes {
		f.Add(set([]page.Line{{Text: "a"}, {page.Heading, "Quick Looks"}, {page.Item, "b"}, {page.Heading, "Deep Look"}}))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := page.Read([]byte(text), from, "")
		if err != nil {
			return
		}
		for _, l := range append(p.Lines, page.Lines(text)...) {
			if l.Text == "" || strings.ContainsAny(l.Text, "\n\r") {
				t.Errorf("a line %q", l.Text)
			}
		}
		page.Offers([]byte(text), from, "", []string{text})
	})
}
