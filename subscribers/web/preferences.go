package web

import (
	"net/http"

	"vesper/subscribers"
	"vesper/templates"
)

// preferencesPage is what there is to choose, and what is chosen.
type preferencesPage struct {
	templates.Chrome
	// Saved says what was just saved, Problem why it was not.
	Saved   []string
	Problem string

	// Fewer are the sets of evenings that one press chooses.
	Fewer                        []choice
	Evenings, Days, Slots, Forms []choice
	Zones                        []area
	Pauses                       []choice
	// Moves says that another address can be asked for, and Address is one that was typed.
	Moves   bool
	Address string
	// Until is the day on which editions come again, between First and Last.
	Until, First, Last string
}

// choice is one thing that a reader can choose.
type choice struct {
	Value, Label, Hint string
	Checked            bool
}

// preferences shows what a reader has chosen. A reader who is not there any more, or must not
// be mailed, looks like one who has left: nothing that they choose brings an edition.
func (s *site) preferences(w http.ResponseWriter, r *http.Request) {
	publicID, err := s.reader(r, subscribers.ToPrefer)
	if err != nil {
		s.astray(w, r, err)
		return
	}
	is, ok, err := s.find(r, publicID)
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case !ok || is.Status.Off():
		s.show(w, r, http.StatusOK, "notice", s.gone(root(r)))
	default:
		s.show(w, r, http.StatusOK, "preferences", s.preferencesPage(is.Preferences))
	}
}

// prefer keeps what a reader chose, or takes them off the list if they chose that.
func (s *site) prefer(w http.ResponseWriter, r *http.Request) {
	if !s.whole(w, r) {
		return
	}
	publicID, err := s.reader(r, subscribers.ToPrefer)
	if err != nil {
		s.astray(w, r, err)
		return
	}
	is, ok, err := s.find(r, publicID)
	instead := r.PostForm.Get("instead")
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case ok && is.Status != subscribers.Unsubscribed && r.PostForm.Get("leave") != "":
		// Of one who must not be mailed it is kept too, by a page that was open before.
		s.letGo(w, r, publicID)
	case !ok || is.Status.Off():
		s.show(w, r, http.StatusOK, "notice", s.gone(root(r)))
	case r.PostForm.Has("address") && s.Mover != nil:
		s.askMove(w, r, is)
	case instead != "":
		s.fewer(w, r, is, instead)
	default:
		s.keep(w, r, is)
	}
}

// fewer keeps what one press asks for: fewer evenings, or a pause. Of a wish that the page does
// not offer nothing is kept.
func (s *site) fewer(w http.ResponseWriter, r *http.Request, is subscribers.Subscriber, wish string) {
	p, offered := s.less(is.Preferences, wish)
	if !offered {
		s.show(w, r, http.StatusUnprocessableEntity, "preferences", s.preferencesPage(is.Preferences))
		return
	}
	s.saved(w, r, is.PublicID, p)
}

// keep has the choices of a form kept, if there is no problem with them.
func (s *site) keep(w http.ResponseWriter, r *http.Request, is subscribers.Subscriber) {
	p, problem := s.chosen(r.PostForm, is.Preferences)
	if problem != "" {
		page := s.preferencesPage(p)
		page.Problem = problem
		s.show(w, r, http.StatusUnprocessableEntity, "preferences", page)
		return
	}
	s.saved(w, r, is.PublicID, p)
}

// saved keeps preferences and says so.
func (s *site) saved(w http.ResponseWriter, r *http.Request, publicID uint64, p subscribers.Preferences) {
	if err := s.List.Prefer(r.Context(), publicID, p); err != nil {
		s.unavailable(w, r, err)
		return
	}
	page := s.preferencesPage(p)
	page.Saved = []string{s.words.Pages.Saved}
	if paused := s.paused(p); paused != "" {
		page.Saved = append(page.Saved, paused)
	}
	s.show(w, r, http.StatusOK, "preferences", page)
}

// named is a group of choices and the name of their field.
type named struct {
	Name    string
	Choices []choice
}

// Named puts choices under a field's name, for the templates.
func (preferencesPage) Named(name string, choices []choice) named { return named{name, choices} }
