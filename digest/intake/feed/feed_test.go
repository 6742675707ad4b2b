package feed_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest/intake/feed"
)

// rss puts items, written in short, into a feed.
func rss(items string) string {
	return `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">` +
		`<channel><title>The Harbour Post</title><link>https://post.example/</link>` + items + `</channel></rss>`
}

func atomFeed(entries string) string {
	return `<feed xmlns="http://www.w3.org/2005/Atom"><title>The Harbour Post</title>` +
		`<link href="https://post.example/"/>` + entries + `</feed>`
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// odd are feeds with what publishers do, and what is read of them.
var odd = map[string]struct {
	text, from, header string
	want               feed.Item
}{
	"an item of RSS": {
		text: rss(`<item><title>Bridge reopens</title><link>https://post.example/bridge</link><guid>7</guid>
			<pubDate>Fri, 27 Nov 2026 18:00:00 +0100</pubDate><dc:creator>Ana Ruiz</dc:creator><category>City</category>
			<description>Short.</description><content:encoded><![CDATA[<p>Long.</p>]]></content:encoded></item>`),
		want: feed.Item{
			GUID: "7", URL: "https://post.example/bridge", Title: "Bridge reopens", Summary: "Short.", Content: "<p>Long.</p>",
			Authors: []string{"Ana Ruiz"}, Sections: []string{"City"}, Published: at("2026-11-27T17:00:00Z"),
		},
	},
	"Atom that only says when it was updated": {
		text: atomFeed(`<entry><id>a</id><title>Tram</title><link href="https://post.example/tram"/>
			<updated>2026-11-27T17:00:00Z</updated></entry>`),
		want: feed.Item{GUID: "a", URL: "https://post.example/tram", Title: "Tram", Updated: at("2026-11-27T17:00:00Z")},
	},
	"a link that is relative to the site": {
		text: rss(`<item><title>Quay</title><link>/quay</link></item>`),
		want: feed.Item{URL: "https://post.example/quay", Title: "Quay"},
	},
	"a link that is relative to the feed": {
		text: rss(`<item><title>Quay</title><link>quay</link></item>`), from: "https://feeds.example/news/rss.xml",
		want: feed.Item{URL: "https://feeds.example/news/quay", Title: "Quay"},
	},
	"a link that is the GUID": {
		text: rss(`<item><title>Quay</title><guid isPermaLink="true">https://post.example/quay</guid></item>`),
		want: feed.Item{GUID: "https://post.example/quay", URL: "https://post.example/quay", Title: "Quay"},
	},
	"a GUID that is no link": {
		text: rss(`<item><title>Quay</title><guid isPermaLink="false">https://post.example/?p=9</guid></item>`),
		want: feed.Item{GUID: "https://post.example/?p=9", Title: "Quay"},
	},
	"Windows-1252 that says it is UTF-8": {
		text: `<?xml version="1.0" encoding="utf-8"?>` + rss("<item><title>Caf\xe9 \x93noir\x94</title></item>"),
		want: feed.Item{Title: "Café “noir”"},
	},
	"UTF-8 that says it is Latin-1": {
		text: `<?xml version="1.0" encoding="iso-8859-1"?>` + rss("<item><title>Café</title></item>"),
		want: feed.Item{Title: "Café"},
	},
	"an encoding that only the header names": {
		text: rss("<item><title>\xcf\xf0\xe8\xe2\xe5\xf2</title></item>"), header: "text/xml; charset=windows-1251",
		want: feed.Item{Title: "Привет"},
	},
	"something before the declaration": {
		text: "\n\r\n Warning: odd <b>thing</b> <?xml version=\"1.0\"?>" + rss("<item><title>Quay</title></item>"),
		want: feed.Item{Title: "Quay"},
	},
	"control characters": {
		text: rss("<item><title>Qu\x0bay&#1; opens</title></item>"), want: feed.Item{Title: "Quay opens"},
	},
	"markup in a headline": {
		text: rss(`<item><title>&lt;b&gt;Tides&lt;/b&gt; &amp;amp; ferries</title></item>`),
		want: feed.Item{Title: "Tides & ferries"},
	},
	"a headline in another element": {
		text: rss(`<item><media:title>Tides</media:title></item>`), want: feed.Item{Title: "Tides"},
	},
	"RDF": {
		text: `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
			xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>P</title></channel><item><title>Quay</title>
			<link>https://post.example/quay</link><dc:date>2026-11-27T17:00:00Z</dc:date></item></rdf:RDF>`,
		want: feed.Item{URL: "https://post.example/quay", Title: "Quay", Published: at("2026-11-27T17:00:00Z")},
	},
	"JSON Feed with a number for an ID": {
		text: `{"version":"https://jsonfeed.org/version/1.1","title":"P","items":[{"id":7,"url":"https://post.example/q",
			"title":"1 < 2","content_text":"a < b","date_published":"2026-11-27T18:00:00+01:00","authors":[{"name":"Ana"}]}]}`,
		want: feed.Item{
			GUID: "7", URL: "https://post.example/q", Title: "1 < 2", Content: "a &lt; b", Authors: []string{"Ana"},
			Published: at("2026-11-27T17:00:00Z"),
		},
	},
	"a post of WordPress": {
		text: `[{"id":9,"status":"draft","title":{"rendered":"Not yet"},"link":"https://post.example/9"},
			{"id":8,"status":"publish","title":{"rendered":"Closed"},"link":"https://post.example/8","content":{"protected":true}},
			{"id":7,"date":"2026-11-27T18:00:00","date_gmt":"2026-11-27T17:00:00","status":"publish",
			"link":"https://post.example/quay/","guid":{"rendered":"https://post.example/?p=7"},
			"title":{"rendered":"Tides &#038; ferries"},"content":{"rendered":"<p>Long.</p>"},"excerpt":{"rendered":"<p>Short.</p>"},
			"_embedded":{"author":[{"name":"Ana Ruiz"}],"wp:term":[[{"name":"City","taxonomy":"category"},
			{"name":"Uncategorized","taxonomy":"category"}],[{"name":"boats","taxonomy":"post_tag"}]]}}]`,
		want: feed.Item{
			GUID: "https://post.example/?p=7", URL: "https://post.example/quay/", Title: "Tides & ferries",
			Summary: "<p>Short.</p>", Content: "<p>Long.</p>", Authors: []string{"Ana Ruiz"}, Sections: []string{"City"},
			Published: at("2026-11-27T17:00:00Z"), Post: "7",
		},
	},
}

func TestWhatPublishersDoIsReadAsTheyMeanIt(t *testing.T) {
	for name, c := range odd {
		t.Run(name, func(t *testing.T) {
			var from *url.URL
			if c.from != "" {
				from, _ = url.Parse(c.from)
			}
			got, err := feed.Parse([]byte(c.text), from, c.header)
			if err != nil || len(got.Items) != 1 {
				t.Fatalf("got %d items, %v", len(got.Items), err)
			}
			if diff := cmp.Diff(c.want, got.Items[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOfALongFeedTheFirstItemsAreTakenAndTheRestCounted(t *testing.T) {
	text := rss(strings.Repeat("<item><title>Quay</title></item>", feed.MaxItems) +
		"<item><title>Too many</title></item><item><title>Broken</item>")
	got, err := feed.Parse([]byte(text), nil, "")
	if err != nil || len(got.Items) != feed.MaxItems || got.Left != 2 || got.Items[feed.MaxItems-1].Title != "Quay" {
		t.Errorf("%d items, %d left, %v", len(got.Items), got.Left, err)
	}
}

func TestAPageIsNoFeed(t *testing.T) {
	for _, text := range []string{"<!DOCTYPE html><html><body>Hello</body></html>", "plain words", "{}", "[]x", "[1]"} {
		if _, err := feed.Parse([]byte(text), nil, ""); err == nil {
			t.Errorf("%q is taken for a feed", text)
		}
	}
}

func TestDatesOfPublishers(t *testing.T) {
	for text, want := range map[string]string{
		"Fri, 27 Nov 2026 18:00:00 +0100":     "2026-11-27T17:00:00Z",
		"2026-11-27T18:00:00.123+01:00":       "2026-11-27T17:00:00Z",
		"Fri, 27 Nov 2026 18:00 CET":          "2026-11-27T17:00:00Z",
		"ven., 27 nov. 2026 18:00:00 +0100":   "2026-11-27T17:00:00Z",
		"mar., 01 déc. 2026 18:00:00 +0100":   "2026-12-01T17:00:00Z",
		"Nov 27, 2026 5:00 PM GMT":            "2026-11-27T17:00:00Z",
		"27/11/2026 17:00":                    "2026-11-27T17:00:00Z",
		"11/27/2026 5:00 pm":                  "2026-11-27T17:00:00Z",
		"2026-11-27":                          "2026-11-27T00:00:00Z",
		"Fri, 27 Nov 2026 12:00:00 Etc/GMT":   "2026-11-27T12:00:00Z",
		"Fri, 31 Feb 2026 12:00:00 GMT":       "",
		"Fri, 27 Nov 2026 25:00:00 GMT":       "",
		"yesterday":                           "",
		"1764262800":                          "",
		"Fri, 27 Nov 2026 18:00:00 +0100 now": "",
	} {
		got := feed.Date(text).Truncate(time.Second)
		switch {
		case want == "" && !got.IsZero():
			t.Errorf("%q is read as %v", text, got)
		case want != "" && !got.Equal(at(want)):
			t.Errorf("%q is read as %v, want %s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range odd {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := feed.Parse(text, nil, "")
		if err == nil && len(got.Items) > feed.MaxItems {
			t.Errorf("%d items", len(got.Items))
		}
		for _, it := range got.Items {
			if strings.ContainsAny(it.Title, "\r\n\x00") {
				t.Errorf("a title on several lines: %q", it.Title)
			}
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"Fri, 27 Nov 2026 18:00:00 +0100", "2026-11-27T18:00:00Z", "27. nov (a) 2026", "오후"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := feed.Date(s)
		if again := feed.Date(got.Format(time.RFC1123Z)); got.Year() >= 1970 && !again.Equal(got.Truncate(time.Second)) {
			t.Errorf("%q is read as %v, and that as %v", s, got, again)
		}
	})
}
