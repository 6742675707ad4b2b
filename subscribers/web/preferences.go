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

	Evenings, Days, Slots, Forms []choice
	Zones                        []area
	Pauses                       []choice
	// Until is the day on which editions come again, between First and Last.
	Until, First, Last string
}

// choice is one thing that a reader can choose.
type choice struct {
	Value, Label, Hint string
	Checked            bool
}

// preferences shows what a reader has chosen. A reader who is not there any more
// looks like one who has left.
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
	case !ok || is.Status == subscribers.Unsubscribed:
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
	leaving := r.PostForm.Get("leave") != ""
	if ok && err == nil && leaving {
		err = s.off(r, publicID, false)
	}
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case leaving || !ok || is.Status == subscribers.Unsubscribed:
		s.show(w, r, http.StatusOK, "notice", s.gone(root(r)))
	default:
		s.keep(w, r, is)
	}
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
	if err := s.List.Prefer(r.Context(), is.PublicID, p); err != nil {
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
