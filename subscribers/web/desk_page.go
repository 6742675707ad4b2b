package web

import (
	"cmp"
	"slices"
	"strconv"

	"vesper/digest"
	"vesper/templates"
)

// deskPage is the desk page of an edition, as one person sees it.
type deskPage struct {
	templates.Chrome
	Say deskSays
	// You is whose link it is. Done says what was just done, Problem what was not and Differs
	// what is not as it was shown.
	You, Done, Problem string
	Differs            []string
	// Heading is the edition's title with its day, and Stands how it stands with it.
	Heading string
	Stands  []string
	// Version is what is shown, in words, and Inboxes what stands in inboxes; "" if there is
	// nothing to print. Hash and Shown go back with what is wished.
	Version, Hash string
	Inboxes       string
	Shown         int
	Flaws         []string
	// Live says that it may be held, and so on, and Edits that all else may be changed.
	Live, Edits, Held, MayApprove, MayHold bool
	// Designed, Dark and Plain are the addresses of the frames.
	Designed, Dark, Plain string
	Articles, Others      []deskArticle
	Last                  int
	// Undo is an article that was just spiked.
	Undo string
	// Typed are the editor's words, in their fields.
	Typed     digest.Words
	MostWords int
	Reason    string
	Acts      []string
}

// deskArticle is an article on the page.
type deskArticle struct {
	ID, Headline, Why string
	Place             int
	Pinned            bool
}

// mostOthers is how many articles the page shows that are not in the edition.
const mostOthers = 40

// deskPage makes the page of a sheet for one person. At is where the page is; "" is nowhere,
// as of a specimen: then it has no frame.
func (s *site) deskPage(sheet Sheet, you, at string) deskPage {
	p := deskPage{
		Chrome: s.inEnglish(), Say: deskWords, You: you, Stands: sheet.stands(), Flaws: sheet.Flaws,
		Live: sheet.Live, Edits: sheet.Live && !sheet.Fixed, Held: sheet.Stopped(),
		Typed: sheet.Words, MostWords: digest.MaxSubject,
		Shown: len(sheet.Acts), Hash: sheet.Hash.String(), Last: len(sheet.Edition.Articles),
	}
	p.Title = sheet.Edition.ID.String() + " · " + s.Publication.Name
	p.Folio = sheet.Edition.Title
	p.Heading = sheet.Edition.Title + ", " + sheet.Edition.ID.Date.In(s.zone()).Format("Monday, 2 January 2006")
	if p.Hash != "" {
		p.Version, p.Inboxes = sheet.version(), sheet.Subject
	}
	if p.Hash != "" && at != "" {
		p.Designed, p.Dark, p.Plain = at+"/designed?v="+p.Hash, at+"/dark?v="+p.Hash, at+"/plain?v="+p.Hash
	}
	p.MayHold = p.Live && !p.Held
	p.MayApprove = p.Live && sheet.NeedsApproval && !sheet.Frozen() && p.Hash != "" && sheet.Approved != sheet.Hash
	for i, a := range sheet.Edition.Articles {
		p.Articles = append(p.Articles, deskArticle{a.ID, a.Headline, "", i + 1, slices.Contains(sheet.Pins, a.ID)})
	}
	for _, c := range sheet.Choices {
		if !c.Picked && c.Verdict != digest.VerdictPrinted && len(p.Others) < mostOthers {
			p.Others = append(p.Others, deskArticle{
				c.Article.ID, c.Article.Headline, c.Reason, 0, slices.Contains(sheet.Pins, c.Article.ID),
			})
		}
	}
	for _, a := range sheet.Acts {
		line := sheet.clock(a.At) + ": " + string(a.Kind)
		if v := a.Hash.String(); v != "" {
			line += " " + v
		}
		p.Acts = append(p.Acts, line+" "+a.Said())
	}
	return p
}

// has says whether the page has this article.
func (p deskPage) has(id string) bool {
	is := func(a deskArticle) bool { return a.ID == id }
	return slices.ContainsFunc(p.Articles, is) || slices.ContainsFunc(p.Others, is)
}

// ordered gives the articles that are to come first, by the places that were written beside
// them: as far as the last one that is not where it was. Of two with the same place the one
// that was moved comes first. It is none if all stay where they are.
func (p deskPage) ordered(place func(id string) string) (ids []string, problem string) {
	type one struct {
		id         string
		at, before int
	}
	var all []one
	for _, a := range p.Articles {
		at, err := strconv.Atoi(place(a.ID))
		if err != nil {
			return nil, deskNotFixed
		}
		all = append(all, one{a.ID, at, a.Place})
	}
	slices.SortStableFunc(all, func(a, b one) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(cmp.Compare(a.at, a.before), cmp.Compare(b.at, b.before)))
	})
	last := 0
	for i, o := range all {
		ids = append(ids, o.id)
		if p.Articles[i].ID != o.id {
			last = i + 1
		}
	}
	if last == 0 {
		return nil, deskUnmoved
	}
	return ids[:last], ""
}
