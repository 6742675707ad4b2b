package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/digest/whole"
)

// oddities are texts that writers and feeds come up with.
var oddities = []string{
	"", " ", "A", "Ferry Sails", "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
	strings.Repeat("W", 120), strings.Repeat("long-hyphenated-", 12),
	"https://long.example/" + strings.Repeat("path/", 30),
	"Chair: “We will not buy a door we cannot open.”", "مدير الميناء: «رمّمنا الرصيف ولم نبدّل وجهه».",
	"Chair: “" + strings.Repeat("no", 60) + "”", "夕方の新聞は改行なしで続きます",
	"店主：“每个星期五。”", "שוק הדגים הישן ייפתח",
	"Zalgo t̷̢̛e̴͝x̵͘t̸̾ and e\u0301", "👩\u200d👩\u200d👧\u200d👦🏳\u200d🌈",
	"\u202eturned\u202c", "<b>markup</b> & &amp; {{.Words}}", "1.5 °C — ½ × 10⁻³",
	"tab\tand\r\nbreak\u2028s",
	"A\u00a0no-break\u00a0line\u00a0that\u00a0goes\u00a0on\u00a0and\u00a0on\u00a0and\u00a0on",
	"“Quoted”: “twice”", "ПАРОМ ИДЁТ",
}

// oddEditions gives editions of twenty articles made of oddities.
func oddEditions(t *testing.T, n int) []golden {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	odd := func() string { return oddities[random.IntN(len(oddities))] }
	var pages []golden
	for i := range n {
		p, title := render.SpecimenPublication([]string{"en", "ar", "de"}[i%3])
		p.ArticleURL = ""
		six := time.Date(2026, time.November, 22, 18, 0, 0, 0, time.UTC)
		e := digest.Edition{
			ID: digest.ID{Date: digest.DateOf(six), Slot: "evening", Sequence: 1}, Title: title,
			Window: digest.Window{From: six.AddDate(0, 0, -1), To: six}, Next: six.AddDate(0, 0, 1), Note: odd(),
		}
		for k := range 20 {
			a := digest.Article{
				ID: fmt.Sprint("a", k), Headline: odd() + " " + fmt.Sprint(k), Summary: odd(), Dateline: odd(), Byline: odd(),
				Section: odd(),
			}
			for range random.IntN(13) {
				a.QuickLooks = append(a.QuickLooks, odd())
			}
			if random.IntN(3) == 0 {
				a.URL, a.Feed, a.Source = "https://wire.example/"+fmt.Sprint(k), "wire.example", odd()
			}
			e.Articles = append(e.Articles, a)
		}
		r := render.Renderer{
			Publication: p, Layout: render.Layout{Lead: 1, Stories: 5 + i%9, QuickLooks: 5},
			Templates: setIn(t, readyLooks[i%len(readyLooks)]),
		}
		html, err := r.HTML(e, render.Reader{Address: "ines@reader.example", Unsubscribe: "x", Preferences: "y"})
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, golden{name: fmt.Sprint("odd-", i), html: html, email: true})
	}
	return pages
}

// TestReadersSeeAllOfOddArticles looks at 200 of them on a watch's width, by day and by
// night, with the styles and as programs show them that drop these, in either look.
func TestReadersSeeAllOfOddArticles(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, oddEditions(t, whole.Times(t, 2, 10)))
	for i, p := range b.pages {
		for _, bare := range turns(i) {
			b.see(t, p, view{width: 280, bare: bare})
			b.see(t, p, view{width: 280, bare: bare, dark: true})
		}
	}
}
