package gather_test

import (
	"fmt"
	"strings"

	"vesper/digest/intake/feed"
)

// structures are XML that costs a parser much, or leads it astray.
func structures() []animal {
	return []animal{
		{
			name: "nested tags", want: feed.ErrTooDeep.Error(),
			answers: xml(func() string { return "<rss><channel><item>" + strings.Repeat("<a>", 1<<21) }),
		},
		{name: "nested, all closed", answers: xml(func() string {
			return "<rss>" + strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65)
		}), want: feed.ErrTooDeep.Error()},
		{
			name: "small elements", want: feed.ErrTooMany.Error(),
			answers: xml(func() string { return inItem(strings.Repeat("<x:a/>", 1<<20)) }),
		},
		{name: "attributes", answers: xml(func() string {
			return inItem(strings.Repeat("<x:a"+strings.Repeat(` b=""`, 1000)+"/>", 1000))
		}), want: feed.ErrTooMany.Error()},
		{name: "attributes without values", answers: xml(func() string {
			return inItem(strings.Repeat("<x"+strings.Repeat(" a", 30_000)+"/>", 100))
		}), want: feed.ErrTooMany.Error()},
		{
			name: "one long tag", want: feed.ErrLongTag.Error(),
			answers: xml(func() string { return "<rss " + strings.Repeat("a", 1<<20) + ">" }),
		},
		{
			name:    "a quote without end",
			answers: xml(func() string { return `<rss a="` + strings.Repeat("a", 1<<22) }), want: feed.ErrLongTag.Error(),
		},
		{
			name:    "a comment before",
			answers: xml(func() string { return "<!--" + strings.Repeat("-", 1<<22) + "-->" + next }), lay: 1,
		},
		{
			name: "comments without end", want: "its XML is broken",
			answers: xml(func() string { return "<rss>" + strings.Repeat("<!--", 1<<20) }),
		},
		{name: "instructions", answers: xml(func() string { return strings.Repeat("<?a?>", 1<<20) + next }), lay: 1},
		{
			name: "a doctype", want: "this is no feed",
			answers: xml(func() string { return "<!DOCTYPE " + strings.Repeat("<", 1<<22) }),
		},
		{name: "entities that double", answers: xml(doubling), want: ""},
		{name: "one entity, often", answers: xml(func() string {
			return `<!DOCTYPE rss [<!ENTITY a "` + strings.Repeat("a", 50_000) + `">]>` +
				rssOf(story("next", "<title>"+strings.Repeat("&a;", 50_000)+"</title>"))
		}), lay: 1},
		{
			name:    "90,000 items",
			answers: xml(func() string { return "<rss><channel>" + strings.Repeat("<item/>", 90_000) + "</channel></rss>" }),
		},
		{
			name: "500,000 items", want: feed.ErrTooMany.Error(),
			answers: xml(func() string { return "<rss><channel>" + strings.Repeat("<item/>", 500_000) }),
		},
		{name: "5,000 stories", answers: xml(func() string {
			var b strings.Builder
			for i := range 5000 {
				b.WriteString(story(fmt.Sprint(i), fmt.Sprintf("<title>Number %d of many</title>", i)))
			}
			return rssOf(b.String())
		}), lay: feed.MaxItems},
		{name: "items in items", answers: xml(func() string {
			return rssOf(strings.Repeat("<item>", 30) + "<title>Deep down</title>" + strings.Repeat("</item>", 30))
		}), want: ""},
		{name: "CDATA without end", answers: xml(func() string {
			return "<rss><channel><item><title><![CDATA[" + strings.Repeat("]]", 1<<21)
		}), want: "its XML is broken"},
		{
			name:    "ampersands",
			answers: xml(func() string { return rssOf(story("next", "<title>A "+strings.Repeat("&", 1<<20)+"</title>")) }), lay: 1,
		},
		{name: "brackets", answers: xml(func() string { return strings.Repeat("<", 1<<22) }), want: feed.ErrLongTag.Error()},
		{name: "a feed in a page", answers: xml(func() string { return "<html><body>" + next + "</body></html>" }), lay: 1},
		{name: "two feeds", answers: xml(func() string { return next + next }), lay: 1},
		{
			name: "nothing is closed", want: "its XML is broken",
			answers: xml(func() string { return "<rss><channel><item><title>The next one" }),
		},
		{name: "closed in a wrong order", answers: xml(func() string {
			return "<rss><channel><item><title>x</item></title></channel></rss>"
		})},
		{
			name: "no root that is known", want: "this is no feed",
			answers: xml(func() string { return "<\u009b31m\u202eevil\x1b[31m>" }),
		},
		{name: "namespaces", answers: xml(func() string {
			return `<rss xmlns:a="` + strings.Repeat("x", 3000) + `"><channel>` + story("next", strings.Repeat("<a:b/>", 90_000)+
				"<title>The next one</title>") + "</channel></rss>"
		}), lay: 1},
		{name: "Atom within RSS within RDF", answers: xml(func() string {
			return "<rdf:RDF><rss><channel><feed><entry><title>x</title></entry></feed></channel></rss></rdf:RDF>"
		}), want: ""},
		{name: "an author of authors", answers: xml(func() string {
			return rssOf(story("next", "<title>The next one</title>"+strings.Repeat("<author>Ana</author><category>c</category>", 20_000)))
		}), lay: 1},
	}
}

func inItem(s string) string { return "<rss><channel><item>" + s + "</item></channel></rss>" }

// doubling is a document whose entities grow with each other.
func doubling() string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE rss [<!ENTITY a0 \"aaaaaaaaaa\">")
	for i := range 30 {
		fmt.Fprintf(&b, "<!ENTITY a%d \"&a%d;&a%d;\">", i+1, i, i)
	}
	b.WriteString("]><rss><channel><item><title>&a30;</title></item></channel></rss>")
	return b.String()
}

// jsons are JSON that costs a parser much, or is not what it says.
func jsons() []animal {
	return []animal{
		{name: "JSON arrays", answers: jsonOf(strings.Repeat("[", 100_000)), want: feed.ErrTooDeep.Error()},
		{name: "JSON objects", answers: jsonOf(strings.Repeat(`{"a":`, 100_000)), want: feed.ErrTooDeep.Error()},
		{name: "JSON items", answers: jsonOf(items("{}" + strings.Repeat(",{}", 1<<20))), want: feed.ErrTooMany.Error()},
		{name: "JSON of nothing", answers: jsonOf(items("null,null,{}"))},
		{name: "JSON backslashes", answers: jsonOf(`{"version":"` + strings.Repeat(`\\`, 1<<21)), want: "its JSON is broken"},
		{
			name:    "numbers without end",
			answers: jsonOf(`[{"id":1e999,"title":{"rendered":"x"},"link":"https://x.example/"}]`), lay: 1,
		},
		{
			name: "a number of 1 MiB", want: "",
			answers: jsonOf(`[{"id":` + strings.Repeat("9", 1<<20) + `,"title":{"rendered":"Many nines"}}]`),
		},
		{name: "a version that is a number", answers: jsonOf(`{"version":1,"items":[]}`), want: "its JSON is broken"},
		{name: "JSON of another kind", answers: jsonOf(`{"openapi":"3.0.0"}`), want: "this is no feed"},
		{name: "posts that are strings", answers: jsonOf(`["a","b"]`), want: "its JSON is broken"},
		{
			name: "an error of WordPress", want: "this is no feed",
			answers: jsonOf(`{"code":"rest_no_route","message":"No route","data":{"status":404}}`),
		},
		{name: "half surrogates", answers: jsonOf(items(`{"id":"next","title":"A \ud800 half \udfff one"}`)), lay: 1},
		{
			name:    "the same key twice",
			answers: jsonOf(items(`{"id":"1","id":"2","title":"x","title":"Twice said"}`)), lay: 1, has: "Twice said",
		},
		{
			name:    "JSON in UTF-16",
			answers: jsonOf(wide(items(`{"id":"next","title":"Wide words"}`))), lay: 1, has: "Wide words",
		},
		{name: "JSON, called XML", answers: sends("text/xml", items(`{"id":"next","title":"Told wrong"}`)), lay: 1},
		{
			name:    "a long string",
			answers: jsonOf(items(`{"id":"next","title":"Long","content_text":"` + strings.Repeat("a ", 3<<20) + `"}`)), lay: 1,
		},
		{
			name:    "authors that are nothing",
			answers: jsonOf(items(`{"id":"next","title":"By nobody","authors":[null,{}],"author":null,"tags":[""]}`)), lay: 1,
		},
		{
			name: "JSON with commas at the end", want: "its JSON is broken",
			answers: jsonOf(`{"version":"https://jsonfeed.org/version/1","items":[,]}`),
		},
	}
}

func items(s string) string {
	return `{"version":"https://jsonfeed.org/version/1.1","title":"The zoo","items":[` + s + "]}"
}
