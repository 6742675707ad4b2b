package feed_test

import (
	"net/url"
	"testing"

	"vesper/digest/intake/feed"
)

// TestTheTypeOfAnAtomTextSaysWhatIsMarkup (RFC 4287 3.1.1).
func TestTheTypeOfAnAtomTextSaysWhatIsMarkup(t *testing.T) {
	for name, c := range map[string]struct{ attribute, text, title, summary string }{
		"text":                 {` type="text"`, "The &lt;b&gt; tag &amp;amp; more", "The <b> tag &amp; more", "The &lt;b&gt; tag &amp;amp; more"},
		"text that names tags": {` type="text"`, "Use &lt;b&gt;bold&lt;/b&gt;", "Use <b>bold</b>", "Use &lt;b&gt;bold&lt;/b&gt;"},
		"text in CDATA":        {` type="text"`, "<![CDATA[a <b> b]]>", "a <b> b", "a &lt;b&gt; b"},
		"text in capitals":     {` type = 'TEXT'`, "a &lt;b&gt; b", "a <b> b", "a &lt;b&gt; b"},
		"html":                 {` type="html"`, "a &lt;b&gt;b&lt;/b&gt; &amp;amp; &amp;lt;i&amp;gt;", "a b & <i>", "a <b>b</b> &amp; &lt;i&gt;"},
		"html in CDATA":        {` type="html"`, "<![CDATA[a <b>b</b>]]>", "a b", "a <b>b</b>"},
		"xhtml": {
			` type="xhtml"`, `<div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b> &lt;i&gt;</div>`, "a b <i>", "a <b>b</b> &lt;i&gt;",
		},
		"none":                        {"", "a &lt;b&gt; b &amp; c", "a <b> b & c", "a &lt;b&gt; b &amp; c"},
		"none, but HTML all the same": {"", "a &lt;b&gt;b&lt;/b&gt;", "a b", "a <b>b</b>"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := feed.Parse([]byte(atomFeed(`<entry><id>0</id><title type="html">x</title></entry>`+
				`<entry><id>1</id><source><title type="html">y</title></source><title`+c.attribute+`>`+c.text+`</title><summary`+
				c.attribute+`>`+c.text+`</summary><content`+c.attribute+`>`+c.text+`</content></entry>`)), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			if it := got.Items[1]; it.Title != c.title || it.Summary != c.summary || it.Content != c.summary {
				t.Errorf("the title is %q, want %q;\nthe summary %q, the content %q, want %q", it.Title, c.title, it.Summary,
					it.Content, c.summary)
			}
		})
	}
}

// TestAFeedNamesItsNextPage in JSON Feed, and by RFC 5005 in RSS and Atom.
func TestAFeedNamesItsNextPage(t *testing.T) {
	const item = `<item><title>x</title></item>`
	atomLink := func(rel, href string) string {
		return `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="` + rel + `" href="` + href + `"/>`
	}
	for text, want := range map[string]string{
		`{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1"}],"next_url":"/2"}`:           "https://post.example/2",
		`{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[],"next_url":"javascript:x"}`:           "",
		atomFeed(`<link rel="next" href="?page=2"/><entry><id>1</id></entry>`):                                      "https://post.example/feed?page=2",
		atomFeed(`<link rel="prev-archive" href="/2026/10"/><entry><id>1</id></entry>`):                             "https://post.example/2026/10",
		atomFeed(`<link rel="prev-archive" href="/2026/10"/><link rel="next" href="/2"/><entry><id>1</id></entry>`): "https://post.example/2",
		atomFeed(`<entry><id>1</id><link rel="next" href="/2"/></entry>`):                                           "",

		rss(atomLink("next", "/2") + item):         "https://post.example/2",
		rss(atomLink("prev-archive", "/1") + item): "https://post.example/1",
		rss(atomLink("self", "/feed") + item):      "",
	} {
		from := &url.URL{Scheme: "https", Host: "post.example", Path: "/feed"}
		if got, err := feed.Parse([]byte(text), from, ""); err != nil || got.Next != want {
			t.Errorf("%s: %q, %v; want %q", text, got.Next, err, want)
		}
	}
}

// TestWhatAsksForAPasswordIsLocked as WordPress's feeds have it.
func TestWhatAsksForAPasswordIsLocked(t *testing.T) {
	for items, want := range map[string]bool{
		`<item><title>Protected: Budget</title><description>There is no excerpt because this is a protected post.</description></item>`: true,
		`<item><title>Geschützt: Etat</title><content:encoded><![CDATA[<form action="https://post.example/wp-login.php?action=postpass" ` +
			`class="post-password-form" method="post"><p>Dieser Inhalt ist passwortgeschützt.</p></form>]]></content:encoded></item>`: true,
		`<item><title>Protected: the wetlands</title><description>A new park for the herons.</description></item>`: false,
	} {
		if got, err := feed.Parse([]byte(rss(items)), nil, ""); err != nil || got.Items[0].Locked != want {
			t.Errorf("%s: %+v, %v", items, got.Items, err)
		}
	}
}
