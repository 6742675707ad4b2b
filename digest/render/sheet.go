package render

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"vesper/digest"
)

// sheet is an edition as the templates print it: every text and link in its
// final words, nothing left to decide.
type sheet struct {
	Words             words
	Language          string
	Subject           string
	Publication, URL  string
	Title, Name, Date string
	FirstLine         string
	Contents          []entry
	Extent, More      string
	Blocks            []block
	Briefs            []block
	End               string
	Footer            footer
	PostalAddress     string
}

// entry is a line of the contents.
type entry struct {
	Number        int
	Headline, URL string
}

// block is an article as the edition shows it.
type block struct {
	Words words
	// Number is its place, 0 in an edition of one and in brief.
	Number int
	Lead   bool
	// Section labels the first of a run of briefs.
	Section       string
	Facts         string
	Headline, URL string
	Summary       string
	QuickLooks    []string
	// Detail says how much more there is behind the link.
	Detail string
	// Twice has the plain text say the link below the headline too. It says each
	// once otherwise, where the designed part has it three times; without
	// contents that would be an odd number of links in all, which filters mark
	// down in a message of two parts.
	Twice bool
}

// footer is the part of the sheet that differs from reader to reader. It is empty
// in a copy that is nobody's.
type footer struct{ Why, Unsubscribe, WebView string }

// minContents is how many articles it takes until a list of them helps.
const minContents = 3

func (r Renderer) sheet(e digest.Edition, f footer) (sheet, error) {
	if err := r.check(e); err != nil {
		return sheet{}, err
	}
	w := english()
	p := r.Publication
	s := sheet{
		Words: w, Language: r.language(), Subject: r.subject(e),
		Publication: line(p.Name), URL: webURL(p.URL),
		Title: line(e.Title), Name: r.name(e), Date: w.longDate(e.ID.Date.In(r.zone())),
		FirstLine: firstLine(w, e.Articles), Footer: f, PostalAddress: line(p.PostalAddress),
	}
	if !e.Next.IsZero() {
		s.End = w.end(e.Next.In(r.zone()), e.ID.Date)
	} else {
		s.End = w.Whole
	}
	section := ""
	read := 0
	for i, a := range e.Articles {
		b := r.block(e, a, i)
		if i < r.Layout.Lead+r.Layout.Stories {
			s.Blocks = append(s.Blocks, b)
		} else {
			if b.Section == section {
				b.Section = ""
			} else {
				section = b.Section
			}
			s.Briefs = append(s.Briefs, b)
		}
		read += b.words()
	}
	if len(e.Articles) >= minContents {
		for _, b := range s.Blocks {
			s.Contents = append(s.Contents, entry{Number: b.Number, Headline: b.Headline, URL: b.URL})
		}
		s.Extent = w.stories(len(e.Articles)) + " · " + w.minutes(max(1, (read+readingPace-1)/readingPace))
		if n := len(s.Briefs); n > 0 && len(s.Blocks) > 0 {
			s.More = w.moreInBrief(n)
		}
	}
	return s, nil
}

// block cuts an article to its place in the edition, i counting from 0.
func (r Renderer) block(e digest.Edition, a digest.Article, i int) block {
	w := english()
	brief := i >= r.Layout.Lead+r.Layout.Stories
	b := block{Words: w, Lead: i < r.Layout.Lead, Headline: line(a.Headline), Summary: line(a.Summary)}
	if len(e.Articles) > 1 && !brief {
		b.Number = i + 1
	}
	looks := lines(a.QuickLooks)
	switch {
	case brief:
		b.Section = line(a.Section)
		b.Summary = firstSentence(b.Summary, cmp.Or(line(a.Language), r.language()))
	case b.Lead:
		b.Facts = facts(a)
		b.QuickLooks = looks[:min(len(looks), leadLooks)]
	default:
		b.Facts = facts(a)
		b.Summary = firstSentence(b.Summary, cmp.Or(line(a.Language), r.language()))
		b.QuickLooks = looks[:shown(len(looks), r.Layout.QuickLooks)]
	}
	hidden := len(looks) - len(b.QuickLooks)
	b.Twice = len(e.Articles) < minContents
	b.URL = r.link(e, a, len(a.DeepLook) > 0 || hidden > 0 || b.Summary != line(a.Summary))
	if brief {
		return b
	}
	var detail []string
	if n := deepWords(a.DeepLook); n > 0 {
		detail = append(detail, w.minutes(deepMinutes(n)))
	}
	if hidden > 0 {
		detail = append(detail, w.moreLooks(hidden))
	}
	b.Detail = strings.Join(detail, " · ")
	return b
}

const (
	// leadLooks bounds the Quick Looks of a lead.
	leadLooks = 10
	// readingPace is in words a minute.
	readingPace = 238
)

// shown is how many of n Quick Looks a story shows when limit are wanted:
// hiding one or two saves less than saying so.
func shown(n, limit int) int {
	if limit < 0 || n <= limit+2 {
		return n
	}
	return limit
}

// facts is what stands above a headline: section, dateline and byline, as far
// as they are known.
func facts(a digest.Article) string {
	return strings.Join(lines([]string{a.Section, a.Dateline, a.Byline}), " · ")
}

// words counts what a reader reads of the block.
func (b block) words() int {
	n := 0
	for _, s := range append([]string{b.Facts, b.Headline, b.Summary}, b.QuickLooks...) {
		n += len(strings.Fields(s))
	}
	return n
}

func deepWords(blocks []digest.Block) int {
	n := 0
	for _, b := range blocks {
		n += len(strings.Fields(b.Text))
	}
	return n
}

func deepMinutes(n int) int { return max(1, (n+readingPace/2)/readingPace) }

// name is what readers call the subscription: "Newslooks Evening Edition".
func (r Renderer) name(e digest.Edition) string {
	return line(r.Publication.Name + " " + e.Title)
}

// maxSubject is the longest subject, in characters: more is cut off by phones.
const maxSubject = 70

func (r Renderer) subject(e digest.Edition) string {
	return cut(line(e.Articles[0].Headline), maxSubject)
}

// maxFirstLine is about what inboxes show beside a subject, in characters.
const maxFirstLine = 80

// firstLine names the stories after the lead, as many as fit and at least one.
// It is what inboxes show beside the subject, which names the lead.
func firstLine(w words, articles []digest.Article) string {
	first := ""
	var named []string
	for _, a := range articles[1:] {
		named = append(named, line(a.Headline))
		s := w.plus(strings.Join(named, "; "))
		if first != "" && utf8.RuneCountInString(s) > maxFirstLine {
			break
		}
		first = s
	}
	return first
}

// footer gives one reader's footer, or nobody's.
func (r Renderer) footer(e digest.Edition, reader Reader) footer {
	if reader == (Reader{}) {
		return footer{}
	}
	w := english()
	return footer{
		Why:         w.why(reader.Address, r.name(e), w.since(reader.Since, r.zone())),
		Unsubscribe: r.unsubscribe(reader.Unsubscribe),
		WebView:     r.webView(e.ID),
	}
}
