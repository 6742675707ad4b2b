package web

import (
	"time"

	"vesper/digest"
)

// someSheet is an edition to come, on its desk page.
func someSheet(p Pages) Sheet {
	due := time.Date(2026, time.November, 22, 18, 20, 0, 0, time.UTC)
	s := Sheet{
		Record: digest.Record{ID: digest.ID{Date: digest.DateOf(due), Slot: "evening", Sequence: 1}, State: digest.Due},
		Hash:   digest.ContentHash{0x3f, 0x0a, 0x94, 0xc1, 0xd2, 0xe8}, Pins: []string{"night-ferry"},
		Subject: "The gates stay open",
		Flaws:   []string{"reading-rooms.txt:3: there is no headline"},
		Words:   digest.Words{Subject: "The gates stay open"},
		Acts: []digest.Act{{
			Kind: digest.Edit, By: "ines@courier.example", Reason: "pinned night-ferry", At: due.Add(-18 * time.Minute),
		}},
		Due: due, Opens: due, NeedsApproval: true, Recipients: 1204, Now: due.Add(-15 * time.Minute), Live: true,
	}
	s.Edition.ID, s.Edition.Title = s.Record.ID, p.Title
	for i, printed := range somePrinted(p.Title) {
		id := []string{"night-ferry", "tidal-gates", "moss-roofs", "reading-rooms"}[i]
		a := digest.Article{ID: id, Headline: printed.Subject}
		if i < 3 {
			s.Edition.Articles = append(s.Edition.Articles, a)
		}
		s.Choices = append(s.Choices, digest.Choice{
			Article: a, Picked: i < 3, Verdict: digest.VerdictFull, Reason: "did not fit: an edition has 3 articles",
		})
	}
	return s
}

// someStale is the page of somebody who wanted what others have overtaken.
func (s *site) someStale(p Pages) deskPage {
	sheet := someSheet(p)
	sheet.Record.State, sheet.Record.Reason = digest.Held, "by ines@courier.example: the court rules at six"
	page := s.deskPage(sheet, "desk@courier.example", "")
	page.Problem = deskWords.Differs
	page.Differs = []string{
		"new, number 3: Moss Roofs Keep Schools Cooler", "hold by ines@courier.example: the court rules at six",
	}
	return page
}

// someBare is the page of an edition that has nothing to print yet, after an article was
// spiked.
func (s *site) someBare(p Pages) deskPage {
	sheet := someSheet(p)
	sheet.Hash, sheet.Edition.Articles, sheet.Pins = digest.ContentHash{}, nil, []string{"reading-rooms"}
	for i := range sheet.Choices {
		sheet.Choices[i].Picked = false
	}
	page := s.deskPage(sheet, "desk@courier.example", "")
	page.Done, page.Undo = "moss-roofs is spiked.", "moss-roofs"
	return page
}

// someOver is an edition that went out.
func someOver(p Pages) Sheet {
	s := someSheet(p)
	s.Record.State, s.Record.OpenedAt, s.Live = digest.Done, s.Due, false
	s.Flaws = nil
	return s
}
