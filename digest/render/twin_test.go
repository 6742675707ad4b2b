package render

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"vesper/digest"
	"vesper/digest/whole"
)

// TestTheTextHasTheWordsOfTheHTMLInTheirOrder, in all specimens: letter by letter, without
// addresses, marks and numbers of lists. The text of one story begins with its summary.
func TestTheTextHasTheWordsOfTheHTMLInTheirOrder(t *testing.T) {
	whole.NotRaced(t)
	for _, set := range specimenSets {
		r, e, err := specimenEdition(nil, set)
		if err != nil {
			t.Fatal(err)
		}
		e.Tomorrow = digest.Tomorrow{Date: e.ID.Date.AddDays(1), Lines: []string{"The council votes.", "Rain from noon on."}}
		page, text := bothParts(t, r, e)
		sameWords(t, set.name, r, e, page, text)
	}
}

// TestOddArticlesHaveTheSameWordsInBothParts, 200 of them where all is looked at.
func TestOddArticlesHaveTheSameWordsInBothParts(t *testing.T) {
	odd := []string{
		"", " ", "A", strings.Repeat("W", 120), "https://long.example/" + strings.Repeat("path/", 30),
		"Chair: “We will not buy a door we cannot open.”", "مدير الميناء: «رمّمنا الرصيف ولم نبدّل وجهه».",
		"夕方の新聞は改行なしで続きます", "店主：“每个星期五。”", "e\u0301 and 👩\u200d👩\u200d👧", "\u202eturned\u202c",
		"<b>markup</b> & &amp; {{.Words}}", "tab\tand\r\nbreak\u2028s", "“Quoted”: “twice”", "ПАРОМ ИДЁТ",
	}
	random := rand.New(rand.NewPCG(1, 2))
	one := func() string { return odd[random.IntN(len(odd))] }
	for i := range whole.Times(t, 2, 10) {
		r, e := renderer(t), edition(t)
		r.Publication.Language = []string{"en", "ar", "de"}[i%3]
		r.Layout = Layout{Lead: 1, Stories: 5 + i%9, QuickLooks: 5}
		r.Publication.ArticleURL, e.Articles = "", nil
		for k := range 20 {
			a := digest.Article{
				ID: fmt.Sprint("a", k), Headline: one() + " " + fmt.Sprint(k), Summary: one(), Dateline: one(), Byline: one(),
				Section: one(),
			}
			for range random.IntN(13) {
				a.QuickLooks = append(a.QuickLooks, one())
			}
			if random.IntN(3) == 0 {
				a.URL, a.Feed, a.Source = "https://wire.example/"+fmt.Sprint(k), "wire.example", one()
			}
			e.Articles = append(e.Articles, a)
		}
		e.Note = one()
		e.Tomorrow = digest.Tomorrow{Date: e.ID.Date.AddDays(1), Lines: []string{one(), one()}}
		page, text := bothParts(t, r, e)
		sameWords(t, fmt.Sprint("odd ", i), r, e, page, text)
	}
}

// sameWords is the test that two parts have the same words and links in the same order.
func sameWords(t *testing.T, name string, r Renderer, e digest.Edition, page, text string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	shown := ""
	var hrefs, urls []string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" {
				hrefs = append(hrefs, a.Val)
			}
		}
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			shown += n.Data + "\n"
		}
	}
	if len(e.Articles) == 1 {
		first, rest, _ := strings.Cut(text, "\n")
		at := strings.Index(rest, line(e.Articles[0].Headline)+"\n")
		if at < 0 {
			t.Fatalf("%s: no headline", name)
		}
		at += len(line(e.Articles[0].Headline))
		text = rest[:at] + "\n" + first + rest[at:]
	}
	var told []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); slices.Contains(hrefs, l) {
			urls = append(urls, l)
		} else {
			told = append(told, l+"\n")
		}
	}
	a, b := bare(shown), bare(strings.Join(told, ""))
	if a != b {
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		near := func(s string) string { return s[max(0, i-40):min(len(s), i+40)] }
		t.Errorf("%s: the HTML has\n%q, the text\n%q", name, near(a), near(b))
	}
	web := r.webView(e.ID)
	if a, b := once(hrefs, web), once(urls, web); !slices.Equal(a, b) {
		t.Errorf("%s: links differ\n%s\n%s", name, fmt.Sprint(a), fmt.Sprint(b))
	}
}

// bare gives the letters of a text alone.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

// once gives links without those that came before. The wordmark's is at the head of one
// part and at the foot of the other.
func once(all []string, but string) []string {
	var out []string
	for _, l := range all {
		if l != but && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}
