package render

import (
	"slices"
	"strings"

	"vesper/digest"
	"vesper/templates"
)

// chrome is what every email has around its content.
type chrome struct {
	Words *templates.Words
	// Language is the publication's. Our own words may be in another.
	Language string
	Side     side
	Subject  string
	// Label names the email to screen readers.
	Label string
	// Name is what readers call the subscription: "Newslooks Evening Edition". URL is
	// where the wordmark leads; empty: it is no link.
	Publication, URL, Title, Name string
	// Button is the button of a letter, nil if it has none.
	Button *way
	Footer footer
	// Imprint is the publication with its postal address.
	Imprint string
}

// way is a link with the words that it is shown by.
type way struct {
	Words      *templates.Words
	URL, Label string
}

// evenly gives where the wordmark of an email leads that has n other links: to url
// if they are odd, else nowhere. Filters mark down an odd number of links in a message
// of two parts. The text part has the URL at its foot by the same rule.
func evenly(n int, url string) string {
	if n%2 == 0 {
		return ""
	}
	return url
}

// footer is the part of an email that differs from reader to reader, and the links
// beside. It is empty where the email is not for a reader.
type footer struct {
	Words                             *templates.Words
	Why                               string
	Unsubscribe, Preferences, WebView string
	// Privacy is the same for all: where the publication says what it keeps.
	Privacy string
}

// links is how many links the footer has.
func (f footer) links() int {
	n := 0
	for _, url := range []string{f.Unsubscribe, f.Preferences, f.WebView, f.Privacy} {
		if url != "" {
			n++
		}
	}
	return n
}

// editionValues is what the templates print of an edition: every text and link is
// as readers get it, and nothing is left for a template to decide.
type editionValues struct {
	chrome
	Proof, FirstLine string
	// Remarks are what those who get a proof are told besides, a line each.
	Remarks []string
	// Desk leads to the recipient's desk page, and says so in English; nil for none.
	Desk *deskLink
	// Opening is what the text part begins with, which is all that some inboxes show of
	// it: the first line or, in an edition of one article, its summary.
	Opening string
	// TextURL is where the wordmark leads, as the text part has it at its foot.
	TextURL   string
	Date, Day string
	// Number is the paper's, as in "No. 214"; empty for a paper without one.
	Number string
	// Masthead is what stands below the wordmark, beside the edition's title: the date, the
	// paper's number and how long the edition takes to read.
	Masthead string
	// Dated is the same with the year, for pages: they stay.
	Dated string
	Note  string
	// Correction says what it puts right; nil for an edition that is no correction.
	Correction *amends
	// Also is what stands above Contents, the stories after the lead.
	Also     string
	Contents []entry
	// Tens says that the contents have numbers of two digits, and Indent how many pixels
	// their numbers need, so that none hangs out of the column.
	Tens         bool
	Indent       int
	Extent, More string
	Blocks       []block
	Briefs       []block
	// Tomorrow is what the next day brings; nil for nothing.
	Tomorrow *tomorrow
	End      string
	// Closing is what an email ends with besides.
	Closing parting
}

// deskLink is the link in a proof to where its recipient may act on the edition.
type deskLink struct{ URL, Label string }

// deskLabel is what it says.
const deskLabel = "Look at it, change it or hold it on your desk page. The link is yours alone: pass it on to nobody"

// entry is a line of the contents.
type entry struct {
	tongue
	Number        int
	Headline, URL string
}

// links is how many links the edition has in its HTML and in its text, without the
// wordmark's. An article is linked once, and in the HTML from the contents too.
func (s *editionValues) links() (html, text int) {
	text = s.Footer.links() + s.Closing.links()
	if s.Desk != nil {
		text++
	}
	for _, b := range slices.Concat(s.Blocks, s.Briefs) {
		if b.URL != "" {
			text++
		}
	}
	html = text
	for _, e := range s.Contents {
		if e.URL != "" {
			html++
		}
	}
	return html, text
}

// minContents is how many articles an edition needs to have a list of contents.
const minContents = 4

// editionValues prepares an edition for the templates. It shows as much as c says.
func (r Renderer) editionValues(e digest.Edition, f footer, c cuts) editionValues {
	w := r.words()
	day := e.ID.Date.In(r.zone())
	s := editionValues{
		chrome: r.chrome(e.Title, r.subject(e), f), Date: w.Capital(w.LongDate(day)), Day: e.ID.Date.String(),
		FirstLine: r.firstLine(e.Articles), Note: line(e.Note), End: w.Edition.Whole,
	}
	s.Label = templates.Say(w.Edition.Label, "name", s.Name, "date", w.LongDate(day))
	if r.proof {
		s.Proof, s.Remarks = w.Edition.Proof, r.remarks
		if r.desk != "" {
			s.Desk = &deskLink{r.desk, deskLabel}
		}
	}
	if e.ID.Sequence > 1 {
		s.Correction = r.amends(e.Correction, e.ID.First(), w.Edition.AsSent)
	}
	if when := w.When(e.Next.In(r.zone()), day); when != "" && !e.Next.IsZero() {
		s.End += " " + w.Sentence(w.Edition.Next, "when", when)
	}
	section, read := "", 0
	for i, a := range e.Articles {
		b := r.block(e, a, i, c)
		read += b.words()
		if !b.brief {
			s.Blocks = append(s.Blocks, b)
			continue
		}
		if b.Section == section {
			b.Section = ""
		} else {
			section = b.Section
		}
		s.Briefs = append(s.Briefs, b)
	}
	if s.Tomorrow = r.tomorrow(e.Tomorrow); s.Tomorrow != nil {
		read += s.Tomorrow.words()
	}
	length := max(1, (read+readingPace-1)/readingPace)
	minutes := r.minutes(length)
	s.Number = w.Numbered(e.PaperNumber)
	// On a phone it is one line, in all languages.
	s.Masthead = between(w.Day(day), s.Number, w.Count(w.Edition.MinutesShort, length))
	s.Dated = between(s.Date, s.Number, minutes)
	s.Closing = r.closing(e)
	if len(e.Articles) >= minContents && len(s.Blocks) > 0 {
		for _, b := range s.Blocks[1:] {
			s.Contents = append(s.Contents, entry{b.tongue, b.Number, b.Headline, b.URL})
		}
		s.Also = r.also(e)
		if s.Indent = 22; len(s.Blocks) > 9 {
			s.Tens, s.Indent = true, 30
		}
		s.Extent = w.Count(w.Edition.Stories, len(e.Articles)) + " · " + minutes
		if n := len(s.Briefs); n > 0 {
			s.More = w.Count(w.Edition.MoreInBrief, n)
		}
	}
	if s.Opening = s.FirstLine; len(e.Articles) == 1 && len(s.Blocks) == 1 {
		s.Opening = s.Blocks[0].Summary
	}
	html, text := s.links()
	s.URL, s.TextURL = evenly(html, r.webView(e.ID)), evenly(text, r.webView(e.ID))
	return s
}

// between gives what is there with a dot between each and the next.
func between(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// also stands above the contents. An edition that closes in the evening has its own words.
func (r Renderer) also(e digest.Edition) string {
	const evening, night = 16, 4
	if hour := e.Window.To.In(r.zone()).Hour(); evening <= hour || hour < night {
		return r.words().Edition.AlsoTonight
	}
	return r.words().Edition.Contents
}

// chrome gives what is around the content of an email; title is the edition's.
func (r Renderer) chrome(title, subject string, f footer) chrome {
	w := r.words()
	f.Words = w
	name := r.name(title)
	return chrome{
		Words: w, Language: r.language(), Side: r.side(), Subject: subject, Label: subject,
		Publication: line(r.Publication.Name), Title: line(title), Name: name, Footer: f, Imprint: r.imprint(),
	}
}

// imprint is the publication with its postal address.
func (r Renderer) imprint() string {
	return templates.Say(r.words().Edition.Imprint,
		"name", line(r.Publication.Name), "address", r.isolated(line(r.Publication.PostalAddress)))
}

// name is what readers call the subscription: "Newslooks Evening Edition".
func (r Renderer) name(title string) string { return line(r.Publication.Name + " " + title) }

func (r Renderer) minutes(n int) string { return r.words().Count(r.words().Edition.MinutesRead, n) }

// maxSubject is how wide a subject made of a headline may be, in columns. Phones
// cut off more.
const maxSubject = 70

func (r Renderer) subject(e digest.Edition) string {
	s := cut(line(e.Subject), digest.MaxSubject)
	if s == "" {
		s = cut(line(e.Articles[0].Headline), maxSubject)
	}
	if r.proof {
		s = templates.Say(r.words().Edition.ProofSubject, "subject", between(r.words().Numbered(e.PaperNumber), s))
	}
	return s
}

// maxFirstLine is how wide the first line may be, in columns: about as much as inboxes
// show beside a subject, and as two lines of a phone hold.
const maxFirstLine = 96

// firstLine names the second story and the third. Inboxes show it beside the subject,
// which names the lead.
func (r Renderer) firstLine(articles []digest.Article) string {
	w := r.words()
	var named []string
	for _, a := range articles[1:min(3, len(articles))] {
		named = append(named, r.isolated(line(a.Headline)))
	}
	if len(named) == 0 {
		return ""
	}
	return cut(w.Sentence(w.Edition.Plus, "headlines", strings.Join(named, w.Edition.Between)), maxFirstLine)
}

// footer gives one reader's footer. It is empty for nobody.
func (r Renderer) footer(e digest.Edition, reader Reader) footer {
	if reader == (Reader{}) {
		return footer{}
	}
	return r.footerOf(e, r.why(reader, e.Title), reader.Unsubscribe, reader.Preferences)
}

// footerOf makes a footer of link tokens, or of the words that stand for them.
func (r Renderer) footerOf(e digest.Edition, why, unsubscribe, preferences string) footer {
	f := footer{
		Why: why, Unsubscribe: r.unsubscribe(unsubscribe), WebView: r.webView(e.ID),
		Privacy: webURL(r.Publication.PrivacyURL),
	}
	if preferences != "" {
		f.Preferences = r.preferences(preferences)
	}
	return f
}

// why says why the reader gets the edition.
func (r Renderer) why(reader Reader, title string) string {
	return r.whySince(reader.Address, title, r.since(reader))
}

// since says on which day the reader confirmed; it is empty if that is not known.
func (r Renderer) since(reader Reader) string {
	if reader.Since.IsZero() {
		return ""
	}
	return r.words().Since().On(reader.Since.In(r.zone()))
}

// whySince says the same with given values, or with the words that stand for them.
func (r Renderer) whySince(address, title, since string) string {
	if r.side().RTL {
		address = firstStrongIsolate + address + popIsolate
	}
	if r.proof {
		return templates.Say(r.words().Edition.ProofWhy, "address", address)
	}
	return templates.Say(r.words().Edition.Why, "address", address, "name", r.name(title), "since", since)
}
