package render

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"vesper/digest"
	"vesper/digest/whole"
)

// shape lists all elements and attributes of a page, with the values of those that are
// no links: all that is the template's.
func shape(t testing.TB, page string) map[string]bool {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for n := range root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			seen["<"+n.Data+">"] = true
			for _, a := range n.Attr {
				value := a.Val
				if a.Key == "href" {
					scheme, _, _ := strings.Cut(value, "://")
					if value = strings.ToLower(scheme); strings.HasPrefix(value, "#") {
						value = "#"
					}
				}
				if slices.Contains([]string{"aria-label", "lang", "id"}, a.Key) || n.Data == "meta" && a.Key == "content" {
					value = ""
				}
				seen["<"+n.Data+" "+a.Key+"="+value+">"] = true
			}
		case html.CommentNode:
			seen["<!--"+n.Data+"-->"] = true
		}
	}
	return seen
}

// allowed is the shape of editions with nothing hostile in them. Articles of both
// directions of writing stand in all parts of an edition.
func allowed(t testing.TB) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	r := renderer(t)
	arabic := fixtureArticles(t, "arabic")
	plain := append(many(t, 8), stress(t)[1:8]...)
	turned := append(arabic[:2:2], slices.Concat(five(t), arabic)...)
	for _, articles := range [][]digest.Article{many(t, 1), many(t, 12), plain, turned, arabic[:1]} {
		for _, form := range []string{"", "http://www.courier.example/{slug}", "https://www.courier.example/{slug}"} {
			r.Publication.ArticleURL = form
			e := edition(t, articles...)
			for _, p := range pagesOf(t, r, e, e.Articles[0]) {
				for k := range shape(t, p) {
					all[k] = true
				}
			}
		}
	}
	return all
}

// pagesOf renders all that shows an article: the email, the web view and its own page.
func pagesOf(t testing.TB, r Renderer, e digest.Edition, a digest.Article) []string {
	t.Helper()
	page, err := r.HTML(e, ines(t))
	if err != nil {
		t.Fatal(err)
	}
	web, err := r.WebView(e)
	if err != nil {
		t.Fatal(err)
	}
	deep, err := r.DeepLook(e, a)
	if err != nil {
		t.Fatal(err)
	}
	return []string{page, string(web), string(deep)}
}

// FuzzArticleIsNeverMarkup: whatever an article says, the pages have only the
// elements and attributes of the templates, and no link but to the web.
func FuzzArticleIsNeverMarkup(f *testing.F) {
	f.Add("Headline", "Brae", "Ann", "One. Two.", "look", "https://a.example/", "Deep")
	f.Add("<script>alert(1)</script>", "<b>", "</td></table>", "<!--[if mso]>x<![endif]-->", "]]>",
		"javascript:alert(1)", "</p><h2 onclick=x>")
	f.Add(`" onmouseover="x`, "{{.Words}}", "&#60;img src=x&#62;", "\x00<\x00i", "\u202e",
		`https://a.example/"onclick="x`, "<style>")
	f.Add("''", "", "", "", "", "https://a.example/'><script>", "")
	f.Add("h", "", "", "", "", "data:text/html,<script>x</script>", "")
	f.Add("h", "", "", "", "", "HTTPS://A.example/%zz?a=1&amp;b", "")
	f.Add("\u05d0<b>", "\u202e", "\u2066", "\u05d0. \u05d1", "", "", "")
	may := allowed(f)
	f.Fuzz(func(t *testing.T, headline, dateline, byline, summary, look, link, deep string) {
		if line(headline) == "" {
			return
		}
		a := digest.Article{
			ID: "x", Headline: headline, Dateline: dateline, Byline: byline, Summary: summary, Section: byline,
			QuickLooks: []string{look, deep}, DeepLook: []digest.Block{{Text: deep}, {Heading: true, Text: look}},
			URL: link,
		}
		r := renderer(t)
		r.Publication.ArticleURL = ""
		e := edition(t, a, five(t)[0], a, a, a, a, a, a)
		pages := pagesOf(t, r, e, a)
		page := pages[0]
		for _, p := range pages {
			for k := range shape(t, p) {
				if !may[k] && !may[strings.Replace(k, "=https>", "=http>", 1)] {
					t.Errorf("the template has no %s", k)
				}
			}
			for _, sign := range []string{"ZgotmplZ", "<no value>"} {
				if strings.Contains(p, sign) &&
					!strings.Contains(headline+dateline+byline+summary+look+link+deep, "ZgotmplZ") {
					t.Errorf("the page has %s", sign)
				}
			}
		}
		text, err := r.Text(e, ines(t))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Compact(links(t, page)), slices.Compact(textLinks(text, page))); diff != "" &&
			webURL(link) != "" && line(headline) == "h" {
			t.Errorf("links of the HTML and of the text differ:\n%s", diff)
		}
		if _, err := r.Messages(e); err != nil {
			t.Error(err)
		}
	})
}

// links gives the URLs of a page. One that stands there twice comes twice.
func links(t testing.TB, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" {
				all = append(all, a.Val)
			}
		}
	}
	slices.Sort(all)
	return all
}

// textLinks gives the lines of a text that are URLs of the page.
func textLinks(text, page string) []string {
	var all []string
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, "http") && strings.Contains(page, `href="`+htmlText(l)+`"`) {
			all = append(all, l)
		}
	}
	slices.Sort(all)
	return all
}

func TestBothPartsHaveTheSameLinksAndWords(t *testing.T) {
	whole.NotRaced(t)
	specimens, err := Specimens(nil)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, s := range specimens {
		texts[s.Name] = s.Content
	}
	for name, page := range texts {
		text, ok := texts[strings.TrimSuffix(name, ".html")+".txt"]
		if !ok || strings.HasSuffix(name, ".txt") {
			continue
		}
		inHTML, inText := links(t, page), textLinks(text, page)
		// Filters mark down an odd number of links in a message of two parts. To some, an
		// address that can be read is a link too.
		if strings.HasPrefix(name, "confirmation") || strings.HasPrefix(name, "move-") || strings.HasPrefix(name, "move.") {
			// The plain text needs no second way to open the link.
			holdConfirmation(t, name, page, text)
			continue
		}
		shown := strings.Count(pageText(t, page), "https://") + strings.Count(text, "https://") - len(inText)
		if len(inHTML)%2 != 0 || (len(inHTML)+shown+len(inText))%2 != 0 {
			t.Errorf("%s: %d links in the HTML, %d that can be read and %d in the text", name, len(inHTML), shown,
				len(inText))
		}
		if diff := cmp.Diff(slices.Compact(inHTML), slices.Compact(inText)); diff != "" {
			t.Errorf("%s: links of the HTML and of the text differ (-html +text):\n%s", name, diff)
		}
		if diff := cmp.Diff(pageWords(t, page), textWords(text)); diff != "" {
			t.Errorf("%s: words of the HTML and of the text differ (-html +text):\n%s", name, diff)
		}
	}
}

// holdConfirmation holds a letter to confirm to the words of both parts, and to an even
// number of links in the HTML and in all.
func holdConfirmation(t *testing.T, name, page, text string) {
	t.Helper()
	inHTML := len(links(t, page))
	total := inHTML + strings.Count(pageText(t, page), "https://") + strings.Count(text, "https://")
	if inHTML%2 != 0 || total%2 != 0 || strings.Count(text, "/c/")+strings.Count(text, "/m/") != 1 {
		t.Errorf("%s: %d links in the HTML, %d in all, %d to confirm in the text", name, inHTML, total,
			strings.Count(text, "/c/"))
	}
	for _, w := range builtIn().Languages() {
		page = strings.Replace(page, builtIn().Words(w).Letters.LinkFails+"<br>", "", 1)
	}
	if diff := cmp.Diff(pageWords(t, page), textWords(text)); diff != "" {
		t.Errorf("%s: words of the HTML and of the text differ (-html +text):\n%s", name, diff)
	}
}

var mark = regexp.MustCompile(`^(\d+\.|-+|·)$`)

func wordsOf(s string) []string {
	var all []string
	for _, w := range strings.Fields(s) {
		if w = strings.Trim(w, "()[]:"); w != "" && !mark.MatchString(w) &&
			!strings.HasPrefix(w, "https://mail.courier.example/") {
			all = append(all, w)
		}
	}
	slices.Sort(all)
	return all
}

func pageWords(t testing.TB, page string) []string {
	t.Helper()
	return wordsOf(pageText(t, page))
}

// pageText gives what can be read of a page.
func pageText(t testing.TB, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
	}
	return b.String()
}

func textWords(text string) []string {
	var b strings.Builder
	for _, l := range strings.Split(text, "\n") {
		if !strings.HasPrefix(l, "http") {
			b.WriteString(l + "\n")
		}
	}
	return wordsOf(b.String())
}

func TestOutlookCommentsAreInTheOutput(t *testing.T) {
	page, err := renderer(t).HTML(edition(t, five(t)...), ines(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<!--[if mso]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96<`, `mso-line-height-rule:exactly`,
		`<!--[if mso]><table role="presentation" width="580"`, `<!--[if mso]></td></tr></table><![endif]-->`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
}

// TestPaddingStandsOnlyWhereOutlookReadsIt: Outlook ignores padding on other elements.
// On a link it only makes room for a finger, and on a quotation for its edge.
func TestPaddingStandsOnlyWhereOutlookReadsIt(t *testing.T) {
	page, err := renderer(t).HTML(edition(t, many(t, 12)...), ines(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`<(\w+)[^>]*style="[^"]*padding`).FindAllStringSubmatch(page, -1) {
		if !slices.Contains([]string{"td", "ul", "ol", "body", "a", "li"}, m[1]) {
			t.Errorf("padding on %s", m[1])
		}
	}
}
