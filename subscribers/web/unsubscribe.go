package web

import (
	"errors"
	"mime"
	"net/http"
	"time"

	"vesper/subscribers"
	"vesper/templates"
)

// toLeave shows the page with the button and, below it, what a reader may choose
// instead. A mail scanner that opens it changes nothing. One who has left is told so;
// where the list can't be looked at the button is shown, which may be pressed twice.
func (s *site) toLeave(w http.ResponseWriter, r *http.Request) {
	publicID, err := s.reader(r, subscribers.ToUnsubscribe)
	if err != nil {
		s.astray(w, r, err)
		return
	}
	is, ok, err := s.find(r, publicID)
	if err == nil && (!ok || is.Status == subscribers.Unsubscribed) {
		s.show(w, r, http.StatusOK, "notice", s.goneBefore(root(r)))
		return
	}
	s.show(w, r, http.StatusOK, "unsubscribe", s.leaving(is))
}

// leaving asks whether a reader is to leave. It shows whose mail stops, so that who was sent
// the email by somebody else does not take off that one; not all of it, since they may.
func (s *site) leaving(is subscribers.Subscriber) question {
	w := s.words.Pages
	q := question{
		Chrome: s.chrome(w.Unsubscribe), Text: templates.Say(w.WillStop, "name", s.name()),
		Fewer: s.presets()[1:],
	}
	if is.PublicID != 0 {
		q.Whose = templates.Say(w.Whose, "address", is.Address.Masked())
	}
	return q
}

// leave takes the reader off the list at once, without a cookie, a question or a
// redirect (RFC 8058 3.2). Twice is as good as once, and so is a reader who is gone.
//
// The page's other buttons ask for fewer evenings or a pause. They work by the same
// token: who may stop all editions may stop some.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	// The token alone is the reader's word. The body only decides how we answer, so
	// one that can't be read is no reason to refuse.
	var large *http.MaxBytesError
	switch err := parseForm(r, kind); {
	case errors.As(err, &large):
		s.fault(w, r, http.StatusRequestEntityTooLarge, s.words.Pages.TooLarge)
		return
	case cutShort(err) && r.Header.Get("Origin") != "":
		// A browser's: its reader may have chosen less, and not to leave.
		s.fault(w, r, http.StatusRequestTimeout, s.words.Pages.Unavailable)
		return
	}
	// One click: a mailbox provider sends this, not our page's button.
	oneClick := r.PostForm.Get("List-Unsubscribe") == "One-Click"
	instead := r.PostForm.Get("instead")
	publicID, err := s.reader(r, subscribers.ToUnsubscribe)
	switch {
	case err != nil && oneClick:
		s.oneClickAstray(w, r, err)
		return
	case err != nil:
		s.astray(w, r, err)
		return
	case instead != "" && !oneClick:
		s.stay(w, r, publicID, instead)
		return
	}
	if oneClick {
		if _, err = s.off(r, publicID, true, s.Now()); err != nil {
			s.unavailable(w, r, err)
			return
		}
		s.say(w, http.StatusOK, s.words.Pages.Unsubscribed+s.words.Edition.Stop)
		return
	}
	s.letGo(w, r, publicID)
}

// letGo takes a reader off the list who pressed a button, and offers to take that back. Whoever
// presses it once more is not offered that: it need not be the one who left.
func (s *site) letGo(w http.ResponseWriter, r *http.Request, publicID uint64) {
	now := s.Now()
	changed, err := s.off(r, publicID, false, now)
	page, undo := s.gone(root(r)), ""
	if err == nil && changed {
		undo, err = s.undo(r, publicID, now)
	}
	if undo != "" {
		page = s.goneUndo(root(r), undo)
	}
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "notice", page)
}

// stay keeps a reader who wants fewer editions. For a wish that the page does not
// offer, the page is shown once more. One who gets none already is told so.
func (s *site) stay(w http.ResponseWriter, r *http.Request, publicID uint64, instead string) {
	is, ok, err := s.find(r, publicID)
	if err == nil && (!ok || is.Status.Off()) {
		s.show(w, r, http.StatusOK, "notice", s.gone(root(r)))
		return
	}
	p, offered := s.less(is.Preferences, instead)
	if err == nil && offered {
		err = s.List.Prefer(r.Context(), publicID, p)
	}
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case !offered:
		s.show(w, r, http.StatusUnprocessableEntity, "unsubscribe", s.leaving(is))
	default:
		s.show(w, r, http.StatusOK, "notice", s.kept(p))
	}
}

// less gives a reader's preferences once they take one of the page's offers.
func (s *site) less(p subscribers.Preferences, instead string) (subscribers.Preferences, bool) {
	if instead == "month" {
		p.PausedUntil, _ = s.pause(p, "month", "")
		return p, true
	}
	for _, c := range s.presets()[1:] {
		if c.Value == instead {
			// The reader wants fewer evenings, so none is added that they left out. A
			// pause goes on.
			fewer, _ := subscribers.ParseEvenings(instead)
			if both := fewer & p.Evenings; both != 0 {
				fewer = both
			}
			p.Evenings = fewer
			return p, true
		}
	}
	return p, false
}

// off takes a reader off the list, and says whether they were on it.
func (s *site) off(r *http.Request, publicID uint64, oneClick bool, now time.Time) (bool, error) {
	changed, err := s.List.Unsubscribe(r.Context(), publicID, now)
	if err == nil && changed {
		s.Log.InfoContext(r.Context(), "a reader unsubscribed", "one_click", oneClick)
	}
	return changed, err
}
