package web

import (
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Specimen is one of our own pages, filled with made-up values. Template is the name
// of its template: some pages are shown in several states.
type Specimen struct{ Name, Template, HTML string }

// Specimens renders each of our own pages, to look at.
func (p Pages) Specimens() ([]Specimen, error) {
	p.Now = func() time.Time { return time.Date(2026, time.November, 22, 18, 5, 0, 0, time.UTC) }
	p.Slots = []digest.Slot{{Name: "evening", Title: p.Title}, {Name: "weekly", Title: p.Publication.Name}}
	s := p.site()
	some := subscribers.Preferences{
		Evenings: 1<<time.Monday | 1<<time.Thursday, Slots: []string{"evening"}, Variant: digest.Plain,
		Timezone: "Europe/Vienna", PausedUntil: "2026-12-01",
	}
	first, saved := s.preferencesPage(subscribers.Preferences{}), s.preferencesPage(some)
	first.Moves, saved.Moves = true, true
	saved.Saved = []string{s.words.Pages.Saved, s.paused(some)}
	empty, wrong := s.form("", application{stamp: "x"}), s.form("", application{address: "ines", stamp: "x"})
	wrong.Problem, wrong.Wrong = s.words.Pages.NoAddress, true
	news, last := empty, latest{spine: s.spine("", somePrinted(p.Title)[0]), Summary: someSummary, Language: "en"}
	news.Next = s.words.Sentence(s.words.Letters.First, "when", s.words.When(p.Now().AddDate(0, 0, 1), p.Now()))
	news.Latest = &last
	refused := first
	refused.Problem = s.words.Pages.OnceMore
	bare := s.chrome(s.words.Pages.NotFound)
	bare.Folio, bare.URL = "", ""
	var all []Specimen
	for _, one := range []struct {
		name, template string
		values         any
	}{
		{"signup", "", empty},
		{"signup-wrong", "signup", wrong},
		{"signup-news", "signup", news},
		{"sent", "notice", s.sent("ines@reader.example")},
		{"confirm", "", s.confirming()},
		{"confirmed", "notice", s.confirmed("../", true)},
		{"expired", "notice", s.expired("../")},
		{"broken", "notice", s.broken("../")},
		{"unsubscribe", "", s.leaving(someReader())},
		{"unsubscribed", "notice", s.gone("../")},
		{"unsubscribed-undo", "notice", s.goneUndo("../", "TOKEN")},
		{"undone", "notice", s.back()},
		{"undo-over", "notice", s.undoOver("../")},
		{"moving", "ask", s.moving()},
		{"moving-sent", "notice", s.moveSent("ines@elsewhere.example")},
		{"is-moved", "notice", s.moved()},
		{"moving-over", "notice", s.noMove()},
		{"stay", "ask", s.staying()},
		{"stays", "notice", s.stays()},
		{"stay-over", "notice", s.noStay()},
		{"unsubscribed-before", "notice", s.goneBefore("../")},
		{"kept", "notice", s.kept(some)},
		{"archive", "", s.shelved("", somePrinted(p.Title))},
		{"archive-none", "archive", s.shelved("", nil)},
		{"archive-found", "archive", s.found("", digest.ParseQuery("ferry"), someFound(p.Title))},
		{"archive-not-found", "archive", s.found("", digest.ParseQuery("ferry <b>"), nil)},
		{"corrections", "", s.corrected("", someCorrected(p.Title))},
		{"corrections-none", "corrections", s.corrected("", nil)},
		{"preferences", "", first},
		{"preferences-saved", "preferences", saved},
		{"preferences-refused", "preferences", refused},
		{"desk", "", s.deskPage(someSheet(p), "desk@courier.example", "")},
		{"desk-differs", "desk", s.someStale(p)},
		{"desk-over", "desk", s.deskPage(someOver(p), "desk@courier.example", "")},
		{"desk-bare", "desk", s.someBare(p)},
		{"notfound-bare", "notfound", notice{Chrome: bare}},
		{"notfound", "", s.nothing("")},
		{"fault", "notice", s.notice(s.words.Pages.Unavailable)},
	} {
		if one.template == "" {
			one.template = one.name
		}
		var out strings.Builder
		if err := s.Templates.Execute(&out, "web/"+one.template+".html", one.values); err != nil {
			return nil, err
		}
		all = append(all, Specimen{one.name, one.template, out.String()})
	}
	return all, nil
}

// someReader is one whose address is shown in part.
func someReader() subscribers.Subscriber {
	a, _ := subscribers.ParseAddress("ines@reader.example")
	return subscribers.Subscriber{PublicID: 1, Address: a}
}

// someSummary is what the lead of the newest of somePrinted says.
const someSummary = "The council of Port Ellery voted down a plan to close the harbour with two tidal gates. " +
	"Members said the plan gave the town a bill and no say."

// somePrinted are editions of the past.
func somePrinted(title string) []digest.Printed {
	var printed []digest.Printed
	for i, headline := range []string{
		"Port Ellery’s Council Rejects the State’s Tidal Gates",
		"Night Ferry to the Outer Islands Sails Again After Six Years", "Moss Roofs Keep Schools Cooler",
		"Reading Rooms Stay Open Until Midnight in Eleven Towns",
	} {
		ago := []int{0, 1, 2, 22}[i]
		day := digest.Date{Year: 2026, Month: time.November, Day: 22}.AddDays(-ago)
		id := digest.ID{Date: day, Slot: "evening", Sequence: 1}
		printed = append(printed, digest.Printed{
			ID: id, PaperNumber: uint32(214 - ago), Title: title, Subject: headline, At: day.In(time.UTC).Add(6 * time.Hour),
		})
	}
	printed[1].ID.Sequence, printed[1].CorrectedAt = 2, time.Date(2026, time.November, 21, 18, 25, 0, 0, time.UTC)
	return printed
}

// someFound are stories that were looked for.
func someFound(title string) []digest.Found {
	var found []digest.Found
	for i, headline := range []string{
		"Night Ferry to the Outer Islands Sails Again After Six Years", "A Ferry for Winter <at last> & “cheap”",
	} {
		found = append(found, digest.Found{
			Printed: somePrinted(title)[i+1], Article: []string{"night-ferry", "winter ferry"}[i], Headline: headline,
		})
	}
	return found
}

// someCorrected are corrections of the past, with a note and without one.
func someCorrected(title string) []digest.Corrected {
	c := digest.Corrected{Printed: somePrinted(title)[1]}
	c.Correction.At = c.CorrectedAt
	c.Note = "An earlier version of this edition gave a wrong number of ferries. There are four, and not fourteen."
	before := digest.Corrected{Printed: somePrinted(title)[2]}
	before.CorrectedAt = time.Date(2026, time.November, 20, 19, 5, 0, 0, time.UTC)
	before.Correction.At, before.ID.Sequence = before.CorrectedAt, 2
	return []digest.Corrected{c, before}
}
