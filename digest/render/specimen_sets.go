package render

import (
	"cmp"
	"slices"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// specimenSet says what an edition of the specimens is made of: the first articles
// (most of them at most, 0 for all) of a file of fixtures.
type specimenSet struct {
	name, language, articles string
	most                     int
	proof, own               bool
	// unlisted is a paper whose editions are found by their links alone, and whose edition
	// has no title.
	unlisted bool
	note     string
	// corrects says what was wrong in an edition that this one corrects.
	corrects string
	// tomorrow is what the next day brings.
	tomorrow []string
	// full is an edition with a block of every kind.
	full bool
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
	{
		name: "edition-full", articles: "articles", most: 10, full: true,
		note: specimenNote, corrects: specimenCorrection, tomorrow: specimenTomorrow,
	},
	{name: "edition-unlisted", articles: "articles", most: 2, unlisted: true, own: true},
	{name: "edition-rtl", language: "ar", articles: "arabic", tomorrow: []string{
		"يصوّت المجلس البلدي على الميزانية في التاسعة صباحاً.", "مطر من الظهر، وثماني درجات.",
	}},
	{name: "edition-de", language: "de", articles: "german"},
	{name: "edition-es", language: "es", articles: "spanish"},
	{name: "edition-fr", language: "fr", articles: "french"},
	{name: "edition-it", language: "it", articles: "italian"},
	{name: "edition-pt", language: "pt", articles: "portuguese"},
}

var specimenTomorrow = []string{
	"The council of Port Ellery votes on the harbour dues, 9 a.m.", "Rain from noon on, 8 degrees.",
	"«الليل» تفتتح معرضها في المتحف البحري.",
}

const specimenNote = "Yesterday’s edition gave a wrong date for the ferry’s return. " +
	"It sails on the first of December."

const specimenCorrection = "An earlier version of this edition gave a wrong number of ferries. " +
	"There are four, and not fourteen."

// take gives the articles of a set. A full one leads with an article that was updated, its
// last story and a brief are of another paper, and its last brief is written the other way. In
// an unlisted one the last has no page.
func (s specimenSet) take() ([]digest.Article, error) {
	articles, err := Fixtures(s.articles)
	if err != nil || s.most == 0 || s.most >= len(articles) {
		return articles, err
	}
	if s.unlisted {
		last := &articles[s.most-1]
		last.URL, last.DeepLook, last.QuickLooks, last.Summary = "", nil, nil, ""
	}
	if !s.full {
		return articles[:s.most], nil
	}
	updated, err := Fixtures("updated")
	if err != nil {
		return nil, err
	}
	turned, err := Fixtures("arabic")
	if err != nil {
		return nil, err
	}
	return slices.Concat(updated[1:2], articles[2:s.most], updated[:1], updated[2:3], turned[:1]), nil
}

// specimenEdition gives the renderer and the edition of a set. Its day is November
// 22, 2026, a Sunday.
func specimenEdition(set *templates.Set, s specimenSet) (Renderer, digest.Edition, error) {
	p, title := SpecimenPublication(cmp.Or(s.language, "en"))
	if s.own {
		p.ArticleURL = ""
	}
	if s.unlisted {
		p.Unlisted, title = true, ""
	}
	articles, err := s.take()
	six := time.Date(2026, time.November, 22, 18, 0, 0, 0, p.Zone)
	r := Renderer{Publication: p, Layout: Layout{Lead: 1, Stories: 5, QuickLooks: 5}, Templates: set, proof: s.proof}
	if s.proof {
		r = r.Proof("2 of 3 feeds did not answer: wire.example, gazette.example").AtDesk(p.BaseURL + "/d/TOKEN")
	}
	if s.full {
		r.Layout.Stories = s.most - 1
	}
	sequence, correction := 1, digest.Correction{}
	if s.corrects != "" {
		sequence, correction = 2, digest.Correction{Note: s.corrects, At: six.Add(25 * time.Minute)}
	}
	tomorrow := digest.Tomorrow{Date: digest.DateOf(six).AddDays(1), Lines: s.tomorrow}
	return r, digest.Edition{
		ID:     digest.ID{Date: digest.DateOf(six), Slot: "evening", Sequence: sequence},
		Number: 7, PaperNumber: 214, Correction: correction,
		Title:  title,
		Window: digest.Window{From: six.AddDate(0, 0, -1), To: six}, Next: six.AddDate(0, 0, 1),
		Articles: articles, Note: s.note, Tomorrow: tomorrow,
	}, err
}
