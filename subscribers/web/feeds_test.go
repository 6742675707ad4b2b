package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"vesper/digest"
)

// TestTheArchiveIsAFeed in both formats, which a reader of feeds reads: each edition once,
// under an ID that stays when it is corrected. The archive's page leads to both.
func TestTheArchiveIsAFeed(t *testing.T) {
	b := serve(t, nil)
	_, page := b.ask(t, "GET", "/e", "", "")
	page = html.UnescapeString(page)
	for name, kind := range map[string]string{atomName: atomKind, jsonFeedName: jsonFeedKind} {
		w, text := b.ask(t, "GET", "/e/"+name, "", "")
		if w.StatusCode != http.StatusOK || w.Header.Get("Content-Type") != kind+"; charset=utf-8" ||
			w.Header.Get("ETag") == "" {
			t.Errorf("%s: %d, %v", name, w.StatusCode, w.Header)
		}
		if !strings.Contains(page, `<link rel="alternate" type="`+kind+`"`) || !strings.Contains(page, `href="e/`+name+`">`) {
			t.Errorf("the archive does not lead to %s:\n%s", name, page)
		}
		f, err := gofeed.NewParser().ParseString(text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if f.Title != "Harbour Courier Evening Edition" || f.Link != "https://mail.courier.example/e" ||
			f.FeedLink != "https://mail.courier.example/e/"+name || f.Language != "en" || len(f.Items) != 3 ||
			len(f.Authors) != 1 || f.Authors[0].Name != "Harbour Courier" {
			t.Errorf("%s: %+v", name, f)
		}
		corrected := f.Items[1]
		if corrected.GUID != "https://mail.courier.example/e/2026-11-21-evening" ||
			corrected.Link != "https://mail.courier.example/e/2026-11-21-evening-2" ||
			!corrected.PublishedParsed.Equal(time.Date(2026, time.November, 21, 18, 0, 0, 0, time.UTC)) ||
			!corrected.UpdatedParsed.Equal(time.Date(2026, time.November, 21, 18, 25, 0, 0, time.UTC)) {
			t.Errorf("%s: %+v", name, corrected)
		}
		const want = `<li><a href="https://mail.courier.example/e/2026-11-21-evening-2/winter%20ferry">` +
			`A Ferry for Winter &lt;at last&gt; &amp; “cheap”</a></li>`
		if !strings.Contains(corrected.Content, want) {
			t.Errorf("%s: the content is %s", name, corrected.Content)
		}
	}
	_, text := b.ask(t, "GET", "/e/"+jsonFeedName, "", "")
	if !json.Valid([]byte(text)) {
		t.Errorf("it is no JSON:\n%s", text)
	}
}

// TestAFeedWithoutEditionsIsOne, and an unlisted publication has none.
func TestAFeedWithoutEditionsIsOne(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Editions = printed{digest.ErrNotFound} })
	for _, name := range []string{atomName, jsonFeedName} {
		_, text := b.ask(t, "GET", "/e/"+name, "", "")
		if f, err := gofeed.NewParser().ParseString(text); err != nil || len(f.Items) != 0 {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	b = serve(t, func(p *Pages) { p.Publication.Unlisted = true })
	for _, path := range []string{"/e/" + atomName, "/e/" + jsonFeedName, "/e?q=ferry"} {
		if w, _ := b.ask(t, "GET", path, "", ""); w.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, w.StatusCode)
		}
	}
}

// TestHeadlinesAreSearched by a form without a script: what was typed is shown as it was, and
// search engines keep no answers.
func TestHeadlinesAreSearched(t *testing.T) {
	b := serve(t, nil)
	_, archive := b.ask(t, "GET", "/e", "", "")
	if !strings.Contains(archive, `<form method="get" action="e" role="search">`) || strings.Contains(archive, "noindex") {
		t.Errorf("the archive is\n%s", archive)
	}
	for query, want := range map[string][]string{
		"night FERRY": {
			`<a href="../e/2026-11-21-evening-2/night-ferry" dir="auto">Night Ferry to the Outer Islands`, `value="night ferry"`,
		},
		"<at":            {"A Ferry for Winter &lt;at last&gt;", `value="&lt;at"`},
		`"><script>x`:    {"No headline has all these words.", `value="&#34;&gt;&lt;script&gt;x"`},
		"\x00\xff%27;--": {"No headline has all these words."},
	} {
		w, page := b.ask(t, "GET", "/e/?q="+url.QueryEscape(query), "", "")
		if w.StatusCode != http.StatusOK || w.Header.Get("Cache-Control") != "no-store" ||
			!strings.Contains(page, `<meta name="robots" content="noindex">`) || strings.Contains(page, "<script>x") {
			t.Errorf("%q: got %d\n%s", query, w.StatusCode, page)
		}
		for _, part := range want {
			if !strings.Contains(page, part) {
				t.Errorf("%q: the page lacks %q:\n%s", query, part, page)
			}
		}
	}
	for _, nothing := range []string{"/e?q=", "/e?q=+++", "/e?x=y"} {
		if _, page := b.ask(t, "GET", nothing, "", ""); page != archive {
			t.Errorf("%s is not the archive", nothing)
		}
	}
	long := strings.Repeat("x", 5000)
	if w, page := b.ask(t, "GET", "/e?q="+long, "", ""); w.StatusCode != http.StatusOK || strings.Contains(page, long) {
		t.Errorf("a long query: %d", w.StatusCode)
	}
}
