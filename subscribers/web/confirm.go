package web

import (
	"net/http"

	"vesper/subscribers"
	"vesper/templates"
)

// question is a page that asks one thing and has a button for it.
type question struct {
	templates.Chrome
	Text string
	// Whose says whose mail it is about.
	Whose string
	// Heading and Button are those of the page that asks anything.
	Heading, Button string
	// Fewer are the sets of evenings that are offered to a reader who wants to leave.
	Fewer []choice
}

// toConfirm shows the page with the button. It looks at the link and not at the
// list: a mail scanner that opens it confirms nobody.
func (s *site) toConfirm(w http.ResponseWriter, r *http.Request) {
	if _, err := s.reader(r, subscribers.ToConfirm); err != nil {
		s.astray(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "confirm", s.confirming())
}

func (s *site) confirming() question {
	text := templates.Say(s.words.Pages.WillStart, "name", s.name())
	return question{Chrome: s.chrome(s.words.Letters.Confirm), Text: text}
}

// confirm puts a reader on the list. A link that is not ours, or not valid any more,
// does nothing.
func (s *site) confirm(w http.ResponseWriter, r *http.Request) {
	if !s.whole(w, r) {
		return
	}
	publicID, err := s.reader(r, subscribers.ToConfirm)
	if err != nil {
		s.astray(w, r, err)
		return
	}
	ok, err := s.letIn(r, publicID)
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case !ok:
		s.show(w, r, http.StatusOK, "notice", s.expired(root(r)))
	default:
		s.show(w, r, http.StatusOK, "notice", s.confirmed(root(r), s.latestThere(r.Context())))
	}
}

// letIn confirms a reader, and says whether they are on the list afterwards. To
// press the button twice is as good as once.
func (s *site) letIn(r *http.Request, publicID uint64) (bool, error) {
	changed, err := s.Door.Confirm(r.Context(), publicID, told(s.client(r)), s.Now())
	if err != nil || changed {
		if changed {
			s.Log.InfoContext(r.Context(), "a reader confirmed")
		}
		return changed, err
	}
	is, ok, err := s.find(r, publicID)
	return ok && is.Status == subscribers.Active, err
}
