package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

// fetchedArticle draws an article as feeds have them: any field may hold any text.
func fetchedArticle(t *rapid.T) digest.Article {
	parts := []string{
		` \ `, `\`, " | ", " / ", " — ", " – ", "- ", "• ", "* ", "– ", "Quick Looks", "Deep Look", "Deep Look:",
		"QUICK LOOK", "URL: x", "Section: y", "Feed: z", "## ", "#", "A Sub-Heading", "Newslooks", "Evening Edition",
		"\n", "\r\n", "\t", "  ", "\u00a0", "\u202f", "\u2028", "\u0085", "\x00", "\x1b[31m", "\u200b", "\u202e",
		"\u2066", "\ufeff", "\xff", "\xe2\x80", "&amp;", "&amp;amp;#8217;", "&nbsp;", "&am", "p;", "&#10;", "&#7;",
		"&#x202e;", "&semi;", "&bogus;", "&ampere;", "You must be logged in to post a comment.",
		"Log in to leave a comment", "He said so. ", "The U.S. is, ", "她说。", "السلام ", "👩\u200d👧", "e\u0301",
		"word ", strings.Repeat("long word. ", 60), strings.Repeat("長", 700),
	}
	text := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 6).Draw(t, "parts"), "")
		}),
		rapid.String(),
	)
	draw := func(name string) string { return text.Draw(t, name) }
	a := digest.Article{
		Headline: "H" + draw("headline"), Source: draw("source"), Dateline: draw("dateline"), Byline: draw("byline"),
		Label: draw("label"), Summary: draw("summary"), Section: draw("section"), Feed: draw("feed"),
		QuickLooks: rapid.SliceOfN(text, 0, 4).Draw(t, "quick looks"),
		URL: rapid.OneOf(rapid.Just("https://www.news.example/?a=1&b=2&amp;c=3"), rapid.Just("HTTP://[::1]/%zz"), text).
			Draw(t, "url"),
		Language: rapid.OneOf(rapid.SampledFrom([]string{"en", "pt_BR", "zh-Hans", "English"}), text).Draw(t, "language"),
		Updates: rapid.OneOf(rapid.SampledFrom([]string{"", "port-cities", "Ein Hafen (2)", "-x", "a/b", "a  b"}), text).
			Draw(t, "updates"),
		FileTime: rapid.Bool().Draw(t, "file time"),
	}
	for range rapid.IntRange(0, 5).Draw(t, "blocks") {
		a.DeepLook = append(a.DeepLook, digest.Block{Heading: rapid.Bool().Draw(t, "heading"), Text: draw("block")})
	}
	zone := time.FixedZone("", rapid.IntRange(-90_000, 90_000).Draw(t, "offset"))
	seconds, part := rapid.Int64Range(-1<<40, 1<<40), rapid.Int64Range(0, 999_999_999)
	a.Published = time.Unix(seconds.Draw(t, "seconds"), part.Draw(t, "part")).In(zone)
	if rapid.Bool().Draw(t, "embargo") {
		a.Embargo = time.Unix(seconds.Draw(t, "embargo's seconds"), part.Draw(t, "embargo's part")).In(zone)
	}
	return a
}

func TestAFetchedArticleComesBackFromItsFileAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Clean(fetchedArticle(t))
		text := WriteHouse(want)
		got, err := ParseHouse("a.txt", strings.NewReader(string(text)), zone)
		if err != nil {
			t.Fatalf("%v, of\n%s", err, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\nof\n%s", diff, text)
		}
		if diff := cmp.Diff(want, Clean(want)); diff != "" {
			t.Fatalf("cleaned a second time: %s", diff)
		}
		if n := utf8.RuneCountInString(want.Summary); n > digest.MaxSummary {
			t.Fatalf("the summary has %d characters", n)
		}
	})
}

func TestWhatAPersonWroteIsWrittenAgainAsItWas(t *testing.T) {
	if diff := cmp.Diff(smallArticle(), parse(t, string(WriteHouse(smallArticle())))); diff != "" {
		t.Error(diff)
	}
	a := parse(t, given(t))
	if diff := cmp.Diff(a, parse(t, string(WriteHouse(a)))); diff != "" {
		t.Error(diff)
	}
}

func TestTheFileOfAFetchedArticleIsOneThatAnEditorKnows(t *testing.T) {
	a := smallArticle()
	a.Feed = "news.example"
	a.Published = a.Published.In(zone)
	a.DeepLook[0].Text = "Who pays"
	want := strings.NewReplacer(
		"Published: 2026-11-22 18:05\n", "Published: 2026-11-22T18:05:00-05:00\n", "en-GB\n", "en-GB\nFeed: news.example\n",
		"The ferry came back on Monday.", "Who pays", "A Long Wait", "## A Long Wait",
	).Replace(small)
	if diff := cmp.Diff(want, string(WriteHouse(a))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(a, parse(t, want)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyAFetchedArticleMayLackAPart(t *testing.T) {
	const first = `H \ S \ D \ B \ L \ Sum` + "\n"
	for name, c := range map[string]struct {
		rest  string
		looks int
		deep  int
		flaw  string
	}{
		"neither":           {"", 0, 0, ""},
		"only Quick Looks":  {"Quick Looks\n- One.\n- Two.\n", 2, 0, ""},
		"only a Deep Look":  {"Deep Look\nText.\nA Paragraph Too\n", 0, 2, ""},
		"both":              {"Quick Looks\n- One.\nDeep Look\n## Why\nText.\n", 1, 2, ""},
		"a heading is last": {"Deep Look\nText.\n## Why\n", 0, 2, ""},
		"lines of no part":  {"Text.\n", 0, 0, `a.txt:3: "Text." is between the first line and "Deep Look"`},
		"no bullet":         {"Quick Looks\n", 0, 0, `a.txt:3: no bullet under "Quick Looks"`},
		"no paragraph":      {"Quick Looks\n- One.\nDeep Look\n", 0, 0, `a.txt:5: no paragraph under "Deep Look"`},
		"the other order": {
			"Deep Look\nText.\nQuick Looks\n- One.\n", 0, 0, `a.txt:5: "Quick Looks" is there twice`,
		},
	} {
		a, err := ParseHouse("a.txt", strings.NewReader("Feed: news.example\n"+first+c.rest), nil)
		switch {
		case c.flaw != "":
			if err == nil || err.Error() != c.flaw {
				t.Errorf("%s: got %v, want %s", name, err, c.flaw)
			}
		case err != nil || len(a.QuickLooks) != c.looks || len(a.DeepLook) != c.deep:
			t.Errorf("%s: got %+v, %v", name, a, err)
		case c.deep > 0 && a.DeepLook[c.deep-1].Heading:
			t.Errorf("%s: the last line is a sub-heading", name)
		}
		if name == "neither" || strings.HasPrefix(name, "only") {
			if _, err := ParseHouse("a.txt", strings.NewReader(first+c.rest), nil); err == nil {
				t.Errorf("%s: taken without a Feed line", name)
			}
		}
	}
}

func TestWhatAFetchedArticleCannotSayIsChanged(t *testing.T) {
	long := strings.Repeat("The ferry sails again. ", 30)
	for name, c := range map[string]struct{ give, want digest.Article }{
		"a backslash alone": {
			digest.Article{Headline: `A \ B \C`, Section: `\`}, digest.Article{Headline: `A / B \C`, Section: "/"},
		},
		"entities": {
			digest.Article{Headline: "Roe &amp;amp; Co&#8217;s &lt;b&gt; &ampere; &x;"},
			digest.Article{Headline: "Roe & Co’s <b> &ampere; &x;"},
		},
		"what can't be seen": {
			digest.Article{Headline: "A\x00\u202eB\n\u0085C", Byline: "\u200b"}, digest.Article{Headline: "AB C"},
		},
		"no headline": {
			digest.Article{QuickLooks: []string{" ", "One."}},
			digest.Article{Headline: "One.", QuickLooks: []string{"One."}},
		},
		"lines that are marks": {
			digest.Article{Headline: "H", DeepLook: []digest.Block{
				{Text: "deep look"}, {Text: "## # 1 of us"}, {Text: "Log in to leave a comment"}, {Heading: true, Text: "More"},
			}},
			digest.Article{Headline: "H", DeepLook: []digest.Block{{Text: "# 1 of us"}}},
		},
		"a URL and a language that are none": {
			digest.Article{Headline: "H", URL: "javascript:alert(1)", Language: "Old English"}, digest.Article{Headline: "H"},
		},
		"a long Quick Look": {
			digest.Article{Headline: "H", QuickLooks: []string{long}},
			digest.Article{Headline: "H", QuickLooks: []string{strings.Repeat("The ferry sails again. ", 26) + "…"}},
		},
		"a long headline": {
			digest.Article{Headline: strings.Repeat("Ferry, ", 60)},
			digest.Article{Headline: strings.Repeat("Ferry, ", 41) + "Ferry…"},
		},
	} {
		c.want.Feed = "web"
		if diff := cmp.Diff(c.want, Clean(c.give)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	a := Clean(digest.Article{Headline: "H", URL: "https://www.news.example/a"})
	if a.Feed != "www.news.example" {
		t.Errorf("got feed %q", a.Feed)
	}
}

func TestAHugeStoryIsCutAndItsFileCanBeRead(t *testing.T) {
	a := digest.Article{Headline: "H", QuickLooks: strings.Split(strings.Repeat("長\n", 9999), "\n")}
	for n := range 2_000 {
		a.DeepLook = append(a.DeepLook, digest.Block{Heading: n%2 == 0, Text: strings.Repeat("長いお話です。", 20)})
	}
	a = Clean(a)
	if got := parse(t, string(WriteHouse(a))); !cmp.Equal(a, got) {
		t.Error(cmp.Diff(a, got))
	}
	n := 0
	for _, b := range a.DeepLook {
		n += utf8.RuneCountInString(b.Text)
	}
	last := a.DeepLook[len(a.DeepLook)-1]
	if n > mostDeepLook+1 || n < mostDeepLook-200 || last.Heading || !strings.HasSuffix(last.Text, "…") {
		t.Errorf("%d characters, the last block is %+v", n, last)
	}
	if len(a.QuickLooks) != mostQuickLooks {
		t.Errorf("%d Quick Looks", len(a.QuickLooks))
	}
}

func TestATextIsCutAfterASentenceElseAfterAWord(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"It sails.", 9, "It sails."},
		{"The ferry sails. It is back. Nobody waits.", 33, "The ferry sails. It is back. …"},
		{"The ferry sailed. It waited. Nobody came.", 33, "The ferry sailed. It waited. …"},
		{"Talks of the U.S. President went on for days", 24, "Talks of the U.S.…"},
		{"He said: “It is over.” Nobody believed him.", 30, "He said: “It is over.” …"},
		{"Will it sail? “Never again!” Nobody believed him.", 36, "Will it sail? “Never again!” …"},
		{"船は戻った。人々は待っていた。長い一年。", 18, "船は戻った。人々は待っていた。 …"},
		{strings.Repeat("長", 30), 10, strings.Repeat("長", 9) + "…"},
		{strings.Repeat("x", 8) + "e\u0301" + "xx", 10, strings.Repeat("x", 8) + "…"},
		{"👩\u200d👧\u200d👦!", 4, "…"},
	} {
		got := cut(c.text, c.most)
		if got != c.want {
			t.Errorf("%q, %d: got %q, want %q", c.text, c.most, got, c.want)
		}
	}
	for n := range 40 {
		for most := range 12 {
			if got := cut(fmt.Sprintf("%040d", n)[:n], most); utf8.RuneCountInString(got) > max(most, 1) {
				t.Errorf("%d of %d characters: got %q", most, n, got)
			}
		}
	}
}

func TestAFileThatPeopleWroteSaysWhatItUpdates(t *testing.T) {
	text := "updates: Ferry waits (2)\n" + small
	a := parse(t, text)
	if want := "Ferry waits (2)"; a.Updates != want || parse(t, string(WriteHouse(a))).Updates != want {
		t.Errorf("got %q, want %q", a.Updates, want)
	}
	format := Format{Zone: zone, Publication: "The Ardane Post", Editions: []string{"Evening Edition"}}
	headline := strings.Replace(small[strings.Index(small, "Ferry R"):], "Ferry Returns: a Quiet Day", "Updates: Storm", 1)
	first, rest, _ := strings.Cut(headline, "\n")
	b, _, err := format.Parse("b.txt", strings.NewReader(strings.ReplaceAll(first, ` \ `, " | ")+"\n"+rest))
	if err != nil || b.Headline != "Updates: Storm" || b.Updates != "" {
		t.Errorf("a headline that begins so: %q, updates %q, %v", b.Headline, b.Updates, err)
	}
}
