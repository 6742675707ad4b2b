package render

import (
	"cmp"
	"fmt"
	"net/url"

	"vesper/digest"
	"vesper/templates"
)

// editionPage is the web view: an edition with what a page has around it.
type editionPage struct {
	templates.Chrome
	Edition editionValues
}

// articlePage is the page of one whole article.
type articlePage struct {
	templates.Chrome
	// Edition is the URL of the web view.
	Edition string
	// ArticleLanguage and ArticleDir are empty where they are the page's own.
	ArticleLanguage, ArticleDir string
	// From says in which edition it was printed. Date is that of the edition with its number,
	// Day the date for machines.
	From, Date, Day string

	Facts      string
	FactsOf    []fact
	Headline   string
	Summary    string
	QuickLooks []string
	Looks      []quickLook
	DeepLook   []digest.Block
	Minutes    string
}

// WebView renders the edition as a web page, which has nothing of any reader in it.
func (r Renderer) WebView(e digest.Edition) ([]byte, error) {
	if err := r.check(e); err != nil {
		return nil, fmt.Errorf("render edition %s: %w", e.ID, err)
	}
	s := r.editionValues(e, footer{}, r.whole(e))
	chrome := r.pageChrome(e, s.Subject)
	chrome.Public = r.public("website", r.webView(e.ID), description(e.Articles[0]))
	chrome.Public.Data = r.itemList(e)
	page, err := r.execute("web/edition.html", editionPage{chrome, s})
	if err != nil {
		return nil, fmt.Errorf("render edition %s as a page: %w", e.ID, err)
	}
	return []byte(page), nil
}

// DeepLook renders the page of an article that the edition e prints.
func (r Renderer) DeepLook(e digest.Edition, a digest.Article) ([]byte, error) {
	if err := r.check(e); err != nil {
		return nil, fmt.Errorf("render article %s: %w", a.ID, err)
	}
	t := r.tongueOf(a)
	page := articlePage{
		Chrome: r.pageChrome(e, line(a.Headline)), Edition: r.webView(e.ID), ArticleLanguage: t.Language,
		Facts: joined(r.facts(a)), FactsOf: r.facts(a), Headline: line(a.Headline), Summary: line(a.Summary),
		QuickLooks: lines(a.QuickLooks), Looks: quickLooks(lines(a.QuickLooks)),
	}
	w := r.words()
	page.Date = between(w.Capital(w.LongDate(e.ID.Date.In(r.zone()))), w.Numbered(e.PaperNumber))
	page.Day = e.ID.Date.String()
	page.From = templates.Say(r.words().Edition.FromEdition,
		"name", cmp.Or(line(e.Title), line(r.Publication.Name)), "date", r.words().LongDate(e.ID.Date.In(r.zone())))
	page.Public = r.public("article", page.Edition+"/"+url.PathEscape(a.ID), description(a))
	page.Public.Data = r.newsArticle(a, page.Public)
	if t.Turned {
		page.ArticleDir = t.Side.Dir
	}
	for _, b := range a.DeepLook {
		if text := line(b.Text); text != "" {
			page.DeepLook = append(page.DeepLook, digest.Block{Heading: b.Heading, Text: text})
		}
	}
	if n := deepWords(a.DeepLook); n > 0 {
		page.Minutes = r.minutes(deepMinutes(n))
	}
	s, err := r.execute("web/article.html", page)
	if err != nil {
		return nil, fmt.Errorf("render article %s: %w", a.ID, err)
	}
	return []byte(s), nil
}

// pageChrome gives what is around the content of a page of an edition.
func (r Renderer) pageChrome(e digest.Edition, title string) templates.Chrome {
	return templates.Chrome{
		Words: r.words(), Language: r.language(), Title: title + " · " + r.name(e.Title),
		Publication: line(r.Publication.Name), URL: webURL(r.Publication.URL), Folio: line(e.Title),
		PostalAddress: line(r.Publication.PostalAddress), Privacy: webURL(r.Publication.PrivacyURL),
	}
}
