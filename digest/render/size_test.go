package render

import (
	"bytes"
	"fmt"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
)

// reference is the folder of the design's own renderings, beside the project.
const reference = "../../../shared/email/reference"

var (
	deepLine = regexp.MustCompile(`^Deep Look \((\d+) min read(?: · (\d+) more Quick Looks?)?\):$`)
	numbered = regexp.MustCompile(`^\d+\. `)
)

// referenceArticles takes the articles out of the design's text version, so that the
// same articles are rendered here: what a reader sees of each, and behind the link as
// much more as the text says.
func referenceArticles(t *testing.T, name string) []digest.Article {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(reference, name+".txt"))
	if err != nil {
		t.Skipf("the design's renderings are not there: %v", err)
	}
	var articles []digest.Article
	section := ""
	for _, chunk := range strings.Split(string(b), strings.Repeat("-", 30)+"\n")[1:] {
		chunk = strings.Trim(chunk, "\n")
		if strings.HasPrefix(chunk, "That is the whole edition") {
			break
		}
		if rest, ok := strings.CutPrefix(chunk, "In brief"); ok {
			for _, brief := range strings.Split(strings.Trim(rest, "\n"), "\n\n") {
				if strings.HasPrefix(brief, "[") {
					section = strings.Trim(brief, "[]")
					continue
				}
				lines := strings.Split(brief, "\n")
				articles = append(articles, digest.Article{
					ID: fmt.Sprint(len(articles)), Section: section, Headline: strings.TrimPrefix(lines[0], "* "),
					Summary: strings.TrimSpace(lines[1]), URL: strings.TrimSpace(lines[2]),
				})
			}
			continue
		}
		articles = append(articles, referenceStory(t, chunk))
	}
	return articles
}

func referenceStory(t *testing.T, chunk string) digest.Article {
	t.Helper()
	lines := strings.Split(chunk, "\n")
	a := digest.Article{
		ID: lines[0], Headline: numbered.ReplaceAllString(lines[0], ""), Byline: lines[1], Summary: lines[3],
	}
	for i, l := range lines[4:] {
		if look, ok := strings.CutPrefix(l, "- "); ok {
			a.QuickLooks = append(a.QuickLooks, look)
		}
		if m := deepLine.FindStringSubmatch(l); m != nil {
			minutes, _ := strconv.Atoi(m[1])
			a.DeepLook = []digest.Block{{Text: strings.Repeat("word ", minutes*readingPace)}}
			more, _ := strconv.Atoi(m[2])
			for range more {
				a.QuickLooks = append(a.QuickLooks, "One that is not shown.")
			}
			a.URL = lines[4+i+1]
		}
	}
	if a.URL == "" {
		t.Fatalf("%s: no link", lines[0])
	}
	return a
}

func quoted(s string) int {
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Len()
}

// TestSizesAreAtOrUnderTheDesigns renders the design's own articles, and compares the
// sizes with those of the design.
func TestSizesAreAtOrUnderTheDesigns(t *testing.T) {
	// The design had no closing of sentences and links.
	const closes = 640
	for _, c := range []struct {
		name         string
		articles     int
		layout       Layout
		html, quoted int
	}{
		{"edition-1", 1, Layout{1, 5, 5}, 7020, 7562},
		{"edition-2", 2, Layout{1, 5, 5}, 9185, 10653},
		{"edition-5", 5, Layout{1, 5, 5}, 15765 + closes, 17015 + closes},
		{"edition-12", 12, Layout{1, 5, 5}, 21524 + closes, 23190 + closes},
		{"edition-30", 30, Layout{1, 5, 5}, 31048 + closes, 33364 + closes},
		// With the edges of twelve quotations it may have what twelve articles may have.
		{"worst-12x10", 12, Layout{1, 11, -1}, 40_000, 40_000},
	} {
		articles := referenceArticles(t, c.name)
		if len(articles) != c.articles {
			t.Fatalf("%s: read %d articles, want %d", c.name, len(articles), c.articles)
		}
		if c.layout.QuickLooks < 0 {
			// There the design shows whole summaries; so does one without a full stop.
			for i := range articles {
				articles[i].Summary = strings.ReplaceAll(articles[i].Summary, ". ", "; ")
			}
		}
		six := time.Date(2025, time.May, 3, 18, 0, 0, 0, newYork(t))
		r := renderer(t)
		r.Layout = c.layout
		p := &r.Publication
		p.Name, p.URL, p.BaseURL = "Newslooks", "https://www.newslooks.example/", "https://mail.newslooks.example"
		p.PostalAddress = "1200 Example Street NW, Suite 300, Washington, DC 20005, USA"
		e := edition(t, articles...)
		e.ID.Date, e.Next = digest.DateOf(six), six.AddDate(0, 0, 1)
		html, err := r.HTML(e, Reader{
			Address: "ines@example.org", Since: six.AddDate(0, -1, -22), Unsubscribe: "7Yk2vQmR0aTzC5xJbW8LnA",
			Preferences: "7Yk2vQmR0aTzC5xJbW8LnA",
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-12s %6d bytes of HTML (design %6d), %6d in quoted-printable (design %6d)", c.name, len(html), c.html,
			quoted(html), c.quoted)
		if len(html) > c.html || quoted(html) > c.quoted {
			t.Errorf("%s: got %d bytes, %d quoted, want at most %d, %d", c.name, len(html), quoted(html), c.html,
				c.quoted)
		}
	}
}

// TestTwelveArticlesWithEveryQuickLookStayUnder40kB in our own copy.
func TestTwelveArticlesWithEveryQuickLookStayUnder40kB(t *testing.T) {
	r := renderer(t)
	r.Layout = Layout{Lead: 1, Stories: 11, QuickLooks: -1}
	html, err := r.HTML(edition(t, many(t, 12)...), ines(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := quoted(html); n >= 40_000 || strings.Count(html, "<li ") < 110 {
		t.Errorf("got %d bytes in quoted-printable with %d Quick Looks, want less than 40,000", n,
			strings.Count(html, "<li "))
	}
}

// long gives n articles whose Quick Looks are very long.
func long(t testing.TB, n int) []digest.Article {
	t.Helper()
	all := fixtureArticles(t, "long")
	var out []digest.Article
	for i := range n {
		a := all[i%len(all)]
		a.ID = fmt.Sprintf("%s-%d", a.ID, i)
		out = append(out, a)
	}
	return out
}

func TestAnEditionThatIsTooLargeIsTrimmedFromItsEnd(t *testing.T) {
	whole.NotRaced(t)
	for _, c := range []struct {
		articles, stories int
		trim              Trim
	}{
		{5, 5, Trim{}},
		{18, 20, Trim{QuickLooks: 1}},
		{30, 30, Trim{QuickLooks: 13}},
		{90, 90, Trim{QuickLooks: 89, Briefs: 70}},
	} {
		r := renderer(t)
		r.Layout = Layout{Lead: 1, Stories: c.stories, QuickLooks: -1}
		e := edition(t, long(t, c.articles)...)
		trim, size, err := r.Trimmed(e)
		if err != nil {
			t.Fatal(err)
		}
		if size > MaxHTML {
			t.Errorf("%d articles: %d bytes are left, want at most %d", c.articles, size, MaxHTML)
		}
		if (trim == Trim{}) != (c.trim == Trim{}) || (trim.Briefs > 0) != (c.trim.Briefs > 0) {
			t.Errorf("%d articles: got %+v, want about %+v", c.articles, trim, c.trim)
		}
		html, err := r.HTML(e, ines(t))
		if err != nil {
			t.Fatal(err)
		}
		text, err := r.Text(e, ines(t))
		if err != nil {
			t.Fatal(err)
		}
		for part, s := range map[string]string{"HTML": unset.Replace(html), "text": text} {
			for _, look := range e.Articles[0].QuickLooks {
				if !strings.Contains(s, look) && !strings.Contains(s, htmlText(look)) {
					t.Errorf("%d articles: the lead lost %q in the %s", c.articles, look, part)
				}
			}
			for _, want := range []string{"/u/" + ines(t).Unsubscribe, "14 Chandlers Row", "Also tonight"} {
				if !strings.Contains(s, want) {
					t.Errorf("%d articles: the %s lost %q", c.articles, part, want)
				}
			}
		}
		got := strings.Count(html, "<h2 class=\"h1\"") + strings.Count(html, "<h2 style=") + strings.Count(html, "<h3")
		if want := c.articles; got != want {
			t.Errorf("%d articles: %d headlines are left", c.articles, got)
		}
		if diff := strings.Compare(strings.Join(pageWords(t, html), " "),
			strings.Join(textWords(text), " ")); diff != 0 {
			t.Errorf("%d articles: the parts have other words", c.articles)
		}
	}
}

func TestALeadThatIsTooLargeAloneIsNotCut(t *testing.T) {
	whole.NotRaced(t)
	r := renderer(t)
	a := five(t)[0]
	a.Summary = strings.Repeat("A summary that has an end. ", 4000)
	for _, r.Layout.Lead = range []int{0, 1, 2, 5} {
		html, err := r.HTML(edition(t, a, five(t)[1]), ines(t))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(html, strings.TrimSpace(a.Summary)) != (r.Layout.Lead > 0) ||
			!strings.Contains(html, a.QuickLooks[0]) || !strings.Contains(html, "14 Chandlers Row") {
			t.Errorf("with %d leads the first of them or the footer was cut", r.Layout.Lead)
		}
	}
}

// TestOfManyLeadsAllButTheFirstAreTrimmed: a layout with nothing but leads is trimmed
// too.
func TestOfManyLeadsAllButTheFirstAreTrimmed(t *testing.T) {
	whole.NotRaced(t)
	r := renderer(t)
	r.Layout = Layout{Lead: 60, QuickLooks: -1}
	if _, size, err := r.Trimmed(edition(t, many(t, 60)...)); err != nil || size > MaxHTML {
		t.Errorf("got %d bytes (%v), want at most %d", size, err, MaxHTML)
	}
}
