package web

import (
	"errors"
	"mime"
	"net/http"

	"vesper/subscribers"
	"vesper/templates"
)

// ask shows the page with the one button. It looks the same for every token, and
// never at the list: what scanners fetch changes nothing and tells nothing.
func (s *site) ask(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	s.show(w, r, http.StatusOK, "unsubscribe", s.asking())
}

func (s *site) asking() page {
	return page{Chrome: s.chrome(s.words.Pages.Unsubscribe), Text: templates.Say(s.words.Pages.WillStop, "name", s.name())}
}

func (s *site) gone() page {
	return page{Chrome: s.chrome(s.words.Pages.Unsubscribed), Text: templates.Say(s.words.Pages.NoMore, "name", s.name())}
}

// leave takes the reader off the list at once: without a cookie, a question or a
// redirect (RFC 8058 3.2). Said twice, it is as good as said once. A token that is
// none of ours gets the same answer and has no effect.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	oneClick, err := oneClick(r)
	if err != nil {
		s.say(w, http.StatusRequestEntityTooLarge, s.words.Pages.TooLarge)
		return
	}
	publicID, ok, err := s.reader(r, subscribers.ToUnsubscribe)
	if ok && err == nil {
		err = s.off(r, publicID, oneClick)
	}
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case oneClick:
		s.say(w, http.StatusOK, s.words.Pages.Unsubscribed+s.words.Edition.Stop)
	default:
		s.show(w, r, http.StatusOK, "unsubscribed", s.gone())
	}
}

// reader gives whose token a request has. ok is false for one that is none of
// ours, or not for this purpose; an error is a fault of ours.
func (s *site) reader(r *http.Request, p subscribers.Purpose) (publicID uint64, ok bool, err error) {
	ring, err := s.List.Keyring(r.Context())
	if err != nil {
		return 0, false, err
	}
	publicID, err = ring.Link(r.PathValue("token"), p, s.Now())
	return publicID, err == nil, nil
}

func (s *site) off(r *http.Request, publicID uint64, oneClick bool) error {
	changed, err := s.List.Unsubscribe(r.Context(), publicID, s.Now())
	if err == nil && changed {
		s.Log.InfoContext(r.Context(), "a reader unsubscribed", "one_click", oneClick)
	}
	return err
}

// oneClick says whether a mailbox provider asks, and not our page's button: its
// body is the form field of RFC 8058 3.2 in either encoding. The token alone is
// the reader's word, so a body that cannot be read only decides on the form of
// the answer. The error says that the body is too large.
func oneClick(r *http.Request) (bool, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	if kind == "multipart/form-data" {
		err = r.ParseMultipartForm(maxBody)
	} else {
		err = r.ParseForm()
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return false, err
	}
	return r.PostForm.Get("List-Unsubscribe") == "One-Click", nil
}
