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

// specimenReader is the reader who gets them; six is the time of the edition.
func specimenReader(six time.Time) Reader {
	const token = "AQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT"
	return Reader{
		Address: "ines@reader.example", Since: six.AddDate(0, -8, -10),
		Unsubscribe: token, Preferences: "p" + token[1:],
	}
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
		suffix := strings.TrimPrefix(strings.TrimPrefix(s.name, "edition"), "-5")
		letters := s.language != "" || s.name == "edition-5"
		if letters || s.full || s.unlisted {
			pages, err := r.pageSpecimens(suffix, e)
			if err != nil {
				return nil, err
			}
			all = append(all, pages...)
		}
		if letters || s.unlisted {
			rest, err := r.letterSpecimens(suffix, e, s.unlisted)
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

// pageSpecimens are the pages of one edition. The suffix is added to their names.
func (r Renderer) pageSpecimens(suffix string, e digest.Edition) ([]Specimen, error) {
	var all []Specimen
	add := func(name, template string, page []byte) {
		all = append(all, Specimen{
			name + suffix + ".html", template, string(page), "", r.Publication.PostalAddress, r.Publication.PrivacyURL,
		})
	}
	web, err := r.WebView(e)
	if err != nil {
		return nil, err
	}
	add("web-view", "web/edition.html", web)
	deep, err := r.DeepLook(e, e.Articles[0])
	if err != nil {
		return nil, err
	}
	add("deep-look", "web/article.html", deep)
	last := e.Articles[len(e.Articles)-1]
	if r.tongueOf(last).Turned {
		deep, err := r.DeepLook(e, last)
		if err != nil {
			return nil, err
		}
		add("deep-look-turned", "web/article.html", deep)
	}
	if e.Correction.Note == "" {
		return all, nil
	}
	// An edition that was corrected twice, the first time without a note.
	amended, err := r.Amended(web, []digest.Corrected{
		{Correction: digest.Correction{At: e.Correction.At}}, {Correction: e.Correction},
	})
	if err != nil {
		return nil, err
	}
	add("web-view-amended", "web/amended.html", amended)
	return all, nil
}

// letterSpecimens are the letters beside one edition. The suffix is added to their names.
func (r Renderer) letterSpecimens(suffix string, e digest.Edition, onlyFirst bool) ([]Specimen, error) {
	var all []Specimen
	postal, kept := r.Publication.PostalAddress, r.Publication.PrivacyURL
	to := Recipient{
		Reader: specimenReader(e.Window.To), Slot: digest.Slot{Name: e.ID.Slot, Title: e.Title}, Next: e.Next,
		Confirm: "cQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT", Move: "mQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT",
		Stay: "nQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT", Elsewhere: "i•••@n•••.example",
		Expires: e.Window.To.Add(72*time.Hour + 42*time.Minute),
		At:      e.Window.To, MessageID: "specimen",
	}
	corrected := func(Recipient) (setLetter, error) { return r.setCorrection(e, to.Reader) }
	sets := []func(Recipient) (setLetter, error){
		r.setConfirmation, r.setWelcome, r.setGoodbye, r.setMove, r.setMoved, corrected,
	}
	if onlyFirst {
		sets = sets[:1]
	}
	for _, set := range sets {
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
