package render

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"vesper/digest"
	"vesper/digest/whole"
)

// TestEveryEditionHasAnEvenNumberOfLinks: filters mark down an odd one, and some see
// only the HTML. Where the articles make it odd, the wordmark leads to the web view.
func TestEveryEditionHasAnEvenNumberOfLinks(t *testing.T) {
	whole.NotRaced(t)
	marked := 0
	for n := 1; n <= 30; n++ {
		for name, change := range map[string]func(*Renderer, *digest.Edition){
			"as usual":    func(*Renderer, *digest.Edition) {},
			"without url": func(r *Renderer, _ *digest.Edition) { r.Publication.URL = "" },
			"with a note and a policy": func(r *Renderer, e *digest.Edition) {
				e.Note, r.Publication.PrivacyURL = specimenNote, privacyPolicy
			},
			"one without link": func(r *Renderer, e *digest.Edition) { unlink(r, e, 1) },
			"many without":     func(r *Renderer, e *digest.Edition) { unlink(r, e, (n+1)/2) },
			"none with link":   func(r *Renderer, e *digest.Edition) { unlink(r, e, n) },
			"of others, and updates": func(_ *Renderer, e *digest.Edition) {
				for i := range e.Articles {
					a := &e.Articles[i]
					a.Feed, a.Source, a.URL = "wire.example", "The Wire", fmt.Sprintf("https://wire.example/%d", i)
					a.Updates = "first"
				}
			},
			"a proof": func(r *Renderer, _ *digest.Edition) { *r = r.Proof() },
			"other sizes": func(r *Renderer, _ *digest.Edition) {
				r.Layout = Layout{Lead: 2, Stories: n % 4, QuickLooks: -1}
			},
		} {
			name = fmt.Sprintf("%d articles, %s", n, name)
			r, e := renderer(t), edition(t, many(t, n)...)
			change(&r, &e)
			page, text := bothParts(t, r, e)
			inHTML, inText := links(t, page), textLinks(text, page)
			if len(inHTML)%2 != 0 || len(inText)%2 != 0 {
				t.Errorf("%s: %d links in the HTML, %d in the text", name, len(inHTML), len(inText))
			}
			web := r.webView(e.ID)
			wordmark := strings.Contains(page, `<h1 class="i w"`) && strings.Count(page, `href="`+web+`"`) == 2
			if wordmark {
				marked++
			} else if strings.Count(page, "href=") != len(inHTML) {
				t.Errorf("%s: a link that is none", name)
			}
			showsItsLinks(t, name, page)
		}
	}
	if marked < 60 || marked > 210 {
		t.Errorf("the wordmark is a link in %d of 270", marked)
	}
}

// unlink takes the links from the last articles of an edition, and all that would be
// behind them.
func unlink(r *Renderer, e *digest.Edition, n int) {
	form := r.Publication.ArticleURL
	r.Publication.ArticleURL = ""
	for i := range e.Articles {
		a := &e.Articles[i]
		if i < len(e.Articles)-n {
			a.URL = strings.ReplaceAll(form, "{slug}", fmt.Sprint(i))
			continue
		}
		a.URL, a.Summary, a.QuickLooks, a.DeepLook = "", "", nil, nil
	}
}

func bothParts(t *testing.T, r Renderer, e digest.Edition) (page, text string) {
	t.Helper()
	page, err := r.HTML(e, ines(t))
	if err != nil {
		t.Fatal(err)
	}
	if text, err = r.Text(e, ines(t)); err != nil {
		t.Fatal(err)
	}
	return page, text
}

// showsItsLinks is the test that each link has words, and that none stands beside
// itself: an article's two places apart, and the web view's two.
func showsItsLinks(t *testing.T, name, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "a" {
			continue
		}
		words := ""
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				words += d.Data
			}
		}
		href := ""
		for _, a := range n.Attr {
			if a.Key == "href" {
				href = a.Val
			}
			if a.Key == "style" && (strings.Contains(a.Val, "display:none") || strings.Contains(a.Val, "font-size:0")) {
				t.Errorf("%s: a hidden link", name)
			}
		}
		key := href + " " + words
		if seen[key]++; strings.TrimSpace(words) == "" || href == "" || seen[key] > 2 {
			t.Errorf("%s: a link to %q with the words %q, for the %d. time", name, href, words, seen[key])
		}
	}
}
