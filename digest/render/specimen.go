package render

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"vesper/digest"
	"vesper/templates"
)

//go:embed fixtures/*.json
var fixtures embed.FS

// Specimen is one thing that readers see, rendered from made-up articles.
type Specimen struct {
	// Name is a file name for it: edition-5.html, confirmation.txt.
	Name string
	// Template is the template's file, such as "email/edition.html".
	Template string
	Content  string
	// Unsubscribe is the link to unsubscribe that must be in it, empty if there need
	// not be one. Address is the postal address, which must be in all specimens. Privacy is
	// the link to what the publication keeps of readers, empty if there need not be one.
	Unsubscribe, Address, Privacy string
}

// fixture is an article of a file of fixtures. Deep is how many words its Deep Look
// has. They are made up when the file is read.
type fixture struct {
	digest.Article
	Deep int `json:"deep"`
}

// Fixtures gives the articles of a file of fixtures: "articles", "stress", "arabic"
// and others. It is an error if there is no such file.
func Fixtures(name string) ([]digest.Article, error) {
	b, err := fixtures.ReadFile(path.Join("fixtures", name+".json"))
	if err != nil {
		return nil, fmt.Errorf("fixtures %s: %w", name, err)
	}
	var read []fixture
	if err := json.Unmarshal(b, &read); err != nil {
		return nil, fmt.Errorf("fixtures %s: %w", name, err)
	}
	var articles []digest.Article
	for _, f := range read {
		f.DeepLook = f.deepLook()
		articles = append(articles, f.Article)
	}
	return articles, nil
}

// deepLook gives a Deep Look of about as many words as Deep says: a sub-heading, and
// the summary many times.
func (f fixture) deepLook() []digest.Block {
	if f.Deep == 0 {
		return nil
	}
	text, heading := line(f.Summary)+" ", line(f.Headline)
	half := strings.TrimSpace(strings.Repeat(text, max(1, f.Deep/2/max(1, len(strings.Fields(text))))))
	return []digest.Block{{Text: half}, {Heading: true, Text: heading}, {Text: half}}
}

// SpecimenPublication gives the publication of the specimens in a language, and the
// title of its edition. All but the English one say what they keep of readers.
func SpecimenPublication(language string) (p digest.Publication, title string) {
	p = digest.Publication{
		Name: "Harbour Courier", From: "Harbour Courier Evening <evening@courier.example>",
		ReplyTo: "Desk <desk@courier.example>", URL: "https://www.courier.example/",
		PostalAddress: "14 Chandlers Row, Port Ellery, ME 04000, USA", Language: language,
		BaseURL: "https://mail.courier.example", ArticleURL: "https://www.courier.example/{slug}/",
		Rhythm: digest.OnceAnEvening,
	}
	switch language {
	case "ar":
		p.Name, title = "بريد الميناء", "النشرة المسائية"
		p.ArticleURL = ""
	case "de":
		p.Name, title = "Hafenkurier", "Abendausgabe"
	case "es":
		p.Name, title = "El Correo del Puerto", "Edición de la tarde"
	case "fr":
		p.Name, title = "Le Courrier du port", "Édition du soir"
	case "it":
		p.Name, title = "Corriere del Porto", "Edizione della sera"
	case "pt":
		p.Name, title = "Correio do Porto", "Edição da noite"
	}
	if language != "en" {
		p.PrivacyURL = "https://www.courier.example/privacy/"
	}
	p.Zone = time.UTC
	return p, cmp.Or(title, "Evening Edition")
}

// specimenSet says what an edition of the specimens is made of: the first articles
// (most of them at most, 0 for all) of a file of fixtures.
type specimenSet struct {
	name, language, articles string
	most                     int
	proof, own               bool
	note                     string
	// corrects says what was wrong in an edition that this one corrects.
	corrects string
}

var specimenSets = []specimenSet{
	{name: "edition-1", articles: "articles", most: 1},
	{name: "edition-2", articles: "articles", most: 2},
	{name: "edition-5", articles: "articles", most: 5},
	{name: "edition-12", articles: "articles", most: 12},
	{name: "edition-30", articles: "articles", most: 30},
	{name: "edition-stress", articles: "stress", own: true},
	{name: "edition-updated", articles: "updated"},
	{name: "edition-proof", articles: "articles", most: 3, proof: true, note: specimenNote},
	{name: "edition-corrected", articles: "articles", most: 5, corrects: specimenCorrection},
	{name: "edition-rtl", language: "ar", articles: "arabic"},
	{name: "edition-de", language: "de", articles: "german"},
	{name: "edition-es", language: "es", articles: "spanish"},
	{name: "edition-fr", language: "fr", articles: "french"},
	{name: "edition-it", language: "it", articles: "italian"},
	{name: "edition-pt", language: "pt", articles: "portuguese"},
}

const specimenNote = "Yesterday’s edition gave a wrong date for the ferry’s return. " +
	"It sails on the first of December."

const specimenCorrection = "An earlier version of this edition gave a wrong number of ferries. " +
	"There are four, and not fourteen."

// specimenReader is the reader who gets them; six is the time of the edition.
func specimenReader(six time.Time) Reader {
	const token = "AQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT"
	return Reader{
		Address: "ines@reader.example", Since: six.AddDate(0, -8, -10),
		Unsubscribe: token, Preferences: "p" + token[1:],
	}
}

// specimenEdition gives the renderer and the edition of a set. Its day is November
// 22, 2026, a Sunday.
func specimenEdition(set *templates.Set, s specimenSet) (Renderer, digest.Edition, error) {
	p, title := SpecimenPublication(cmp.Or(s.language, "en"))
	if s.own {
		p.ArticleURL = ""
	}
	articles, err := Fixtures(s.articles)
	if s.most > 0 && s.most < len(articles) {
		articles = articles[:s.most]
	}
	six := time.Date(2026, time.November, 22, 18, 0, 0, 0, p.Zone)
	r := Renderer{Publication: p, Layout: Layout{Lead: 1, Stories: 5, QuickLooks: 5}, Templates: set, proof: s.proof}
	sequence, correction := 1, digest.Correction{}
	if s.corrects != "" {
		sequence, correction = 2, digest.Correction{Note: s.corrects, At: six.Add(25 * time.Minute)}
	}
	return r, digest.Edition{
		ID:     digest.ID{Date: digest.DateOf(six), Slot: "evening", Sequence: sequence},
		Number: 7, PaperNumber: 214, Correction: correction,
		Title:  title,
		Window: digest.Window{From: six.AddDate(0, 0, -1), To: six}, Next: six.AddDate(0, 0, 1),
		Articles: articles, Note: s.note,
	}, err
}

// Specimens renders all that this package can render with these templates, and in
// each of their languages. It is an error if a template fails.
func Specimens(set *templates.Set) ([]Specimen, error) {
	var all []Specimen
	sets := slices.Clone(specimenSets)
	if set != nil {
		for _, tag := range set.Languages() {
			if !builtIn().Speaks(tag) {
				sets = append(sets, specimenSet{name: "edition-" + tag, language: tag, articles: "articles", most: 12})
			}
		}
	}
	for _, s := range sets {
		r, e, err := specimenEdition(set, s)
		if err != nil {
			return nil, err
		}
		editions, err := r.editionSpecimens(s.name, e)
		if err != nil {
			return nil, err
		}
		all = append(all, editions...)
		if s.language != "" || s.name == "edition-5" {
			rest, err := r.otherSpecimens(strings.TrimPrefix(strings.TrimPrefix(s.name, "edition"), "-5"), e)
			if err != nil {
				return nil, err
			}
			all = append(all, rest...)
		}
	}
	return all, nil
}

func (r Renderer) editionSpecimens(name string, e digest.Edition) ([]Specimen, error) {
	reader := specimenReader(e.Window.To)
	html, err := r.HTML(e, reader)
	if err != nil {
		return nil, err
	}
	text, err := r.Text(e, reader)
	if err != nil {
		return nil, err
	}
	if err := r.checkReaderValues(e, htmlPart); err != nil {
		return nil, err
	}
	leave, postal, kept := r.unsubscribe(reader.Unsubscribe), r.Publication.PostalAddress, r.Publication.PrivacyURL
	return []Specimen{
		{name + ".html", htmlPart, html, leave, postal, kept},
		{name + ".txt", textPart, text, leave, postal, kept},
	}, nil
}

// otherSpecimens are the letters and the pages of one edition. The suffix is added to
// their names.
func (r Renderer) otherSpecimens(suffix string, e digest.Edition) ([]Specimen, error) {
	web, err := r.WebView(e)
	if err != nil {
		return nil, err
	}
	deep, err := r.DeepLook(e, e.Articles[0])
	if err != nil {
		return nil, err
	}
	postal, kept := r.Publication.PostalAddress, r.Publication.PrivacyURL
	all := []Specimen{
		{"web-view" + suffix + ".html", "web/edition.html", string(web), "", postal, kept},
		{"deep-look" + suffix + ".html", "web/article.html", string(deep), "", postal, kept},
	}
	to := Recipient{
		Reader: specimenReader(e.Window.To), Slot: digest.Slot{Name: e.ID.Slot, Title: e.Title}, Next: e.Next,
		Confirm: "cQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT", Move: "mQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT",
		Stay: "nQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT", Elsewhere: "i•••@n•••.example",
		Expires: e.Window.To.Add(72*time.Hour + 42*time.Minute),
		At:      e.Window.To, MessageID: "specimen",
	}
	corrected := func(Recipient) (setLetter, error) { return r.setCorrection(e, to.Reader) }
	for _, set := range []func(Recipient) (setLetter, error){
		r.setConfirmation, r.setWelcome, r.setGoodbye, r.setMove, r.setMoved, corrected,
	} {
		l, err := set(to)
		if err != nil {
			return nil, err
		}
		leave := ""
		if l.unsubscribe != "" {
			leave = r.unsubscribe(to.Unsubscribe)
		}
		name := string(l.kind)
		all = append(all,
			Specimen{name + suffix + ".html", "email/" + templateOf(l.kind) + ".html", l.html, leave, postal, kept},
			Specimen{name + suffix + ".txt", "email/" + templateOf(l.kind) + ".txt", l.text, leave, postal, kept})
	}
	return all, nil
}
